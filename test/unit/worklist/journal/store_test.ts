import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Reconciliation } from "../../../../src/worklist/judge/reconciliation.ts";
import type { StoreProblem } from "../../../../src/worklist/journal/housekeeping.ts";
import { OpenJournals } from "../../../../src/worklist/journal/open_journals.ts";
import { QueryStore, type StoreOptions } from "../../../../src/worklist/journal/store.ts";
import { StoreError } from "../../../../src/worklist/journal/store_error.ts";
import { sealJson } from "../../../../src/base/sealed_json.ts";
import { CrashingDisk } from "../../../support/crashing_disk.ts";
import { settle } from "../../../support/fake_clock.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type PollOptions,
  type Step,
} from "../../../support/polled_worklist.ts";

const journal = "state/queries/ct-today/journal.ndjson";
const dayMs = 86_400_000;

function step(number: number, time = "0800"): Step {
  return { study: `1.2.${number}`, step: `SPS${number}`, patient: "4711", name: "DOE^JANE", time };
}

function steps(count: number, time = "0800"): Step[] {
  return Array.from({ length: count }, (_, index) => step(index + 1, time));
}

function open(disk: CrashingDisk, options: StoreOptions = {}): Promise<QueryStore> {
  // The key by which `PolledWorklist` makes subjects.
  if (disk.text("state/subject.key") === undefined) {
    disk.put("state/subject.key", new TextEncoder().encode(`${"5".repeat(64)}\n`));
  }
  return QueryStore.open("state", "ct-today", { ...options, disk });
}

function changesFor(
  store: QueryStore,
  answer: readonly Step[],
  options: PollOptions = {},
): Reconciliation {
  const polled = new PolledWorklist();
  polled.worklist = store.worklist;
  return polled.decide(answer.map((one) => matchOf(dataSetOf(one))), options);
}

async function poll(
  store: QueryStore,
  answer: readonly Step[],
  options: PollOptions = {},
): Promise<void> {
  await store.commit(changesFor(store, answer, options));
}

async function sequences(store: QueryStore, after: number, limit = 1000): Promise<number[]> {
  return (await store.read(after, limit)).map(({ sequence }) => sequence);
}

Deno.test("QueryStore.commit() writes nothing for a poll that changes nothing", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(3));
  const { operations } = disk;
  await poll(store, steps(3));
  await poll(store, steps(3));
  assertEquals(disk.operations, operations);
  assertEquals(store.lastPoll?.matches, 3);
});

Deno.test("QueryStore.commit() writes lines that are the events and one commit line", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  const lines = disk.text(journal)?.split("\n") ?? [];
  const parsed = lines.slice(0, -1).map((line) => JSON.parse(line));
  assertEquals(parsed.map(({ id }) => id), [
    "ct-today.0000000000000001",
    "ct-today.0000000000000002",
    undefined,
  ]);
  assertEquals(parsed[2].commit, "0000000000000002");
  assertEquals(parsed[2].items.length, 2);
  assertEquals((await store.read(0, 10)).map(({ line }) => line), lines.slice(0, 2));
});

Deno.test("QueryStore.commit() changes nothing when the disk is full, for hours, and goes on when it is not", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  const before = disk.text(journal);
  disk.failing = (operation) =>
    operation === "write" ? new Error("No space left on device (os error 28)") : undefined;
  for (let hour = 0; hour < 5; hour++) {
    const error = await assertRejects(() => poll(store, steps(3, "0930")), StoreError);
    assertEquals(
      error.message,
      `Cannot append to ${journal}: the disk is full ` +
        "(free space; the poll is repeated at its next time)",
    );
    assertEquals(error.path, journal);
    assertEquals([store.lastSequence, store.worklist.size], [2, 2]);
    assertEquals(disk.text(journal), before);
  }
  disk.failing = undefined;
  await poll(store, steps(3, "0930"));
  assertEquals(await sequences(store, 0), [1, 2, 3, 4, 5]);
  const again = await open(disk);
  assertEquals([again.lastSequence, again.worklist.size], [5, 3]);
});

Deno.test("QueryStore.commit() cuts the tail of a failed commit later if it cannot at once", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  disk.failing = (operation) =>
    operation === "sync" || operation === "truncate" ? new Error("Input/output error") : undefined;
  await assertRejects(() => poll(store, steps(3)), StoreError, "the disk reported an error");
  disk.failing = undefined;
  await poll(store, steps(2, "0930"));
  const again = await open(disk);
  assertEquals(await sequences(again, 0), [1, 2, 3, 4]);
  assertEquals(again.worklist.size, 2);
});

