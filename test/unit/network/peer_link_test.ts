import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { concat } from "../../../src/base/concat.ts";
import type { DimseMessage } from "../../../src/network/dimse.ts";
import { AssociationAbortedError } from "../../../src/network/errors.ts";
import { encodeCommandSet } from "../../../src/network/dimse.ts";
import { encodeMessage } from "../../../src/network/message_encode.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { PeerLink } from "../../../src/network/peer_link.ts";

const command = encodeCommandSet({
  commandField: 0x8020,
  messageIDBeingRespondedTo: 1,
  commandDataSetType: 1,
  status: 0xFF00,
});

/** Pending responses whose data sets are their numbers. */
function responses(count: number): Uint8Array {
  return concat(
    Array.from({ length: count }, (_, n) => encodeMessage(1, command, Uint8Array.of(n), 0)),
  );
}

/** A link whose connection gives these bytes one read after the other, and then ends. */
function linkOf(...reads: Uint8Array[]): PeerLink {
  const left = [...reads];
  const link = new PeerLink({
    read: (into) => {
      const bytes = left.shift();
      if (bytes === undefined) return Promise.resolve(null);
      into.set(bytes.subarray(0, into.length));
      if (bytes.length > into.length) left.unshift(bytes.subarray(into.length));
      return Promise.resolve(Math.min(bytes.length, into.length));
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => {},
  }, { endpoint: { host: "ris", port: 104 }, maxPduLength: 0 });
  link.setDeadline("response", Infinity);
  return link;
}

/** The numbers of some messages, and whether more can be received without waiting. */
async function take(link: PeerLink): Promise<[numbers: number[], hasReceived: boolean]> {
  const messages = await link.receive(true);
  assert(Array.isArray(messages));
  return [messages.map(({ dataSet }: DimseMessage) => dataSet?.[0] ?? -1), link.hasReceived];
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n);

Deno.test("PeerLink hands out messages a few at a time where the last are done, and says that there are more", async () => {
  const link = linkOf(responses(70), responses(1));
  assertEquals(link.hasReceived, false);
  assertEquals(await take(link), [numbers(0, 32), true]);
  assertEquals(await take(link), [numbers(32, 64), true]);
  assertEquals(await take(link), [numbers(64, 70), false]);
  assertEquals(await take(link), [[0], false]);
});

Deno.test("PeerLink has received nothing more where the few are all, or the next is not whole", async () => {
  const all = responses(33);
  const link = linkOf(all.subarray(0, -1), all.subarray(-1));
  assertEquals(await take(link), [numbers(0, 32), false]);
  assertEquals(await take(link), [[32], false]);
});

Deno.test("PeerLink finds a message that is longer than a batch and came in one read with others", async () => {
  const long = new Uint8Array(300_000).fill(7);
  for (const fragmentLength of [0, 16_384]) {
    // What comes before it makes room for reads of a megabyte.
    const link = linkOf(
      responses(2000),
      concat([encodeMessage(1, command, long, fragmentLength), responses(2)]),
    );
    const found: number[] = [];
    while (found.length < 2003) found.push(...(await take(link))[0]);
    assertEquals(found.slice(2000), [7, 0, 1]);
  }
});

Deno.test("PeerLink hands out all messages at once where they are kept", async () => {
  const messages = await linkOf(responses(70)).receive();
  assert(Array.isArray(messages));
  assertEquals(messages.length, 70);
});

Deno.test("PeerLink has received what ends the association, behind messages that are not taken yet", async () => {
  const link = linkOf(concat([responses(40), encodePdu({ type: "A-RELEASE-RQ" })]));
  assertEquals(await take(link), [numbers(0, 32), true]);
  assertEquals(await take(link), [numbers(32, 40), true]);
  const frame = await link.receive(true);
  assert(!Array.isArray(frame));
  assertEquals(frame.type, 5);
});

Deno.test("PeerLink has received what is wrong, behind messages that are not taken yet", async () => {
  const link = linkOf(concat([responses(2), Uint8Array.of(0x55)]));
  assertEquals(await take(link), [[0, 1], true]);
  assertInstanceOf(await assertRejects(() => link.receive(true)), DicomDecodeError);
});

/** A link to a peer that has `first` ready and then `more` so often, and closes the connection. */
function floodedLink(first: Uint8Array, more: Uint8Array, times: number): PeerLink {
  let left = times;
  let next: Uint8Array | undefined = first;
  const link = new PeerLink({
    read: (into) => {
      const bytes = next ?? more;
      next = undefined;
      if (left-- === 0) return Promise.resolve(null);
      into.set(bytes);
      return Promise.resolve(bytes.length);
    },
    write: (written) => Promise.resolve(written.length),
    close: () => {},
  }, { endpoint: { host: "ris", port: 104 }, maxPduLength: 0 });
  link.setDeadline("response", Infinity);
  return link;
}

/** Calls `receive` until the peer closes the connection; tells whether a timer fired meanwhile. */
async function firesDuring(receive: () => Promise<unknown>): Promise<boolean> {
  let hasFired = false;
  const timer = setTimeout(() => {
    hasFired = true;
  }, 0);
  await assertRejects(async () => {
    for (;;) await receive();
  }, AssociationAbortedError);
  clearTimeout(timer);
  return hasFired;
}

/** A fragment of one byte of a data set that has not ended. */
const fragment = Uint8Array.of(4, 0, 0, 0, 0, 7, 0, 0, 0, 3, 1, 0, 65);

Deno.test("PeerLink lets others work while a peer sends without a pause: messages", async () => {
  const link = floodedLink(responses(1), responses(200), 3_000);
  assertEquals(await firesDuring(() => link.receive(true)), true);
});

Deno.test("PeerLink lets others work while a peer sends without a pause: one data set", async () => {
  const link = floodedLink(
    encodeMessage(1, command, undefined, 0),
    concat(new Array(500).fill(fragment)),
    3_000,
  );
  assertEquals(await firesDuring(() => link.receive(true)), true);
});

Deno.test("PeerLink lets others work while a peer sends without a pause: data during release", async () => {
  const link = floodedLink(fragment, concat(new Array(500).fill(fragment)), 500);
  assertEquals(await firesDuring(() => link.receiveFrame()), true);
});

/** A link that counts what becomes of its connection; nothing ever comes. */
function countedLink(
  change: { write?: (bytes: Uint8Array) => Promise<number> } = {},
): { link: PeerLink; written: Uint8Array[]; closes: () => number } {
  const written: Uint8Array[] = [];
  let closes = 0;
  const { promise: end, resolve } = Promise.withResolvers<null>();
  const link = new PeerLink({
    read: () => end,
    write: (bytes) => {
      written.push(bytes.slice());
      return change.write?.(bytes) ?? Promise.resolve(bytes.length);
    },
    close: () => {
      closes++;
      resolve(null);
    },
  }, { endpoint: { host: "ris", port: 104 }, maxPduLength: 0 });
  return { link, written, closes: () => closes };
}

Deno.test("PeerLink calls each listener once when it ends, and at once after that", async () => {
  const { link } = countedLink();
  const calls: string[] = [];
  link.whenEnded(() => calls.push("first"));
  link.whenEnded(() => calls.push("second"));
  assertEquals([calls, link.ended], [[], false]);
  const ending = link.close(new Error("over"));
  assertEquals([calls, link.ended], [["first", "second"], true]);
  await ending;
  await link.abort(new Error("again"));
  link.whenEnded(() => calls.push("late"));
  assertEquals(calls, ["first", "second", "late"]);
});

Deno.test("PeerLink throws its first failure from every call, and closes the connection once", async () => {
  const { link, written, closes } = countedLink();
  const first = new Error("first");
  const receiving = assertRejects(() => link.receive(), Error, "first");
  await Promise.all([link.close(first), link.abort(new Error("second")), receiving]);
  for (const call of [() => link.receive(), () => link.receiveFrame(), () => link.write(noBytes)]) {
    assertEquals(await assertRejects(call), first);
  }
  assertEquals([written, closes(), link.hasReceived], [[], 1, false]);
});

Deno.test("PeerLink writes an A-ABORT and then closes the connection", async () => {
  const { link, written, closes } = countedLink();
  await link.abort(new Error("over"));
  assertEquals(written, [encodePdu({ type: "A-ABORT", source: 0, reason: 0 })]);
  assertEquals(closes(), 1);
});

Deno.test("PeerLink writes no A-ABORT into the middle of another PDU, and closes though the peer reads nothing", async () => {
  const { promise: never } = Promise.withResolvers<number>();
  const { link, written, closes } = countedLink({ write: () => never });
  void link.write(Uint8Array.of(1, 2, 3)).catch(() => {});
  await link.abort(new Error("over"));
  assertEquals(written, [Uint8Array.of(1, 2, 3)]);
  assertEquals(closes(), 1);
});

Deno.test("PeerLink aborts for an undecodable PDU with the reason that the standard has for it", async () => {
  const written: Uint8Array[] = [];
  const reads = [Uint8Array.of(0x55)];
  const link = new PeerLink({
    read: (into) => {
      const bytes = reads.shift();
      if (bytes === undefined) return Promise.resolve(null);
      into.set(bytes);
      return Promise.resolve(bytes.length);
    },
    write: (bytes) => {
      written.push(bytes.slice());
      return Promise.resolve(bytes.length);
    },
    close: () => {},
  }, { endpoint: { host: "ris", port: 104 }, maxPduLength: 0 });
  await assertRejects(() => link.receive(), DicomDecodeError);
  assertEquals(written, [encodePdu({ type: "A-ABORT", source: 2, reason: 6 })]);
});

Deno.test("PeerLink answers an A-RELEASE-RQ in data transfer, and aborts for one at any other time", async () => {
  for (const state of ["transfer", "associate"] as const) {
    const { link, written } = countedLink();
    link.state = state;
    const buffer = encodePdu({ type: "A-RELEASE-RQ" });
    const frame = { type: 5, buffer, start: 0, end: buffer.length };
    await assertRejects(() => link.refuse(frame));
    assertEquals(
      written,
      state === "transfer"
        ? [encodePdu({ type: "A-RELEASE-RP" })]
        : [encodePdu({ type: "A-ABORT", source: 2, reason: 2 })],
    );
  }
});

const noBytes = new Uint8Array(0);
