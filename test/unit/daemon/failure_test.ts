import { assertEquals } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { failureOf, PollTimeoutError, statusOf } from "../../../src/daemon/failure.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
  PresentationContextError,
} from "../../../src/network/errors.ts";

const endpoint = { host: "ris", port: 104 };
const parties = { ...endpoint, calledAeTitle: "RIS", callingAeTitle: "CT1" };

const table: [unknown, string | undefined][] = [
  [new ConnectError(endpoint, "connection refused"), "unreachable"],
  [new AssociationRejectedError({ result: 1, source: 1, reason: 7 }, parties), "rejected"],
  [new PresentationContextError("1.2", 3, "not supported"), "rejected"],
  [new DicomTimeoutError("response", 30_000, endpoint), "timed-out"],
  [new PollTimeoutError(600_000), "timed-out"],
  [new AssociationAbortedError({ source: 2, reason: 1, state: "transfer" }), "aborted"],
  [new DimseStatusError("C-FIND", "worklist", { status: 0xA700 }), "refused"],
  [new DicomDecodeError("P-DATA-TF", "too short", { offset: 0 }), "undecodable"],
  [new TypeError("x is undefined"), undefined],
  ["a text", undefined],
];

for (const [error, expected] of table) {
  const name = error instanceof Error ? error.name : String(error);
  Deno.test(`failureOf() says ${expected ?? "that the fault is ours"} of ${name}`, () => {
    assertEquals(failureOf(error)?.class, expected);
  });
}

Deno.test("failureOf() keeps the peer's free text to itself", () => {
  const error = new DimseStatusError("C-FIND", "worklist", {
    status: 0xA700,
    errorComment: "no room for DOE^JANE",
  });
  assertEquals(failureOf(error)?.words.includes("DOE"), false);
  assertEquals(statusOf(error), 0xA700);
});
