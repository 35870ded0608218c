import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { associate, type AssociateOptions } from "../../../src/network/associate.ts";
import type { Association, FindEnd, FindResponse } from "../../../src/network/association.ts";
import { encodeCommandSet } from "../../../src/network/dimse.ts";
import { encodeMessage } from "../../../src/network/message_encode.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
  PresentationContextError,
} from "../../../src/network/errors.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import type { Timeouts } from "../../../src/network/timeouts.ts";
import type { TraceEvent } from "../../../src/network/trace.ts";
import {
  responseBytes,
  ScriptedAcceptor,
  type ScriptedPeer,
} from "../../support/scripted_acceptor.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const identifier = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, 0, 0);

function options(
  acceptor: { host: string; port: number },
  change: Partial<AssociateOptions> = {},
): AssociateOptions {
  return {
    host: acceptor.host,
    port: acceptor.port,
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    presentationContexts: [
      {
        abstractSyntax: SopClass.Verification,
        transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
      },
      { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ExplicitVrLittleEndian] },
    ],
    ...change,
  };
}

async function findAll(
  association: Association,
): Promise<{ matches: FindResponse[]; batches: number; end: FindEnd }> {
  const matches: FindResponse[] = [];
  let batches = 0;
  const responses = association.find({ sopClassUid: worklist, identifier });
  for (;;) {
    const { done, value } = await responses.next();
    if (done) return { matches, batches, end: value };
    matches.push(...value);
    batches++;
  }
}

/** Yields what was seen before a find failed, and why it failed. */
async function failingFind(
  association: Association,
): Promise<{ matches: FindResponse[]; error: unknown }> {
  const matches: FindResponse[] = [];
  try {
    for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
      matches.push(...batch);
    }
  } catch (error) {
    return { matches, error };
  }
  throw new Error("the find did not fail");
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("Association finds, echoes and releases on one connection", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    const request = await peer.accept();
    assertEquals([request.calledAeTitle, request.callingAeTitle], ["RIS", "CT1"]);
    const echo = await peer.recvMessage();
    assertEquals(echo.command.commandField, 0x0030);
    await peer.respond(echo, 0x0000);
    const find = await peer.recvMessage();
    assertEquals(find.command.affectedSOPClassUID, worklist);
    assertEquals(find.command.messageID, 2);
    assertEquals(find.dataSet, identifier);
    await peer.send(responseBytes(find, 0xFF00, bytes("one ")));
    await peer.send(responseBytes(find, 0xFF01, bytes("two ")), responseBytes(find, 0x0000));
    await peer.acceptRelease();
    await peer.untilClosed();
  });
  const association = await associate(options(acceptor));
  assertEquals(association.acceptedContexts.map(({ id }) => id), [1, 3]);
  assertEquals(association.acceptor.maximumLength, 16384);
  await association.echo();
  const { matches, end } = await findAll(association);
  assertEquals(matches.map(({ status, dataSet }) => [status, dataSet]), [
    [0xFF00, bytes("one ")],
    [0xFF01, bytes("two ")],
  ]);
  assertEquals(matches[0]?.transferSyntaxUid, TransferSyntax.ExplicitVrLittleEndian);
  assertEquals(end.status, 0x0000);
  assertEquals(await association.release(), "released");
  assertEquals(association.ended, true);
  await acceptor.done();
});

Deno.test("Association sends a command set and its data set in one write", async () => {
  let chunk = new Uint8Array(0);
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    chunk = await peer.recvChunk();
  });
  const association = await associate(options(acceptor));
  await failingFind(association);
  // The whole message stands in the first segment that arrives.
  assertEquals(chunk.toHex().endsWith(identifier.toHex()), true);
});

Deno.test("Association asks for an identifier in the transfer syntax that was accepted", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    assertEquals(find.dataSet, bytes(TransferSyntax.ExplicitVrLittleEndian));
    await peer.respond(find, 0x0000);
  });
  await using association = await associate(options(acceptor));
  const responses = association.find({ sopClassUid: worklist, identifier: bytes });
  assertEquals((await responses.next()).done, true);
  await acceptor.done();
});