Deno.test("QueryStore.commit() refuses to go on in a journal that another hand removed, replaced or cut", async () => {
  const words = "it was removed, replaced, cut or written to by another process meanwhile";
  for (const isRestarted of [false, true]) {
    const disk = new CrashingDisk();
    const store = await open(disk);
    await poll(store, steps(2));
    const whole = new TextEncoder().encode(disk.text(journal));
    if (isRestarted) await store.close();
    disk.put(journal, whole.subarray(0, 10));
    await assertRejects(() => poll(store, steps(3)), StoreError, words);
    await disk.remove(journal);
    await assertRejects(() => poll(store, steps(3)), StoreError, words);
    assertEquals(disk.text(journal), undefined);
    assertEquals([store.lastSequence, store.worklist.size], [2, 2]);
  }
});

Deno.test("QueryStore.read() rejects if committed events are gone", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  await disk.remove(journal);
  const words = "the commits after event 1 are gone";
  await assertRejects(() => store.read(1, 10), StoreError, words);
  assertEquals(await store.read(2, 10), []);
});

Deno.test("QueryStore.open() begins a new journal after the events that sinks had of the old one", async () => {
  const disk = new CrashingDisk();
  const options = { beginAfter: () => Promise.resolve(11) };
  const store = await open(disk, options);
  assertEquals([store.lastSequence, store.oldestSequence], [11, 12]);
  await poll(store, steps(2));
  assertEquals(await sequences(store, 0), [12, 13]);
  await store.close();
  const again = await open(disk, options);
  await poll(again, steps(2, "0930"));
  assertEquals(await sequences(again, 11), [12, 13, 14, 15]);
});

Deno.test("QueryStore.open() cuts off bytes that belong to no commit, and reports it", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  await store.close();
  const whole = disk.text(journal) ?? "";
  const problems: StoreProblem[] = [];
  for (const tail of ['{"specversion"', '{"commit":"0000000000000003","number":2}\n', "\0\0\0\n"]) {
    disk.put(journal, new TextEncoder().encode(whole + tail));
    const torn = await open(disk, { onProblem: (problem) => problems.push(problem) });
    await poll(torn, steps(3));
    await torn.close();
    const again = await open(disk, { onProblem: (problem) => problems.push(problem) });
    assertEquals(again.worklist.size, 3);
    await again.close();
  }
  assertEquals(problems.map(({ message }) => message.slice(0, 52)), [
    "14 bytes at the end of the journal belong to no comm",
    "the last commit of the journal is damaged, and its 4",
    "sinks may have seen events up to 3, and the journal ",
    "4 bytes at the end of the journal belong to no commi",
  ]);
});

Deno.test("QueryStore gives no event the id of one that a damaged last commit had", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  const { length } = disk.text(journal) ?? "";
  await poll(store, steps(5));
  await store.close();
  const whole = new TextEncoder().encode(disk.text(journal));
  for (let at = length; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    disk.put(journal, damaged);
    const again = await open(disk);
    assertEquals([again.lastSequence, again.usedSequence], [2, 5], `byte ${at}`);
    await poll(again, steps(3));
    assertEquals(await sequences(again, 0), [1, 2, 6], `byte ${at}`);
    assertEquals(await sequences(again, 4), [6]);
    await again.close();
  }
});

Deno.test("QueryStore goes on after the events that sinks have seen if the end of the journal was cut", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  const whole = new TextEncoder().encode(disk.text(journal));
  await poll(store, steps(5));
  await store.close();
  disk.put(journal, whole);
  const problems: StoreProblem[] = [];
  const again = await open(disk, {
    beginAfter: () => Promise.resolve(5),
    onProblem: (problem) => problems.push(problem),
  });
  assert(problems[0]?.message.includes("the next event is 6"), problems[0]?.message);
  assertEquals([again.lastSequence, again.usedSequence], [2, 5]);
  await poll(again, steps(3));
  assertEquals(await sequences(again, 2), [6]);
  await again.close();
  const third = await open(disk);
  assertEquals([third.lastSequence, third.worklist.size], [6, 3]);
  assertEquals(await sequences(third, 0), [1, 2, 6]);
});

