import { assertEquals } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
  formatEndpoint,
  isRetriable,
  PresentationContextError,
  TlsCredentialError,
  TlsError,
} from "../../../src/network/errors.ts";

const ris = { host: "ris.example.org", port: 104 };
const parties = { ...ris, calledAeTitle: "RIS", callingAeTitle: "CT1" };

/** PS3.8 Table 9-21, and a reserved value in each field. */
const rejections: [number, number, number, string][] = [
  [1, 1, 1, "rejected permanently by the peer's application (UL service-user): no reason given"],
  [
    1,
    1,
    2,
    "rejected permanently by the peer's application (UL service-user): " +
    "application context name not supported",
  ],
  [
    1,
    1,
    3,
    "rejected permanently by the peer's application (UL service-user): calling AE title not " +
    'recognized (we called ourselves "CT1": register it at the peer)',
  ],
  [
    1,
    1,
    7,
    "rejected permanently by the peer's application (UL service-user): called AE title not " +
    'recognized (we called it "RIS": ask for its AE title; upper and lower case differ)',
  ],
  [1, 1, 9, "rejected permanently by the peer's application (UL service-user): reserved reason 9"],
  [
    1,
    2,
    1,
    "rejected permanently by the peer's network layer (UL service-provider, ACSE): no reason given",
  ],
  [
    1,
    2,
    2,
    "rejected permanently by the peer's network layer (UL service-provider, ACSE): " +
    "protocol version not supported",
  ],
  [
    2,
    3,
    1,
    "rejected for now (transient) by the peer's network layer (UL service-provider, presentation): " +
    "temporary congestion",
  ],
  [
    2,
    3,
    2,
    "rejected for now (transient) by the peer's network layer (UL service-provider, presentation): " +
    "local limit exceeded",
  ],
  [3, 4, 5, "rejected with reserved result 3 by reserved source 4: reserved reason 5"],
];
for (const [result, source, reason, text] of rejections) {
  Deno.test(`AssociationRejectedError tells ${result}/${source}/${reason} in words`, () => {
    const error = new AssociationRejectedError({ result, source, reason }, parties);
    const start = `Association with RIS at ris.example.org:104 ${text}`;
    assertEquals(error.message.slice(0, start.length), start);
    assertEquals(/CT1|RIS"/.test(error.message), true, "an AE title must be named");
    assertEquals([error.result, error.source, error.reason], [result, source, reason]);
  });
}

/** PS3.8 Table 9-26, and what else may end an association. */
const aborts: [number | "connection" | "released" | "local", number, string][] = [
  [0, 0, "aborted by the peer's application (UL service-user): no reason given, in use"],
  [0, 5, "aborted by the peer's application (UL service-user): no reason given, in use"],
  [1, 0, "aborted by reserved source 1: no reason given, in use"],
  [2, 0, "aborted by the peer's network layer (UL service-provider): reason not specified, in use"],
  [2, 1, "aborted by the peer's network layer (UL service-provider): unrecognized PDU, in use"],
  [2, 2, "aborted by the peer's network layer (UL service-provider): unexpected PDU, in use"],
  [2, 3, "aborted by the peer's network layer (UL service-provider): reserved reason 3, in use"],
  [
    2,
    4,
    "aborted by the peer's network layer (UL service-provider): unrecognized PDU parameter, in use",
  ],
  [
    2,
    5,
    "aborted by the peer's network layer (UL service-provider): unexpected PDU parameter, in use",
  ],
  [
    2,
    6,
    "aborted by the peer's network layer (UL service-provider): invalid PDU parameter value, in use",
  ],
  ["connection", 0, "ended by the peer, which closed the connection, in use"],
  ["released", 0, "ended by the peer, which released it, in use"],
  ["local", 0, "aborted by us in use"],
];
for (const [source, reason, text] of aborts) {
  Deno.test(`AssociationAbortedError tells ${source}/${reason} in words`, () => {
    const error = new AssociationAbortedError({ source, reason, state: "transfer" });
    assertEquals(error.message, `Association ${text}`);
    assertEquals([error.source, error.reason, error.state], [source, reason, "transfer"]);
  });
}

Deno.test("DicomTimeoutError names what it waited for, whom, and how long", () => {
  assertEquals(
    new DicomTimeoutError("response", 30_000, ris).message,
    "No response from ris.example.org:104 within 30 s",
  );
});

Deno.test("DimseStatusError keeps the peer's comment out of its message", () => {
  const error = new DimseStatusError("C-FIND", "worklist", {
    status: 0xC001,
    errorComment: "Patient DOE^JANE is locked",
    offendingElement: [0x00100010],
  });
  assertEquals(
    error.message,
    "C-FIND ended with status 0xC001 (failure): Unable to process",
  );
  assertEquals(error.errorComment, "Patient DOE^JANE is locked");
  assertEquals(error.offendingElement, [0x00100010]);
  assertEquals([error.status, error.category], [0xC001, "failure"]);
});

Deno.test("ConnectError keeps host, port and cause", () => {
  const cause = new Error("refused");
  const error = new ConnectError({ host: "::1", port: 104 }, "connection refused", { cause });
  assertEquals(error.message, "Cannot connect to [::1]:104: connection refused");
  assertEquals([error.host, error.port, error.cause], ["::1", 104, cause]);
});

Deno.test("formatEndpoint() puts an IPv6 address in brackets", () => {
  assertEquals(formatEndpoint({ host: "2001:db8::1", port: 11112 }), "[2001:db8::1]:11112");
  assertEquals(formatEndpoint(ris), "ris.example.org:104");
});

function status(value: number): DimseStatusError {
  return new DimseStatusError("C-FIND", "worklist", { status: value });
}
const rejected = (result: number): AssociationRejectedError =>
  new AssociationRejectedError({ result, source: 1, reason: 1 }, parties);
const ended = (source: number | "connection" | "released" | "local"): AssociationAbortedError =>
  new AssociationAbortedError({ source, reason: 0, state: "transfer" });

const retriable: [string, unknown, boolean][] = [
  ["no connection", new ConnectError(ris, "refused"), true],
  ["a certificate that is not trusted", new TlsError(ris, "expired"), false],
  ["a certificate of ours that cannot be read", new TlsCredentialError("key", "no"), false],
  ["a transient rejection", rejected(2), true],
  ["a permanent rejection", rejected(1), false],
  ["an abort by the peer", ended(0), true],
  ["a closed connection", ended("connection"), true],
  ["a release by the peer", ended("released"), true],
  ["an abort by us", ended("local"), false],
  ["a deadline", new DicomTimeoutError("response", 1000), true],
  ["no presentation context", new PresentationContextError("1.2", 3, "no"), false],
  ["status A700", status(0xA700), true],
  ["status A7FF", status(0xA7FF), true],
  ["status A900", status(0xA900), false],
  ["status C001", status(0xC001), false],
  ["status 0122", status(0x0122), false],
  ["status FE00", status(0xFE00), false],
  ["an undecodable answer", new DicomDecodeError("PDU", "no", { offset: 0 }), false],
  ["any other error", new Error("bug"), false],
  ["what is no error", "text", false],
];
for (const [what, error, expected] of retriable) {
  Deno.test(`isRetriable() says ${expected ? "yes" : "no"} to ${what}`, () => {
    assertEquals(isRetriable(error), expected);
  });
}