Deno.test("Association yields in one batch what arrived in one read", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    const match = responseBytes(find, 0xFF00, bytes("12345678"));
    const all = new Uint8Array(match.length * 1000);
    for (let i = 0; i < 1000; i++) all.set(match, i * match.length);
    await peer.send(all, responseBytes(find, 0x0000));
    await peer.acceptRelease();
  });
  await using association = await associate(options(acceptor));
  const { matches, batches } = await findAll(association);
  assertEquals(matches.length, 1000);
  assertEquals(batches < 20, true, `${batches} batches`);
});

Deno.test("Association keeps what it yielded untouched by what comes after", async () => {
  const count = 3000;
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    for (let i = 0; i < count; i++) {
      await peer.send(responseBytes(find, 0xFF00, new Uint8Array(1000).fill(i)));
    }
    await peer.respond(find, 0x0000);
    await peer.acceptRelease();
  });
  await using association = await associate(options(acceptor));
  const { matches } = await findAll(association);
  assertEquals(matches.length, count);
  assertEquals(matches.every(({ dataSet }, i) => dataSet.every((byte) => byte === i % 256)), true);
});

// What else may come where a final response is awaited.

const failures: [string, number, string][] = [
  ["A700", 0xA700, "failure"],
  ["A900", 0xA900, "failure"],
  ["0122", 0x0122, "failure"],
  ["0110", 0x0110, "failure"],
  ["C001", 0xC001, "failure"],
  ["FE00", 0xFE00, "cancel"],
  ["B000", 0xB000, "warning"],
  ["D123", 0xD123, "failure"],
];
for (const [name, status, category] of failures) {
  Deno.test(`Association.find() throws on status ${name} after the matches before it`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.accept();
      const find = await peer.recvMessage();
      const comment = { errorComment: "DOE^JANE", offendingElement: [0x00100010] };
      const failure = responseBytes(find, status, undefined, comment);
      await peer.send(new Uint8Array([...responseBytes(find, 0xFF00, bytes("one ")), ...failure]));
      await peer.acceptRelease();
    });
    await using association = await associate(options(acceptor));
    const { matches, error } = await failingFind(association);
    assertEquals(matches.length, 1);
    assertInstanceOf(error, DimseStatusError);
    assertEquals([error.status, error.category], [status, category]);
    assertEquals(error.errorComment, "DOE^JANE");
    assertEquals(error.message.includes("DOE"), false);
    assertEquals(await association.release(), "released");
  });
}

const protocolFaults: [string, (peer: ScriptedPeer, find: Find) => Promise<void>, RegExp][] = [
  [
    "an unknown PDU type",
    (peer) => peer.send(Uint8Array.of(0x47, 0x45, 0x54, 0x20, 0, 0)),
    /PDU-type 0x47 is not DICOM/,
  ],
  [
    "a PDU longer than our maximum",
    (peer) => peer.send(Uint8Array.of(4, 0, 0, 3, 0, 0)),
    /PDU-length is 196608, at most 132096 is allowed/,
  ],
  [
    "an answer to another message",
    (peer, find) => peer.respond(find, 0x0000, undefined, { messageIDBeingRespondedTo: 9 }),
    /\(0000,0120\).*Message ID Being Responded To is 9 where our request has 1/,
  ],
  [
    "another kind of response",
    (peer, find) => peer.respond(find, 0x0000, undefined, { commandField: 0x8030 }),
    /Command Field is 0x8030 where the response to our request would be 0x8020/,
  ],
  [
    "a response in another context",
    (peer, find) => peer.respond({ ...find, presentationContextId: 1 }, 0x0000),
    /the response is in context 1, the request in 3/,
  ],
  [
    "a response without a status",
    (peer) =>
      peer.send(encodeMessage(
        3,
        encodeCommandSet({
          commandField: 0x8020,
          messageIDBeingRespondedTo: 1,
          commandDataSetType: 0x0101,
        }),
        undefined,
        0,
      )),
    /\(0000,0900\): Status is missing/,
  ],
  [
    "an answer to a release that was not asked for",
    (peer) => peer.send(encodePdu({ type: "A-RELEASE-RP" })),
    /A-RELEASE-RP must not come now/,
  ],
];
type Find = Awaited<ReturnType<ScriptedPeer["recvMessage"]>>;
for (const [what, send, message] of protocolFaults) {
  Deno.test(`Association.find() aborts on ${what}, after the matches before it`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.accept();
      const find = await peer.recvMessage();
      await peer.respond(find, 0xFF00, bytes("one "));
      await send(peer, find);
      await peer.recv("A-ABORT");
    });
    const association = await associate(options(acceptor));
    const { matches, error } = await failingFind(association);
    assertEquals(matches.length, 1);
    assertInstanceOf(error, DicomDecodeError);
    assertMatch(error.message, message);
    assertEquals(association.ended, true);
    await acceptor.done();
  });
}