Deno.test("QueryStore cuts off nothing that another process committed", async () => {
  const disk = new CrashingDisk();
  const first = await open(disk);
  await poll(first, steps(2));
  const second = await open(disk);
  await poll(second, steps(3));
  await assertRejects(() => poll(first, steps(4)), StoreError, "written to by another process");
  assertEquals(await sequences(await open(disk), 0), [1, 2, 3]);
});

Deno.test("QueryStore commits nothing if the state folder is no longer held", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { beforeCommit: () => Promise.reject(new Error("lost")) });
  await assertRejects(() => poll(store, steps(2)), Error, "lost");
  assertEquals([disk.text(journal), store.lastSequence], [undefined, 0]);
});

Deno.test("QueryStore reports that subjects change if the key of the state folder is another one", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  await store.close();
  const onProblem = ({ message }: StoreProblem): unknown => problems.push(message);
  const problems: string[] = [];
  await QueryStore.open("state", "ct-today", { disk, onProblem });
  assertEquals(problems, []);
  await disk.remove("state/subject.key");
  await QueryStore.open("state", "ct-today", { disk, onProblem });
  assert(problems[0]?.startsWith("subject.key was missing and was made again"), problems[0]);
  await QueryStore.open("state", "ct-today", { disk, onProblem });
  assert(problems[1]?.startsWith("subject.key is not the one that"), problems[1]);
});

Deno.test("QueryStore closes the journals that were not used for longest", async () => {
  let open = 0;
  const disk = new CrashingDisk();
  const openToAppend = disk.openToAppend.bind(disk);
  disk.openToAppend = async (path) => {
    const file = await openToAppend(path);
    open++;
    return { ...file, close: () => void open-- };
  };
  const openJournals = new OpenJournals(3);
  const stores: QueryStore[] = [];
  for (let n = 0; n < 10; n++) {
    stores.push(await QueryStore.open("state", `q${n}`, { disk, openJournals }));
  }
  for (const answer of [steps(2), steps(3), steps(4)]) {
    for (const store of stores) await poll(store, answer);
    assert(open <= 3, `${open} open`);
  }
  for (const store of stores) assertEquals(store.lastSequence, 4);
  for (const store of stores) await store.close();
  assertEquals(open, 0);
});

Deno.test("QueryStore.open() refuses a journal that is damaged before its end", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2));
  await poll(store, steps(3));
  await store.close();
  const text = disk.text(journal) ?? "";
  disk.put(journal, new TextEncoder().encode(text.replace("DOE^JANE", "DOE^JOAN")));
  const error = await assertRejects(() => open(disk), StoreError);
  assertEquals(
    error.message,
    `Cannot read ${journal}: it is damaged at byte 0 ` +
      "(restore the query's folder from a backup, or move it away to begin from nothing)",
  );
});

Deno.test("QueryStore.open() makes a damaged snapshot again if the journal has everything", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { replayBytes: 1 });
  await poll(store, steps(3));
  await store.close();
  const path = "state/queries/ct-today/snapshot.json";
  const text = disk.text(path) ?? "";
  for (
    const damaged of [
      text.slice(0, -10),
      text.replace(/\n\{"item".*/, ""),
      text.replace("JANE", "JOAN"),
    ]
  ) {
    const problems: StoreProblem[] = [];
    disk.put(path, new TextEncoder().encode(damaged));
    const again = await open(disk, { onProblem: (problem) => problems.push(problem) });
    assertEquals([...again.items()], [...store.items()]);
    assertEquals(problems.map(({ message }) => message), [
      "snapshot.json was damaged. It is written again from the journal, which has everything",
    ]);
    assertEquals(disk.text(path), text);
    await again.close();
  }
});

Deno.test("QueryStore.open() refuses a damaged snapshot if the journal does not reach back", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { replayBytes: 1 });
  await poll(store, steps(3));
  await store.close();
  const path = "state/queries/ct-today/snapshot.json";
  const text = disk.text(path) ?? "";
  disk.put(journal, new Uint8Array());
  for (const damaged of [text.slice(0, -10), text.replace(/\n\{"item".*/, ""), "", "{}"]) {
    disk.put(path, new TextEncoder().encode(damaged));
    await assertRejects(() => open(disk), StoreError, `Cannot read ${path}: it is damaged`);
  }
});

