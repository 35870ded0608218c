import { connect as connectSocket, createServer } from "node:tls";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { associate, type AssociateOptions } from "../../../src/network/associate.ts";
import type { Association } from "../../../src/network/association.ts";
import {
  AssociationAbortedError,
  ConnectError,
  DicomTimeoutError,
  TlsCredentialError,
  TlsError,
} from "../../../src/network/errors.ts";
import type { TlsOptions } from "../../../src/network/tls.ts";
import { Acceptor } from "../../../src/serve/acceptor.ts";
import { forgeCertificate, makeKey, pemOf } from "../../support/tls/forge_certificate.ts";
import { ForgingAcceptor } from "../../support/tls/forging_acceptor.ts";
import { ScriptedAcceptor } from "../../support/scripted_acceptor.ts";

const folder = new URL("../../golden/tls/", import.meta.url);
const text = (name: string): string => Deno.readTextFileSync(new URL(name, folder));

const ca = [text("ca.pem")];
const worklist = SopClass.ModalityWorklistInformationModelFind;
const match = Uint8Array.from({ length: 1000 }, (_, i) => i);

function listen(certificate: string, count = 3): Acceptor {
  return Acceptor.listen({
    find: () => Array(count).fill(match),
    tls: { cert: text(`${certificate}.pem`), key: text(`${certificate}.key`) },
  });
}

function connect(
  { port }: { port: number },
  tls: TlsOptions,
  change: Partial<AssociateOptions> = {},
): Promise<Association> {
  return associate({
    host: "127.0.0.1",
    port,
    tls,
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    presentationContexts: [
      { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian] },
      {
        abstractSyntax: SopClass.Verification,
        transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
      },
    ],
    ...change,
  });
}

const accepted: [string, string, TlsOptions][] = [
  ["a certificate of a trusted authority, fully", "server", { ca }],
  ["a self-signed certificate that is trusted itself", "self_signed", {
    ca: [text("self_signed.pem")],
  }],
  ["the chain of a certificate for another host", "other_host", { ca, verify: "chain" }],
  ["the chain of one without a host name", "common_name", { ca, verify: "chain" }],
  ["nothing: an unknown authority", "server", { verify: "none" }],
  ["nothing: an expired certificate", "expired", { verify: "none" }],
  ["nothing: a self-signed certificate", "self_signed", { verify: "none" }],
];
for (const [what, certificate, tls] of accepted) {
  Deno.test(`associate() verifies ${what}`, async () => {
    await using acceptor = listen(certificate);
    const association = await connect(acceptor, tls);
    await association.echo();
    assertEquals(await association.release(), "released");
  });
}

const refused: [string, string, TlsOptions, RegExp][] = [
  ["an authority that is not trusted", "server", { ca: [text("other_ca.pem")] }, /is not trusted/],
  ["an authority that is not built in", "server", {}, /is not trusted/],
  ["a self-signed certificate", "self_signed", { ca }, /self-signed/],
  ["an expired certificate", "expired", { ca }, /has expired/],
  ["an expired certificate by its chain", "expired", { ca, verify: "chain" }, /has expired/],
  ["a certificate that is not valid yet", "not_yet_valid", { ca }, /not valid yet/],
  [
    "a certificate for another host",
    "other_host",
    { ca },
    /is for pacs\.example, not for 127\.0\.0\.1: .*verify the chain only/,
  ],
  [
    "a certificate that names its host in the old way only",
    "common_name",
    { ca },
    /names no host .*so not 127\.0\.0\.1/,
  ],
];
for (const [what, certificate, tls, message] of refused) {
  Deno.test(`associate() refuses ${what}`, async () => {
    await using acceptor = listen(certificate);
    const error = await assertRejects(() => connect(acceptor, tls), TlsError);
    assertEquals(message.test(error.message), true, error.message);
    assertEquals([error.host, error.port], ["127.0.0.1", acceptor.port]);
  });
}

Deno.test("Association tells what TLS agreed on and when the peer's certificate expires", async () => {
  await using acceptor = listen("server");
  await using association = await connect(acceptor, { ca });
  assertEquals(association.tls?.protocol, "TLSv1.3");
  assertEquals(association.tls?.certificateExpires?.toISOString(), "2080-01-01T00:00:00.000Z");
});

Deno.test("Association receives many matches over TLS unharmed", async () => {
  await using acceptor = listen("server", 5000);
  await using association = await connect(acceptor, { ca });
  let count = 0;
  const identifier = new Uint8Array(100_000);
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    for (const { dataSet } of batch) {
      assertEquals(dataSet.length, match.length);
      if (dataSet[999] === match[999] && dataSet[0] === match[0]) count++;
    }
  }
  assertEquals(count, 5000);
});

Deno.test("associate() says that the peer does not speak TLS", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.send(new TextEncoder().encode("220 mail.example.org ESMTP\r\n"));
    await peer.untilClosed();
  });
  await assertRejects(
    () => connect(acceptor, { ca }),
    TlsError,
    "the peer does not speak TLS on this port",
  );
});

Deno.test("associate() says that the peer closed during the handshake", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => void await peer.recvChunk());
  await assertRejects(() => connect(acceptor, { ca }), TlsError, "is TLS on there?");
});

Deno.test("associate() without TLS to a peer that wants it fails in words", async () => {
  await using acceptor = listen("server");
  const plain = connect(acceptor, {}, { tls: undefined });
  const error = await assertRejects(() => plain);
  assertEquals(error instanceof AssociationAbortedError || error instanceof SyntaxError, true);
});

