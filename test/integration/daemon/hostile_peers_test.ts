import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { encodeCommandSet, noDataSet } from "../../../src/network/dimse.ts";
import type { DimseMessage } from "../../../src/network/dimse.ts";
import { encodeMessage } from "../../../src/network/message_encode.ts";
import { step } from "../../support/daemon_config.ts";
import type { PollingResult } from "../../support/polling_child.ts";
import { rawElement } from "../../support/quirk_bench.ts";
import { ScriptedAcceptor, type ScriptedPeer } from "../../support/scripted_acceptor.ts";
import { concat } from "../../../src/base/concat.ts";

/** What a peer does once it has received a C-FIND request. */
type Answer = (peer: ScriptedPeer, request: DimseMessage, poll: number) => Promise<void>;

/** Polls a peer in a process of its own. */
async function polling(
  answer: Answer,
  { polls = 1, query = "", peer = "" }: { polls?: number; query?: string; peer?: string } = {},
): Promise<PollingResult> {
  let poll = 0;
  await using acceptor = new ScriptedAcceptor(async (scripted) => {
    await scripted.accept();
    const request = await scripted.recvMessage();
    // The other side may end first.
    await answer(scripted, request, ++poll).catch(() => {});
  });
  const script = new URL("../../support/polling_child.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, String(acceptor.port), String(polls), query, peer],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertMatch(text, /^\{/, new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

/** A response whose fragments our maximum length allows. */
function response(request: DimseMessage, status: number, dataSet?: Uint8Array): Uint8Array {
  const command = encodeCommandSet({
    commandField: 0x8020,
    messageIDBeingRespondedTo: request.command.messageID ?? 0,
    commandDataSetType: dataSet === undefined ? noDataSet : 1,
    status,
  });
  return encodeMessage(request.presentationContextId, command, dataSet, 65_536);
}

/** Sends the same bytes until the other side is gone. */
async function flood(peer: ScriptedPeer, bytes: Uint8Array): Promise<void> {
  for (;;) await peer.send(bytes);
}

/** Another match of a megabyte each time. */
const megabytes: Answer = async (peer, request, poll) => {
  const text = new Uint8Array(1_000_000).fill(0x41);
  for (let n = 0;; n++) {
    const head = concat([
      rawElement(0x00100020, "LO", `P${poll}`),
      rawElement(0x0020000D, "UI", `1.2.${poll}.${n}`),
    ]);
    // (4008,0300), an LT, would be too long: UT has a length of 32 bits.
    const long = Uint8Array.of(0x40, 0, 0x60, 0xA1, 0x55, 0x54, 0, 0, 0x40, 0x42, 0x0F, 0);
    await peer.send(response(request, 0xFF00, concat([head, long, text])));
  }
};

Deno.test("an endless answer of matches of a megabyte ends incomplete, in little memory", async () => {
  const limited = await polling(megabytes, { polls: 2, query: "max_answer: 20MB" });
  const words = "limited: the answer has new and changed matches that take more than 20 MB of " +
    "memory: raise max_answer of the query if the answer is right";
  assertEquals(limited.polls, [words, words]);
  assertEquals(limited.items, 0);
  // The control: with a higher limit the same answer takes as much memory as that.
  const control = await polling(megabytes, { query: "max_answer: 400MB" });
  assert(control.peakMiB > limited.peakMiB + 150, `${control.peakMiB} ${limited.peakMiB}`);
  assert(limited.peakMiB < 350, `${limited.peakMiB}`);
});

/** One match with a value of nothing but backslashes. */
const backslashes = (length: number): Answer => async (peer, request) => {
  const match = new Uint8Array(12 + length).fill(0x5C);
  match.set([0x08, 0, 0x3E, 0x10, 0x55, 0x43, 0, 0]);
  new DataView(match.buffer).setUint32(8, length, true);
  await peer.send(response(request, 0xFF00, match), response(request, 0));
  await peer.acceptRelease();
};

Deno.test("a value of millions of backslashes makes the poll incomplete, in little memory", async () => {
  const limited = await polling(backslashes(60_000_000));
  assertEquals(limited.polls, [
    "undecodable: 1 of 1 matches: Cannot read a match of 60000012 bytes: it is longer than " +
    "limits.match of its peer. Raise that if the match is right",
  ]);
  const short = await polling(backslashes(4_000_000));
  assertMatch(short.polls[0] ?? "", /it has more than 65536 values$/);
  const limits = "limits: { match: 64MiB, values: 100000000 }";
  const control = await polling(backslashes(10_000_000), { peer: limits });
  assert(control.peakMiB > limited.peakMiB + 150, `${control.peakMiB} ${limited.peakMiB}`);
  assert(limited.peakMiB < 200 && short.peakMiB < 200, `${limited.peakMiB} ${short.peakMiB}`);
});

const floods: [string, (request: DimseMessage) => Uint8Array, RegExp][] = [
  [
    "empty PDUs",
    () => concat(new Array(10_000).fill(Uint8Array.of(4, 0, 0, 0, 0, 0))),
    /^undecodable: .*in a row are empty or belong to no message$/,
  ],
  [
    "empty PDVs",
    ({ presentationContextId: id }) =>
      concat(new Array(10_000).fill(Uint8Array.of(4, 0, 0, 0, 0, 6, 0, 0, 0, 2, id, 0))),
    /^undecodable: .*in a row are empty or belong to no message$/,
  ],
  [
    "fragments of one data set",
    ({ presentationContextId: id }) =>
      concat(new Array(10_000).fill(Uint8Array.of(4, 0, 0, 0, 0, 7, 0, 0, 0, 3, id, 0, 65))),
    /^timed-out: /,
  ],
];
for (const [what, bytesOf, end] of floods) {
  Deno.test(`a peer that floods ${what} keeps nobody else waiting`, async () => {
    const { polls, longestTurnMs } = await polling(async (peer, request) => {
      await peer.send(response(request, 0xFF00, new Uint8Array(0)).subarray(0, -12));
      await flood(peer, bytesOf(request));
    }, { peer: "timeouts: { response: 1s }" });
    assertMatch(polls[0] ?? "", end);
    assert(longestTurnMs < 250, `${longestTurnMs}`);
  });
}

Deno.test("thirty thousand new and then changed matches keep nobody else waiting", async () => {
  const answers = ["Doe^Jane", "Doe^Joan"].map((name) =>
    Array.from(
      { length: 30_000 },
      (_, n) => encodeDataSet(step(String(n), { name }), TransferSyntax.ExplicitVrLittleEndian),
    )
  );
  const { polls, items, longestTurnMs } = await polling(async (peer, request, poll) => {
    const matches = (answers[poll - 1] ?? []).map((match) => response(request, 0xFF00, match));
    await peer.send(concat(matches), response(request, 0));
    await peer.acceptRelease();
  }, { polls: 2 });
  assertEquals([polls, items], [["complete", "complete"], 30_000]);
  assert(longestTurnMs < 250, `${longestTurnMs}`);
});