Deno.test("QueryStore.open() refuses a snapshot of a newer version by name", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { replayBytes: 1 });
  await poll(store, steps(3));
  await store.close();
  const path = "state/queries/ct-today/snapshot.json";
  const { crc: _, ...snapshot } = JSON.parse(disk.text(path) ?? "");
  const newer = sealJson(
    JSON.stringify({ ...snapshot, format: "worklistd-snapshot-3" }).replace(
      '"items":[',
      '"items":[\n',
    ),
  );
  disk.put(path, new TextEncoder().encode(`${newer}\n`));
  await assertRejects(() => open(disk), StoreError, "a newer version of worklistd wrote it");
});

Deno.test("QueryStore does not quote the data set of an item that the disk damaged", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { replayBytes: 1 });
  await poll(store, steps(1));
  await store.close();
  const snapshot = "state/queries/ct-today/snapshot.json";
  const unsealed = disk.text(snapshot)?.replace("worklistd-snapshot-2", "worklistd-snapshot-1")
    .replace(/,"number":1,"crc":"\w+"\}\n$/, "}\n") ?? "";
  disk.put(snapshot, new TextEncoder().encode(unsealed.replace('"DOE^JANE"', 'x"DOE^JANE"')));
  const again = await open(disk);
  const error = assertThrows(() => changesFor(again, steps(1, "0930")), SyntaxError);
  assert(!error.message.includes("DOE"), error.message);
});

Deno.test("QueryStore keeps items over a restart from a snapshot that is one JSON document", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { replayBytes: 1 });
  await poll(store, steps(3));
  await poll(store, steps(3, "0930"));
  await poll(store, steps(2, "0930"));
  await store.close();
  const snapshot = JSON.parse(disk.text("state/queries/ct-today/snapshot.json") ?? "");
  assertEquals(snapshot.items.length, 3);
  assertEquals(snapshot.count, 3);
  const again = await open(disk);
  assertEquals([...again.items()], [...store.items()]);
  const changes = changesFor(again, steps(2, "0930"));
  assertEquals(changes.events.map(({ kind }) => kind), ["removed"]);
});

Deno.test("QueryStore.read() pages through segments while commits go on", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { segmentBytes: 3000, historyMs: Infinity });
  for (let count = 1; count <= 40; count++) {
    disk.now = count * dayMs;
    const time = new Date(disk.now).toISOString();
    await poll(store, steps(count), { time });
  }
  assert((await disk.list("state/queries/ct-today")).length > 5);
  const all = Array.from({ length: 40 }, (_, index) => index + 1);
  assertEquals(await sequences(store, 0), all);
  let read: number[] = [];
  for (let page; (page = await sequences(store, read.at(-1) ?? 0, 7)).length > 0;) {
    assert(page.length <= 7);
    read = [...read, ...page];
  }
  assertEquals(read, all);
  assertEquals(await sequences(store, 39), [40]);
  assertEquals(await sequences(store, 40), []);
  assertEquals(await sequences(store, 400), []);
});

Deno.test("QueryStore.read() reads on while the file it reads is being renamed", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { segmentBytes: 1, historyMs: Infinity });
  const rename = disk.rename.bind(disk);
  let reading: Promise<number[]> | undefined;
  disk.rename = async (from, to) => {
    await rename(from, to);
    if (from !== journal) return;
    reading = sequences(store, 0);
    await settle();
  };
  await poll(store, steps(2));
  assertEquals(await reading, [1, 2]);
});

Deno.test("QueryStore deletes segments that are older than the history and that no sink needs", async () => {
  const disk = new CrashingDisk();
  let needed = 0;
  const store = await open(disk, { historyMs: 3 * dayMs, keepAfter: () => needed });
  const pollOn = async (day: number): Promise<void> => {
    disk.now = day * dayMs;
    await poll(store, steps(day), { time: new Date(disk.now).toISOString() });
  };
  for (let day = 1; day <= 10; day++) await pollOn(day);
  assertEquals(store.oldestSequence, 1);
  needed = 5;
  await pollOn(11);
  assertEquals(store.oldestSequence, 6);
  needed = Infinity;
  await pollOn(12);
  assertEquals(store.oldestSequence, 10);
  assertEquals(await sequences(store, 0), [10, 11, 12]);
  const again = await open(disk);
  assertEquals([again.oldestSequence, again.worklist.size], [10, 12]);
});

