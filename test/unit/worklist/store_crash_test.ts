import { assert, assertEquals } from "@std/assert";
import { QueryStore, type StoreOptions } from "../../../src/worklist/journal/store.ts";
import { CrashingDisk, type Loss, PowerLoss } from "../../support/crashing_disk.ts";
import { dataSetOf, matchOf, PolledWorklist, type Step } from "../../support/polled_worklist.ts";

const losses: readonly Loss[] = [
  "everything-kept",
  "everything-lost",
  "half-written",
  "removals-kept",
];
const firstTime = Temporal.Instant.from("2026-11-21T12:00:00Z");

function steps(...numbers: readonly number[]): Step[] {
  return numbers.map((number) => ({
    study: `1.2.${number % 100}`,
    step: `SPS${number % 100}`,
    patient: "4711",
    name: "DOE^JANE",
    // A larger number is the same step at another time.
    time: `${10 + Math.floor(number / 100)}00`,
  }));
}

/** Polls that add, change and remove, days apart, so that the journal is cut and trimmed on the way. */
const answers: readonly (readonly Step[])[] = [
  steps(1, 2, 3),
  steps(1, 2, 3),
  steps(101, 2, 3, 4),
  steps(101, 2, 4),
  steps(101, 2, 4),
  steps(101, 202, 4, 5),
  steps(101, 202, 4, 5, 6),
  steps(201, 202, 5, 6),
  steps(201, 202, 5, 6),
];

/** One compacts as it goes, the other only when old segments must go. */
const housekeeping: readonly StoreOptions[] = [
  { segmentBytes: 2000, replayBytes: 3000, historyMs: 2 * 86_400_000 },
  { segmentBytes: 1000, replayBytes: 1_000_000, historyMs: 3 * 86_400_000 },
];

function open(disk: CrashingDisk, options: StoreOptions): Promise<QueryStore> {
  return QueryStore.open("state", "ct-today", { ...options, disk });
}

async function poll(disk: CrashingDisk, store: QueryStore, number: number): Promise<void> {
  const time = firstTime.add({ hours: 24 * number });
  disk.now = time.epochMilliseconds;
  const polled = new PolledWorklist();
  polled.worklist = store.worklist;
  const matches = (answers[number] ?? []).map((step) => matchOf(dataSetOf(step)));
  const changes = polled.decide(matches, { time: time.toString({ smallestUnit: "millisecond" }) });
  await store.commit(changes);
}

/** All that a state says, as text. */
function stateOf(store: QueryStore): string {
  const { worklist } = store;
  const items = Array.from(worklist.entries(), ({ item, missed }) => {
    const { subject: _, ...rest } = item;
    return JSON.stringify([rest, missed]);
  });
  // The time of the last believed poll goes along with commits that are written anyway.
  const { believed: _, ...pollState } = worklist.pollState;
  return JSON.stringify([worklist.sequence, pollState, items.sort()]);
}

/** The state after each poll, as it is without a crash; the first is the empty one. */
async function expectedStates(
  options: StoreOptions,
): Promise<{ states: string[]; operations: number }> {
  const disk = new CrashingDisk();
  const store = await open(disk, options);
  const states = [stateOf(store)];
  for (const number of answers.keys()) {
    await poll(disk, store, number);
    states.push(stateOf(store));
  }
  await store.close();
  return { states, operations: disk.operations };
}

Deno.test("QueryStore survives a power loss at every file operation with the old state or the new one", async () => {
  for (const options of housekeeping) await crashEverywhere(options);
});

async function crashEverywhere(options: StoreOptions): Promise<void> {
  const { states, operations } = await expectedStates(options);
  assert(operations > 50, `${operations} operations`);
  for (const loss of losses) {
    for (let crashAt = 1; crashAt <= operations; crashAt++) {
      const disk = new CrashingDisk();
      disk.crashAt = crashAt;
      const committed = await pollUntilCrash(disk, options);
      const left = disk.afterPowerLoss(loss);
      const store = await open(left, options);
      const found = stateOf(store);
      const reached = states.lastIndexOf(found);
      const where = `crash at ${crashAt} of ${operations}, ${loss}`;
      assert(reached >= 0, `${where}: a state that never was`);
      const key = "state/subject.key";
      if (committed > 0) assertEquals(left.text(key), disk.text(key), `${where}: other subjects`);
      assert(
        found === states[committed] || found === states[committed + 1],
        `${where}: ${reached}`,
      );
      for (let number = committed; number < answers.length; number++) {
        await poll(left, store, number);
      }
      await store.close();
      const again = await open(left, options);
      assertEquals(contentOf(again), contentOf(store), where);
      await checkEvents(again, where);
      await again.close();
    }
  }
}

/** Polls until the machine stops; returns how many polls were committed. */
async function pollUntilCrash(disk: CrashingDisk, options: StoreOptions): Promise<number> {
  let committed = 0;
  try {
    const store = await open(disk, options);
    for (const number of answers.keys()) {
      await poll(disk, store, number);
      committed++;
    }
    return committed;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof PowerLoss ? error.cause : error;
    assert(cause instanceof PowerLoss, String(error));
    return committed;
  }
}

function contentOf(store: QueryStore): string[] {
  return Array.from(store.items(), ({ id, json }) => `${id} ${json}`).sort();
}

/** Events stand in a row, each once, and tell how the items came to be what they are. */
async function checkEvents(store: QueryStore, where: string): Promise<void> {
  const events = await store.read(0, 1000);
  const sequences = events.map(({ sequence }) => sequence);
  const oldest = store.oldestSequence;
  const expected = Array.from({ length: store.lastSequence - oldest + 1 }, (_, at) => oldest + at);
  assertEquals(sequences, expected, where);
  for (const { sequence, line } of events) {
    assertEquals(JSON.parse(line).sequence, String(sequence).padStart(16, "0"), where);
  }
}