Deno.test("Association.find() does not lose matches to a fault in the same read", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    const match = responseBytes(find, 0xFF00, bytes("one "));
    await peer.send(new Uint8Array([...match, ...match, 0x47, 0x45]));
    await peer.untilClosed();
  });
  const association = await associate(options(acceptor));
  const { matches, error } = await failingFind(association);
  assertEquals(matches.length, 2);
  assertInstanceOf(error, DicomDecodeError);
});

const endings: [
  string,
  (peer: ScriptedPeer) => Promise<void> | void,
  AssociationAbortedError["source"],
][] = [
  ["closes", (peer) => peer.close(), "connection"],
  [
    "aborts",
    (peer) => peer.send(encodePdu({ type: "A-ABORT", source: 2, reason: 6 })),
    2,
  ],
  ["releases", (peer) => peer.send(encodePdu({ type: "A-RELEASE-RQ" })), "released"],
];
for (const [what, end, source] of endings) {
  Deno.test(`Association.find() fails where the peer ${what} before the final response`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.accept();
      const find = await peer.recvMessage();
      await peer.respond(find, 0xFF00, bytes("one "));
      await end(peer);
      if (what !== "closes") await peer.untilClosed();
    });
    const association = await associate(options(acceptor));
    const { matches, error } = await failingFind(association);
    assertEquals(matches.length, 1);
    assertInstanceOf(error, AssociationAbortedError);
    assertEquals([error.source, error.state], [source, "transfer"]);
    const again = await failingFind(association);
    assertEquals(again.error, error, "whatever is asked of it later fails for the same reason");
  });
}

// Establishing.

Deno.test("associate() tells a rejection in words and by number", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.recv("A-ASSOCIATE-RQ");
    await peer.send(encodePdu({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 }));
    await peer.untilClosed();
  });
  const error = await assertRejects(
    () => associate(options(acceptor)),
    AssociationRejectedError,
    'called AE title not recognized (we called it "RIS"',
  );
  assertEquals([error.result, error.source, error.reason], [1, 1, 7]);
});

const noAnswers: [string, (peer: ScriptedPeer) => Promise<void> | void, number | string][] = [
  ["closes", (peer) => peer.close(), "connection"],
  ["aborts", (peer) => peer.send(encodePdu({ type: "A-ABORT", source: 0, reason: 0 })), 0],
];
for (const [what, end, source] of noAnswers) {
  Deno.test(`associate() fails where the peer ${what} instead of answering`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      await end(peer);
      if (what !== "closes") await peer.untilClosed();
    });
    const error = await assertRejects(
      () => associate(options(acceptor)),
      AssociationAbortedError,
      `the peer may not know one of the AE titles${what === "closes" ? ", or expect TLS" : ""})`,
    );
    assertEquals([error.source, error.state], [source, "associate"]);
  });
}

Deno.test("associate() fails where the peer does not speak DICOM", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.send(bytes("220 mail.example.org ESMTP\r\n"));
    await peer.untilClosed();
  });
  await assertRejects(
    () => associate(options(acceptor)),
    DicomDecodeError,
    "is this the right port?",
  );
});

Deno.test("associate() refuses an answer with a transfer syntax that was not offered", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    const transferSyntax = TransferSyntax.ExplicitVrBigEndian;
    await peer.accept({ presentationContexts: [{ id: 3, result: 0, transferSyntax }] });
    await peer.recv("A-ABORT");
  });
  await assertRejects(() => associate(options(acceptor)), DicomDecodeError, "was not offered");
  await acceptor.done();
});

Deno.test("associate() tells that nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const error = await assertRejects(
    () => associate(options({ host: "127.0.0.1", port })),
    ConnectError,
    `Cannot connect to 127.0.0.1:${port}: connection refused`,
  );
  assertEquals([error.host, error.port], ["127.0.0.1", port]);
  assertInstanceOf(error.cause, Deno.errors.ConnectionRefused);
});