Deno.test("QueryStore.whenCommitted() resolves at the commit, at once if it was, and rejects when aborted", async () => {
  const store = await open(new CrashingDisk());
  const controller = new AbortController();
  let woken = false;
  const waiting = store.whenCommitted(0, controller.signal).then(() => woken = true);
  await poll(store, []);
  assertEquals(woken, false);
  await poll(store, steps(1));
  await waiting;
  assertEquals(woken, true);
  await store.whenCommitted(0, controller.signal);
  const never = store.whenCommitted(1, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => never, Error, "enough");
});

Deno.test("QueryStore.whenRevised() wakes for items that were taken over without an event", async () => {
  const store = await open(new CrashingDisk());
  await poll(store, steps(2), { initial: "silent" });
  await store.whenRevised(0, new AbortController().signal);
  assertEquals([store.revision, store.lastSequence, store.worklist.size], [1, 0, 2]);
});

Deno.test("QueryStore keeps items without events over a restart, and reports later changes", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(2), { initial: "silent" });
  await store.close();
  const again = await open(disk);
  await poll(again, steps(2), { initial: "silent" });
  assertEquals(again.lastSequence, 0);
  await poll(again, [step(1, "0930"), step(2), step(3)], { initial: "silent" });
  assertEquals(again.lastSequence, 2);
});

Deno.test("QueryStore keeps the state of items under a new configuration over a restart", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  const { requested } = plainConfiguration;
  const before = {
    ...plainConfiguration,
    requested: requested.filter((path) => path !== "AccessionNumber"),
  };
  const accessions = steps(2).map((one, index) => ({ ...one, accession: `A${index}` }));
  await poll(store, steps(2), { configuration: before });
  await poll(store, accessions);
  const itemsOf = (worklist: QueryStore["worklist"]): unknown[] =>
    Array.from(worklist.entries(), ({ item }) => item);
  const items = itemsOf(store.worklist);
  await store.close();
  const again = await open(disk);
  assertEquals(itemsOf(again.worklist), items);
  assertEquals(changesFor(again, accessions).taken, []);
});

Deno.test("QueryStore.approve() lets the next complete poll remove the items that the brake holds", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  const time = "2026-11-21T12:00:00.000Z";
  assertEquals(await store.approve(time), false);
  await poll(store, steps(20));
  await poll(store, []);
  assertEquals(store.worklist.size, 20);
  assertEquals(await store.approve(time), true);
  await store.close();
  const again = await open(disk);
  await poll(again, []);
  assertEquals(again.worklist.size, 0);
});

Deno.test("QueryStore.approve() lets polls with a suspect count remove, over restarts too", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk);
  await poll(store, steps(110));
  for (let round = 0; round < 4; round++) await poll(store, steps(100));
  assertEquals([store.worklist.size, store.worklist.pollState.suspect], [110, "limit"]);
  const changes = changesFor(store, steps(100));
  assertEquals(await store.approve("2026-11-21T12:00:00.000Z"), true);
  await store.commit(changes);
  await store.close();
  const again = await open(disk);
  for (let round = 0; round < 2; round++) await poll(again, steps(100));
  assertEquals([again.worklist.size, again.worklist.pollState.suspect], [100, undefined]);
});

Deno.test("QueryStore.approve() does not cover the answers of another peer", async () => {
  const store = await open(new CrashingDisk());
  for (const answer of [steps(20), [], []]) await poll(store, answer);
  assertEquals(await store.approve("2026-11-21T12:00:00.000Z"), true);
  const configuration = { ...plainConfiguration, peer: "RIS@other:104" };
  for (const polls of [1, 2]) {
    await poll(store, [], { configuration });
    assertEquals(store.worklist.pollState.brake, { polls, loss: 20, heldMs: 0 });
  }
  assertEquals(store.worklist.size, 20);
});

Deno.test("QueryStore.commit() keeps an approval that was given since the poll was judged", async () => {
  const store = await open(new CrashingDisk());
  await poll(store, steps(20));
  await poll(store, []);
  const changes = changesFor(store, []);
  assertEquals(await store.approve("2026-11-21T12:00:00.000Z"), true);
  await store.commit(changes);
  assertEquals(store.worklist.pollState.brake, {
    polls: 2,
    loss: 20,
    heldMs: 0,
    approved: true,
  });
});

