import { assertEquals, assertMatch } from "@std/assert";
import { connect } from "node:tls";
import { concat } from "../../../src/base/concat.ts";
import { listenTls } from "../../../src/serve/tls_listener.ts";
import {
  type CertificateForm,
  dayFromNow,
  forgeCertificate,
  keyPemOf,
  makeKey,
  pemOf,
} from "../../support/tls/forge_certificate.ts";
import { within } from "../../support/within.ts";

const forClients = "1.3.6.1.5.5.7.3.2";
const forServers = "1.3.6.1.5.5.7.3.1";
const rootKey = makeKey();
const middleKey = makeKey();
const stationKey = makeKey();
const strangerKey = makeKey();
const root = forgeCertificate({ subject: "Site CA", key: rootKey, isAuthority: true });
const middle: CertificateForm = {
  subject: "Department CA",
  issuer: "Site CA",
  key: middleKey,
  signedBy: rootKey,
  isAuthority: true,
};
const station: CertificateForm = {
  subject: "CT1",
  issuer: "Site CA",
  key: stationKey,
  signedBy: rootKey,
  purposes: [forClients],
};
const own = forgeCertificate({
  ...{ subject: "worklistd", issuer: "Site CA", key: middleKey, signedBy: rootKey },
  names: ["IP:127.0.0.1"],
});

/** Lets a station try to connect; returns the reason why it was refused, `undefined` if it was not. */
async function refusalOf(
  clientCert: "require" | "if_present",
  chain: readonly Uint8Array[],
): Promise<string | undefined> {
  let why: string | undefined;
  const refused = Promise.withResolvers<undefined>();
  const listener = await listenTls({
    ...{ host: "127.0.0.1", port: 0, clientCert, handshakeMs: 5000 },
    credentials: { cert: pemOf(own), key: keyPemOf(middleKey), ca: [pemOf(root)] },
    onRefused: (words) => {
      why = words;
      refused.resolve(undefined);
    },
  });
  const accepted = listener.accept();
  const socket = connect({
    ...{ host: "127.0.0.1", port: listener.port, rejectUnauthorized: false },
    ...(chain.length > 0 && { cert: chain.map(pemOf).join(""), key: keyPemOf(stationKey) }),
  });
  socket.on("error", () => {});
  try {
    const connection = await within(10_000, "an end", Promise.race([accepted, refused.promise]));
    connection?.close();
    assertEquals(connection === undefined, why !== undefined);
    return why;
  } finally {
    socket.destroy();
    listener.close();
    await accepted;
  }
}

Deno.test("a station is let in by a chain of version 3 certificates up to our authority", async () => {
  const long = forgeCertificate({ ...station, issuer: "Department CA", signedBy: middleKey });
  for (const clientCert of ["require", "if_present"] as const) {
    assertEquals(await refusalOf(clientCert, [forgeCertificate(station)]), undefined);
    assertEquals(await refusalOf(clientCert, [long, forgeCertificate(middle)]), undefined);
  }
  assertEquals(await refusalOf("if_present", []), undefined);
  assertMatch(await refusalOf("require", []) ?? "", /no certificate|handshake failed/);
});

const forged: [string, readonly CertificateForm[]][] = [
  ["of version 1, with the name of our authority", [{ ...station, version: 1 }]],
  ["of version 1, which a stranger signed", [{ ...station, version: 1, signedBy: strangerKey }]],
  ["that a stranger signed", [{ ...station, signedBy: strangerKey }]],
  ["that was changed after it was signed", [{ ...station, spoil: true }]],
  ["for servers only", [{ ...station, purposes: [forServers] }]],
  ["that has expired", [{ ...station, validity: [dayFromNow(-9), dayFromNow(-1)] }]],
  ["of an authority that may sign none", [
    { ...station, issuer: "Department CA", signedBy: middleKey },
    { ...middle, isAuthority: false },
  ]],
  ["of an authority of version 1", [
    { ...station, issuer: "Department CA", signedBy: middleKey },
    { ...middle, version: 1 },
  ]],
  ["of a forged authority", [
    { ...station, issuer: "Department CA", signedBy: middleKey },
    { ...middle, signedBy: strangerKey },
  ]],
];
for (const [what, chain] of forged) {
  Deno.test(`a station with a certificate ${what} is refused before its first byte`, async () => {
    for (const clientCert of ["require", "if_present"] as const) {
      const why = await refusalOf(clientCert, chain.map(forgeCertificate));
      assertMatch(why ?? "it was let in", /certificate|authorit/, clientCert);
    }
  });
}

Deno.test("a station whose authority has a byte too many is refused before its first byte", async () => {
  // No TLS library of ours sends such a certificate as its own; chainFault() is tested with one.
  const chain = [
    forgeCertificate({ ...station, issuer: "Department CA", signedBy: middleKey }),
    concat([forgeCertificate(middle), Uint8Array.of(0)]),
  ];
  for (const clientCert of ["require", "if_present"] as const) {
    assertMatch(await refusalOf(clientCert, chain) ?? "it was let in", /certificate|authorit/);
  }
});