Deno.test("Association.find() names the SOP class that was not accepted, and why", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    const transferSyntax = TransferSyntax.ImplicitVrLittleEndian;
    await peer.accept({
      presentationContexts: [
        { id: 1, result: 0, transferSyntax },
        { id: 3, result: 4, transferSyntax },
      ],
    });
    await peer.acceptRelease();
  });
  await using association = await associate(options(acceptor));
  const error = await assertRejects(
    () => association.find({ sopClassUid: worklist, identifier }).next(),
    PresentationContextError,
    `No presentation context for SOP class ${worklist}: the peer says: transfer syntaxes not supported ` +
      `(proposed ${TransferSyntax.ExplicitVrLittleEndian})`,
  );
  assertEquals(error.result, 4);
  const other = association.find({ sopClassUid: SopClass.UnifiedProcedureStepPull, identifier });
  await assertRejects(() => other.next(), PresentationContextError, "none was proposed");
});

// Deadlines.

const silences: [string, Timeouts, (peer: ScriptedPeer) => Promise<void>, string][] = [
  ["associate", { associateMs: 50 }, (peer) => peer.untilClosed(), "associate"],
  ["network silence", { networkMs: 50 }, (peer) => peer.untilClosed(), "network"],
];
for (const [what, timeouts, script, phase] of silences) {
  Deno.test(`associate() ends a wait by its deadline for ${what}`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      await script(peer);
    });
    const error = await assertRejects(
      () => associate(options(acceptor, { timeouts })),
      DicomTimeoutError,
    );
    assertEquals([error.phase, error.limitMs], [phase, 50]);
  });
}

Deno.test("Association.find() ends a wait for a response by its deadline", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    await peer.recv("A-ABORT");
  });
  const association = await associate(options(acceptor, { timeouts: { responseMs: 50 } }));
  const { matches, error } = await failingFind(association);
  assertEquals(matches.length, 1);
  assertInstanceOf(error, DicomTimeoutError);
  assertEquals([error.phase, error.limitMs], ["response", 50]);
  await acceptor.done();
});

Deno.test("Association.find() is not kept alive by a peer that trickles an unfinished response", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.recvMessage();
    try {
      // PDVs of one byte, each a whole PDU, never the last of the command set.
      for (;;) await peer.send(Uint8Array.of(4, 0, 0, 0, 0, 7, 0, 0, 0, 3, 3, 1, 0));
    } catch {
      // The requestor has had enough.
    }
  });
  const association = await associate(options(acceptor, { timeouts: { responseMs: 100 } }));
  const { error } = await failingFind(association);
  assertInstanceOf(error, DicomTimeoutError);
  assertEquals(error.phase, "response");
});

Deno.test("Association.find() counts no time that the consumer takes", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    await peer.respond(find, 0x0000);
    await peer.acceptRelease();
  });
  await using association = await associate(options(acceptor, { timeouts: { responseMs: 40 } }));
  let count = 0;
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    count += batch.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assertEquals(count, 1);
});

Deno.test("Association.find() fails on a peer that does not read a long identifier", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.untilTestEnds;
  });
  const association = await associate(options(acceptor, { timeouts: { responseMs: 100 } }));
  const long = new Uint8Array(1 << 25);
  const error = await assertRejects(
    () => association.find({ sopClassUid: worklist, identifier: long }).next(),
    DicomTimeoutError,
  );
  assertEquals(error.phase, "response");
});

// Signals.

Deno.test("associate() throws the reason of a signal that is aborted already", async () => {
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  await using acceptor = new ScriptedAcceptor((peer) => peer.untilClosed());
  const error = await assertRejects(() => associate(options(acceptor, { signal })));
  assertEquals(error, reason);
  assertEquals(acceptor.connections, 0);
});

Deno.test("associate() wakes from its wait when the signal is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.recv("A-ASSOCIATE-RQ");
    controller.abort(reason);
    await peer.recv("A-ABORT");
  });
  const { signal } = controller;
  const error = await assertRejects(() => associate(options(acceptor, { signal })));
  assertEquals(error, reason);
  await acceptor.done();
});

