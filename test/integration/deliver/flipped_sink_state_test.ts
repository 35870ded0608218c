import { assert, assertEquals } from "@std/assert";
import { DeadLetters } from "../../../src/deliver/dead_letters.ts";
import { lastTaken, readSinkState, SinkStateFile } from "../../../src/deliver/sink_state.ts";
import { readHolder, StateLock } from "../../../src/worklist/journal/state_lock.ts";
import { TemporaryFolder } from "../../support/delivery_bench.ts";

const masks = [1, 4, 32, 128, 255];

/** Puts each flip of each byte of a file in its place, one after the other. */
async function eachFlip(
  path: string,
  check: (where: string, at: number) => Promise<void>,
): Promise<void> {
  const bytes = await Deno.readFile(path);
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of masks) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ mask;
      await Deno.writeFile(path, flipped);
      await check(`byte ${at} xor ${mask}`, at);
    }
  }
}

Deno.test("a flipped bit in any byte of how far a sink has come is noticed", async () => {
  await using folder = new TemporaryFolder();
  const failing = {
    since: "2026-11-21T12:00:00.000Z",
    attempts: 3,
    nextAttempt: "2026-11-21T12:05:00.000Z",
    error: "no",
  };
  const state = {
    sink: "hook",
    queries: {
      "ct[CT1]": {
        position: 4711,
        delivered: 4710,
        window: { upTo: 4720, done: 4712, merged: true },
      },
      us: { position: 12, delivered: 12, failing },
    },
    lastSuccess: "2026-11-21T12:00:00.000Z",
  };
  await new SinkStateFile(folder.path, state).save();
  assertEquals(await readSinkState(folder.path, "hook"), { found: "state", state, isSealed: true });
  assertEquals([...await lastTaken(folder.path)], [["ct[CT1]", 4720], ["us", 12]]);
  await eachFlip(`${folder.path}/sinks/hook.json`, async (where) => {
    assertEquals(await readSinkState(folder.path, "hook"), { found: "damage" }, where);
  });
});

Deno.test("a flipped bit in any byte of the dead letters costs no letter but its own, and is reported", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/sinks/hook.dead.ndjson`;
  const letters = ["DOE^JANE", "DOE^JOHN", "MÜLLER^JÖRG"].map((name, n) => ({
    at: "2026-11-21T12:00:00Z",
    reason: "refused" as const,
    words: "no",
    line: JSON.stringify({ specversion: "1.0", id: `q.${n}`, data: { query: "q", name } }),
  }));
  const first = await DeadLetters.open(folder.path, "hook");
  await first.add(letters);
  const whole = await Array.fromAsync(first.read(), (letter) => JSON.stringify(letter));
  const { size } = await Deno.stat(path);
  await eachFlip(path, async (where, at) => {
    const problems: string[] = [];
    const again = await DeadLetters.open(folder.path, "hook", (words) => problems.push(words));
    const left = await Array.fromAsync(again.read(), (letter) => JSON.stringify(letter));
    assert(left.every((letter) => whole.includes(letter)), `${where}: another letter`);
    assertEquals(again.count, left.length, where);
    if (at === size - 1) assertEquals([left.length, problems], [3, []], where);
    else assert(left.length >= 1 && problems[0]?.includes("damaged"), `${where}: ${problems}`);
    if (at < size - 1) assertEquals((await Deno.stat(path)).size, size, where);
  });
});

Deno.test("a flipped bit in any byte of the lock names no other process", async () => {
  await using folder = new TemporaryFolder();
  const lock = await StateLock.take(folder.path, "2026-11-21T12:00:00.000Z");
  assertEquals((await readHolder(folder.path))?.pid, Deno.pid);
  lock.release();
  const holder = await readHolder(folder.path);
  await eachFlip(`${folder.path}/lock`, async (where, at) => {
    const read = await readHolder(folder.path);
    assert(read === undefined || JSON.stringify(read) === JSON.stringify(holder), `${where} ${at}`);
  });
});
