/**
 * Flips bits of each byte of a query's state, and judges what comes of it.
 *
 * @module
 */
import { QueryStore, type StoreOptions } from "../../src/worklist/journal/store.ts";
import { StoreError } from "../../src/worklist/journal/store_error.ts";
import { CrashingDisk } from "./crashing_disk.ts";
import { dataSetOf, matchOf, PolledWorklist, type Step } from "./polled_worklist.ts";
import { diskWith, type Files, openAll, type Opened, readFolder } from "./state_copy.ts";

/** A state folder of one query, and the state after each of its commits. */
export interface Shape {
  readonly name: string;
  readonly query: string;
  readonly files: Files;
  /** What the state says now. */
  readonly whole: Said;
  /** What it said after earlier commits; the last commit may be lost with notice. */
  readonly earlier: readonly Said[];
  /** True if its last commit is in the file that is appended to. */
  readonly mayLoseLastCommit: boolean;
}

/** What a state says, as text that can be compared. */
interface Said {
  readonly items: string;
  readonly sequence: number;
  readonly events: readonly string[];
}

/** What came of all flips. */
export interface FlipCount {
  flips: number;
  refused: number;
  recovered: number;
  /** The last commit was lost, and that was said. */
  lastCommitLost: number;
  /** Flips after which the state was another one without a word, or an error was not ours. */
  readonly silent: string[];
}

/** Nothing counted yet. */
export function noFlips(): FlipCount {
  return { flips: 0, refused: 0, recovered: 0, lastCommitLost: 0, silent: [] };
}

const key = "5".repeat(64);

function steps(...numbers: readonly number[]): Step[] {
  return numbers.map((number) => ({
    study: `1.2.${number % 100}`,
    step: `SPS${number % 100}`,
    patient: "4711",
    name: number % 2 === 0 ? "DOE^JANE" : "DOE^JOHN",
    time: `${10 + Math.floor(number / 100)}00`,
  }));
}

/** Makes a state folder by polls, one a day where nothing else is said. */
async function polledShape(
  name: string,
  answers: readonly (readonly Step[])[],
  options: StoreOptions & { initial?: "emit" | "silent"; hours?: number } = {},
): Promise<Shape> {
  const query = "ct-today";
  const disk = new CrashingDisk();
  const { initial, hours = 24, ...storeOptions } = options;
  disk.put("state/subject.key", new TextEncoder().encode(`${key}\n`));
  const store = await QueryStore.open("state", query, { ...storeOptions, disk });
  const earlier = [await saidBy(store)];
  for (const [day, answer] of answers.entries()) {
    const time = Temporal.Instant.from("2026-11-21T12:00:00Z").add({ hours: hours * day });
    disk.now = time.epochMilliseconds;
    const polled = new PolledWorklist();
    polled.worklist = store.worklist;
    const matches = answer.map((step) => matchOf(dataSetOf(step)));
    const text = time.toString({ smallestUnit: "millisecond" });
    await store.commit(polled.decide(matches, { time: text, ...(initial && { initial }) }));
    earlier.push(await saidBy(store));
  }
  await store.close();
  const whole = await saidNow(disk, query);
  return { name, query, files: filesOf(disk), whole, earlier, mayLoseLastCommit: hours < 24 };
}

async function saidBy(store: QueryStore): Promise<Said> {
  const items = Array.from(
    store.worklist.entries(),
    ({ item, missed }) => JSON.stringify([item, missed]),
  ).sort().join("\n");
  const events = await store.read(0, 10_000);
  return { items, sequence: store.lastSequence, events: events.map(({ line }) => line) };
}

async function saidNow(disk: CrashingDisk, query: string): Promise<Said> {
  const { items, sequence, events } = await openAll(disk, query);
  return { items: items.join("\n"), sequence, events: events ?? [] };
}

function filesOf(disk: CrashingDisk): Files {
  return new Map(
    disk.paths().map((path) => [path.slice("state".length), disk.bytes(path)]),
  );
}

/** State folders of several shapes: with and without snapshot, segments, lines without events. */
export async function shapes(): Promise<Shape[]> {
  const answers = [steps(1, 2, 3), steps(101, 2, 3), steps(101, 2), steps(101, 2), steps(101, 4)];
  const golden = diskWith(readFolder("test/golden/state/v1"));
  const query = "ct-today";
  // Opened once: it gets its checksums.
  const upgraded = await openAll(golden, query);
  await upgraded.store.close();
  return [
    await polledShape("nothing but a journal", answers.slice(0, 3), { hours: 1 }),
    await polledShape("closed segments alone", answers.slice(0, 2)),
    await polledShape("a snapshot and commits after it", answers, { replayBytes: 5000, hours: 1 }),
    await polledShape("segments and a snapshot", answers, {
      segmentBytes: 1500,
      replayBytes: 2500,
    }),
    await polledShape("a snapshot that the journal no longer reaches", answers, {
      segmentBytes: 1000,
      replayBytes: 1_000_000,
      historyMs: 2 * 86_400_000,
    }),
    await polledShape("items without events", answers.slice(0, 2), { initial: "silent" }),
    {
      name: "a folder of version 0.1.0 after its first start",
      query,
      files: filesOf(golden),
      whole: await saidNow(golden, query),
      earlier: [],
      mayLoseLastCommit: false,
    },
  ];
}

/**
 * Flips bits of every byte of the query's files and of the key.
 *
 * @param shape The state folder.
 * @param masks The bits that are flipped, one after the other.
 * @param count What came of it, added to.
 */
export async function flipAll(
  { name, query, files, whole, earlier }: Shape,
  masks: readonly number[],
  count: FlipCount,
): Promise<void> {
  for (const [path, bytes] of files) {
    if (!path.startsWith(`/queries/${query}/`) && path !== "/subject.key") continue;
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of masks) {
        const flipped = bytes.slice();
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        const where = `${name}: ${path} byte ${at} xor ${mask}`;
        count.flips++;
        try {
          const opened = await openAll(diskWith(new Map([...files, [path, flipped]])), query);
          judge(opened, whole, earlier, where, count);
          await opened.store.close();
        } catch (error) {
          if (error instanceof StoreError && error.message.includes("Cannot ")) count.refused++;
          else count.silent.push(`${where}: ${error}`);
        }
      }
    }
  }
}

function judge(
  { items, sequence, usedSequence, events, problems }: Opened,
  whole: Said,
  earlier: readonly Said[],
  where: string,
  count: FlipCount,
): void {
  const text = items.join("\n");
  if (problems.length === 0) count.silent.push(`${where}: nobody was told`);
  else if (usedSequence < whole.sequence) count.silent.push(`${where}: ids are used again`);
  else if (text === whole.items && sequence === whole.sequence) {
    const isRight = events === undefined || events.join("\n") === whole.events.join("\n");
    if (isRight) count.recovered++;
    else count.silent.push(`${where}: other events`);
  } else {
    const isRight = earlier.length === 0
      ? sequence < whole.sequence
      : earlier.some((said) =>
        said.items === text && said.sequence === sequence &&
        (events ?? []).every((line, index) => line === whole.events[index])
      );
    if (isRight) count.lastCommitLost++;
    else count.silent.push(`${where}: another state`);
  }
}