for (const where of ["association", "request"]) {
  Deno.test(`Association.find() wakes when the signal of the ${where} is aborted`, async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.accept();
      const find = await peer.recvMessage();
      await peer.respond(find, 0xFF00, bytes("one "));
      await peer.recv("A-ABORT");
    });
    const { signal } = controller;
    const association = await associate(
      options(acceptor, where === "association" ? { signal } : {}),
    );
    const responses = association.find({
      sopClassUid: worklist,
      identifier,
      ...(where === "request" && { signal }),
    });
    await responses.next();
    const next = responses.next();
    controller.abort(reason);
    assertEquals(await assertRejects(() => next), reason);
    await acceptor.done();
  });
}

// Cancelling.

Deno.test("Association.cancel() ends a find with the matches until then", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    const cancel = await peer.recvMessage();
    assertEquals(cancel.command, {
      commandField: 0x0FFF,
      messageIDBeingRespondedTo: 1,
      commandDataSetType: 0x0101,
    });
    await peer.respond(find, 0xFF00, bytes("two "));
    await peer.respond(find, 0xFE00);
    await peer.acceptRelease();
  });
  const association = await associate(options(acceptor));
  let count = 0;
  const responses = association.find({ sopClassUid: worklist, identifier });
  let result = await responses.next();
  for (; !result.done; result = await responses.next()) {
    count += result.value.length;
    await association.cancel();
  }
  assertEquals(count, 2);
  assertEquals(result.value.status, 0xFE00);
  assertEquals(await association.release(), "released");
  await acceptor.done();
});

Deno.test("Association.cancel() leaves no deadline behind on an association that is used later", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    await peer.recvMessage();
    await peer.respond(find, 0xFE00);
    await peer.respond(await peer.recvMessage(), 0x0000);
    await peer.acceptRelease();
  });
  await using association = await associate(options(acceptor, { timeouts: { cancelMs: 200 } }));
  const responses = association.find({ sopClassUid: worklist, identifier });
  await responses.next();
  await association.cancel();
  while (!(await responses.next()).done);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await association.echo();
});

Deno.test("Association.cancel() gives a peer that ignores it a deadline", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    try {
      for (;;) await peer.respond(find, 0xFF00, new Uint8Array(10_000));
    } catch {
      // The requestor has had enough.
    }
  });
  const association = await associate(options(acceptor, { timeouts: { cancelMs: 60 } }));
  const responses = association.find({ sopClassUid: worklist, identifier });
  await responses.next();
  await association.cancel();
  const error = await assertRejects(async () => {
    while (!(await responses.next()).done);
  }, DicomTimeoutError);
  assertEquals(error.phase, "cancel");
});

Deno.test("leaving the loop of Association.find() cancels and leaves the association usable", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    assertEquals((await peer.recvMessage()).command.commandField, 0x0FFF);
    await peer.respond(find, 0xFF00, bytes("two "));
    await peer.respond(find, 0xFE00);
    await peer.respond(await peer.recvMessage(), 0x0000);
    await peer.acceptRelease();
  });
  const association = await associate(options(acceptor));
  for await (const _ of association.find({ sopClassUid: worklist, identifier })) break;
  await association.echo();
  assertEquals(await association.release(), "released");
  await acceptor.done();
});

Deno.test("leaving the loop of Association.find() aborts a peer that ignores C-CANCEL", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const find = await peer.recvMessage();
    await peer.respond(find, 0xFF00, bytes("one "));
    await peer.recvMessage();
    await peer.recv("A-ABORT");
  });
  const association = await associate(options(acceptor, { timeouts: { cancelMs: 60 } }));
  for await (const _ of association.find({ sopClassUid: worklist, identifier })) break;
  assertEquals(association.ended, true);
  await acceptor.done();
});

// Releasing.