Deno.test("QueryStore forgets an identity with the last of its items", async () => {
  const disk = new CrashingDisk();
  const twins = [step(1), { ...step(1), patient: "4712" }];
  const store = await open(disk);
  await poll(store, twins);
  for (let round = 0; round < 2; round++) await poll(store, twins.slice(1));
  await store.close();
  const again = await open(disk);
  assertEquals(again.worklist.size, 1);
  const [id = ""] = Array.from(store.items(), ({ id }) => id);
  const baseId = id.replace(/,"ordinal":"2"/, "");
  assertEquals(again.worklist.knows(baseId), true);
  for (let round = 0; round < 3; round++) await poll(again, []);
  assertEquals([again.worklist.size, again.worklist.knows(baseId)], [0, false]);
});

Deno.test("QueryStore keeps a journal of nothing but commit lines small", async () => {
  const disk = new CrashingDisk();
  const store = await open(disk, { segmentBytes: 1 });
  await poll(store, steps(1500), { initial: "silent" });
  for (let day = 1; day <= 30; day++) {
    const time = new Date(day * dayMs).toISOString();
    await poll(store, day % 2 === 1 ? steps(900) : steps(1500), { time });
  }
  assertEquals(store.lastSequence, 0);
  assert((disk.text(journal)?.length ?? 0) < 1_500_000);
  const again = await open(disk);
  assertEquals(again.worklist.size, 1500);
});

Deno.test("QueryStore.open() makes the subject key once and refuses a damaged one", async () => {
  const disk = new CrashingDisk();
  const first = await open(disk);
  const again = await open(disk);
  assertEquals(first.subjectOf("a"), again.subjectOf("a"));
  assert(first.subjectOf("a") !== first.subjectOf("b"));
  assert(/^k1-[0-9a-f]{32}$/.test(first.subjectOf("a")));
  disk.put("state/subject.key", new TextEncoder().encode("abc"));
  await assertRejects(() => open(disk), StoreError, "Cannot read state/subject.key: it is damaged");
});

Deno.test("one commit under a clock in 2099 deletes no history, and the right clock goes on as before", async () => {
  const disk = new CrashingDisk();
  const historyMs = 3 * dayMs;
  let store = await open(disk, { historyMs });
  const polled = new PolledWorklist();
  const pollAt = async (day: number, started: string, count: number): Promise<void> => {
    disk.now = Date.parse(started);
    polled.worklist = store.worklist;
    const matches = steps(count).map((one) => matchOf(dataSetOf(one)));
    const options = { monotonicMs: 1 + day * dayMs, started, time: started };
    await store.commit(polled.decide(matches, options));
  };
  for (let day = 1; day <= 3; day++) await pollAt(day, `2026-11-2${day}T12:00:00.000Z`, day);
  await pollAt(3.1, "2099-01-01T00:00:00.000Z", 4);
  await pollAt(3.12, "2099-01-01T00:28:48.000Z", 5);
  assertEquals(store.oldestSequence, 1);
  // The same over a restart under that clock.
  await store.close();
  store = await open(disk, { historyMs });
  await pollAt(3.14, "2099-01-01T00:57:36.000Z", 6);
  assertEquals([store.oldestSequence, store.worklist.pollState.clock?.since], [1, undefined]);
  await pollAt(4, "2026-11-24T12:00:00.000Z", 7);
  await pollAt(4.5, "2026-11-25T00:00:00.000Z", 8);
  assertEquals(store.oldestSequence, 1);
  for (let day = 5; day <= 9; day++) await pollAt(day, `2026-11-2${day}T12:00:00.000Z`, day + 4);
  assert(store.oldestSequence > 1, "the right clock deletes what is old");
});

Deno.test("a held loss is held for as long over restarts, by no more than a quarter at once", async () => {
  const disk = new CrashingDisk();
  const rules = { brakeHoldMs: 900_000 };
  const pollAt = async (minutes: number): Promise<number> => {
    const store = await open(disk);
    const started = new Date(Date.parse("2026-11-21T12:00:00Z") + minutes * 60_000).toISOString();
    // A process of its own: the monotonic clock begins again.
    const answer = minutes === 0 ? steps(9) : [];
    await poll(store, answer, { rules, started, time: started, monotonicMs: 1 });
    const { size } = store.worklist;
    await store.close();
    return size;
  };
  await pollAt(0);
  // Ten minutes each, of which 3 min 45 s count.
  const sizes: number[] = [];
  for (const minutes of [1, 11, 21, 31, 41]) sizes.push(await pollAt(minutes));
  assertEquals(sizes, [9, 9, 9, 9, 0]);
});