Deno.test("associate() sets the connect deadline on the TLS handshake too", async () => {
  await using acceptor = new ScriptedAcceptor((peer) => peer.untilClosed());
  const error = await assertRejects(
    () => connect(acceptor, { ca }, { timeouts: { connectMs: 80 } }),
    DicomTimeoutError,
  );
  assertEquals(error.phase, "tls");
  assertMatch(error.message, /to the TLS handshake \(is TLS on there\?\) within 0\.08 s$/);
});

Deno.test("associate() stops a TLS handshake when the signal is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.recvChunk();
    controller.abort(reason);
    await peer.untilClosed();
  });
  const { signal } = controller;
  assertEquals(await assertRejects(() => connect(acceptor, { ca }, { signal })), reason);
});

Deno.test("associate() tells over TLS, too, that nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const error = await assertRejects(
    () => connect({ port }, { ca }),
    ConnectError,
    "connection refused, nothing listens there",
  );
  assertEquals(error instanceof TlsError, false);
});

Deno.test("associate() reads our certificate before it connects", async () => {
  await using acceptor = listen("server");
  const tls = { ca, cert: text("client.pem"), key: text("client_encrypted.key") };
  await assertRejects(
    () => connect(acceptor, { ...tls, keyPassword: "wrong" }),
    TlsCredentialError,
    "the password is wrong",
  );
  await using association = await connect(acceptor, { ...tls, keyPassword: "secret" });
  await association.echo();
});

const rootKey = makeKey();
const ownKey = makeKey();
const otherKey = makeKey();
const root = forgeCertificate({ subject: "Sample CA", key: rootKey, isAuthority: true });
const signed = { subject: "ris", issuer: "Sample CA", signedBy: rootKey, key: ownKey };
const right = forgeCertificate({ ...signed, names: ["IP:127.0.0.1"] });
const oldOne = forgeCertificate({ ...signed, version: 1 });
const oldPin = forgeCertificate({ subject: "ris", key: ownKey, version: 1 });
const trusting = { ca: [pemOf(root)] };

Deno.test("the forging acceptor is believed as long as it forges nothing", async () => {
  await using acceptor = new ForgingAcceptor({ chain: [right], key: ownKey });
  const limited = connect(acceptor, trusting, { timeouts: { associateMs: 200 } });
  await assertRejects(() => limited, DicomTimeoutError, "to the association request");
  assertEquals(acceptor.receivedBytes > 0, true);
});

const forged: [string, Uint8Array, typeof ownKey, TlsOptions, RegExp][] = [
  [
    "a certificate whose key it does not have",
    right,
    otherKey,
    trusting,
    /or the peer does not have it/,
  ],
  [
    "version 1 by an authority that has only the name",
    forgeCertificate({
      ...{ ...signed, signedBy: otherKey },
      version: 1,
    }),
    ownKey,
    trusting,
    /X\.509 version 1/,
  ],
  ["version 1, rightly signed", oldOne, ownKey, trusting, /X\.509 version 1/],
  ["version 1 without its key", oldOne, otherKey, trusting, /X\.509 version 1/],
  ["a trusted certificate of version 1", oldPin, ownKey, { ca: [pemOf(oldPin)] }, /version 1/],
  ["the same without its key", oldPin, otherKey, { ca: [pemOf(oldPin)] }, /version 1/],
  // What the TLS stack cannot read it takes without a proof that the peer has its key.
  [
    "a byte after a right certificate, without its key",
    Uint8Array.from([...right, 0]),
    otherKey,
    trusting,
    /cannot be read/,
  ],
  [
    "a right certificate written otherwise, without its key",
    Uint8Array.from([
      ...[0x30, 0x83, 0],
      ...right.subarray(2),
    ]),
    otherKey,
    trusting,
    /cannot be read/,
  ],
];
for (const verify of ["full", "chain"] as const) {
  for (const [what, certificate, key, tls, message] of forged) {
    Deno.test(`associate() refuses ${what}, and sends nothing (verify: ${verify})`, async () => {
      await using acceptor = new ForgingAcceptor({ chain: [certificate, root], key });
      const error = await assertRejects(() => connect(acceptor, { ...tls, verify }), TlsError);
      assertMatch(error.message, message);
      assertEquals(acceptor.receivedBytes, 0);
    });
  }
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`associate() says that the peer wants a certificate from us, with ${version}`, async () => {
    const server = createServer({
      ...{ cert: text("server.pem"), key: text("server.key"), ca },
      ...{ requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version },
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const error = await assertRejects(() => connect({ port }, { ca }));
    assertMatch(String(error), /wants a certificate from us: give `cert` and `key`/);
    await new Promise((resolve) => server.close(resolve));
  });
}

Deno.test("node:tls still takes certificates of version 1, and those it cannot read, unverified", async () => {
  // If this fails, the runtime has changed: see whether certificate_chain.ts is still needed.
  for (const certificate of [oldOne, Uint8Array.from([...right, 0])]) {
    await using acceptor = new ForgingAcceptor({ chain: [certificate, root], key: otherKey });
    const socket = connectSocket({
      ...{ host: "127.0.0.1", port: acceptor.port, ca: trusting.ca },
      checkServerIdentity: () => undefined,
    });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.on("secureConnect", () => resolve(socket.authorized));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    assertEquals(await promise, true);
    socket.destroy();
  }
});