const releases: [string, (peer: ScriptedPeer) => Promise<void>, string][] = [
  ["answers", (peer) => peer.acceptRelease(), "released"],
  [
    "sends data first",
    async (peer) => {
      await peer.recv("A-RELEASE-RQ");
      await peer.send(Uint8Array.of(4, 0, 0, 0, 0, 7, 0, 0, 0, 3, 3, 1, 0));
      await peer.send(encodePdu({ type: "A-RELEASE-RP" }));
    },
    "released",
  ],
  [
    "releases at the same time",
    async (peer) => {
      await peer.send(encodePdu({ type: "A-RELEASE-RQ" }));
      await peer.recv("A-RELEASE-RQ");
      await peer.recv("A-RELEASE-RP");
      await peer.send(encodePdu({ type: "A-RELEASE-RP" }));
    },
    "released",
  ],
  [
    "aborts",
    async (peer) => {
      await peer.recv("A-RELEASE-RQ");
      await peer.send(encodePdu({ type: "A-ABORT", source: 0, reason: 0 }));
    },
    "aborted",
  ],
  ["closes", async (peer) => void await peer.recv("A-RELEASE-RQ"), "closed"],
  ["has closed already", async () => {}, "closed"],
  [
    "says something else than DICOM",
    async (peer) => {
      await peer.recv("A-RELEASE-RQ");
      await peer.send(bytes("goodbye"));
      await peer.untilClosed();
    },
    "closed",
  ],
  ["says nothing", (peer) => peer.untilClosed(), "timed out"],
];
for (const [what, script, outcome] of releases) {
  Deno.test(`Association.release() never fails: the peer ${what}`, async () => {
    await using acceptor = new ScriptedAcceptor(async (peer) => {
      await peer.accept();
      const find = await peer.recvMessage();
      await peer.respond(find, 0xFF00, bytes("one "));
      await peer.respond(find, 0x0000);
      await script(peer);
    });
    const association = await associate(options(acceptor, { timeouts: { releaseMs: 60 } }));
    assertEquals((await findAll(association)).matches.length, 1);
    assertEquals(await association.release(), outcome);
    assertEquals(association.ended, true);
    await acceptor.done();
  });
}

Deno.test("Association.abort() wakes what waits on it", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.recvMessage();
    await peer.recv("A-ABORT");
  });
  const association = await associate(options(acceptor));
  const next = association.find({ sopClassUid: worklist, identifier }).next();
  await association.abort();
  const error = await assertRejects(() => next, AssociationAbortedError, "aborted by us");
  assertEquals(error.source, "local");
  await acceptor.done();
});

Deno.test("Association allows one operation at a time", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.recvMessage();
    await peer.untilClosed();
  });
  const association = await associate(options(acceptor));
  const next = association.find({ sopClassUid: worklist, identifier }).next();
  await assertRejects(() => association.echo(), Error, "while another is under way");
  assertEquals(await association.release(), "aborted");
  await assertRejects(() => next, AssociationAbortedError);
});

Deno.test("Association tells its trace of every PDU and message", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.respond(await peer.recvMessage(), 0x0000);
    await peer.acceptRelease();
  });
  const seen: string[] = [];
  const trace = (event: TraceEvent): void => {
    const what = event.kind === "pdu" ? event.pdu.type : event.message.command.commandField;
    seen.push(`${event.direction} ${what}`);
  };
  const association = await associate(options(acceptor, { trace }));
  await association.echo();
  await association.release();
  assertEquals(seen, [
    "sent A-ASSOCIATE-RQ",
    "received A-ASSOCIATE-AC",
    `sent ${0x0030}`,
    "sent P-DATA-TF",
    "received P-DATA-TF",
    `received ${0x8030}`,
    "sent A-RELEASE-RQ",
    "received A-RELEASE-RP",
  ]);
});

Deno.test("a match and garbage in one read: the match comes, then the error", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    const match = responseBytes(request, 0xFF00, identifier);
    await peer.send(Uint8Array.of(...match, 0x99, 0x99, 0x99));
    await peer.recv("A-ABORT");
  });
  await using association = await associate(options(acceptor));
  const responses = association.find({ sopClassUid: worklist, identifier });
  const { value } = await responses.next();
  assertEquals(Array.isArray(value) && value.map(({ dataSet }) => dataSet), [identifier]);
  assertInstanceOf(await assertRejects(() => responses.next()), DicomDecodeError);
  await acceptor.done();
});

Deno.test("an A-ASSOCIATE-AC that announces more than a megabyte is refused before it comes", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.recv("A-ASSOCIATE-RQ");
    await peer.send(Uint8Array.of(2, 0, 0x00, 0x10, 0x00, 0x01));
    await peer.recv("A-ABORT");
  });
  const error = await assertRejects(() => associate(options(acceptor)), DicomDecodeError);
  assertMatch(error.message, /PDU-length is 1048577, at most 1048576 is allowed/);
  await acceptor.done();
});
