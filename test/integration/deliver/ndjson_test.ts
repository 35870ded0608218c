import { assertEquals, assertMatch } from "@std/assert";
import type { NdjsonOptions } from "../../../src/deliver/sinks/ndjson.ts";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { added, MemoryJournal, removed } from "../../support/memory_journal.ts";

async function linesOf(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).split("\n").slice(0, -1);
}

async function idsOf(path: string): Promise<string[]> {
  return (await linesOf(path)).map((line) => JSON.parse(line).id.replaceAll(/0{8,}/g, ""));
}

async function committedLines(journal: MemoryJournal): Promise<string[]> {
  return (await journal.read(0, 10_000)).map(({ line }) => line);
}

Deno.test("the ndjson sink writes exactly the events, one a line", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const path = `${folder.path}/new/folder/changes.ndjson`;
  await bench.open({ changes: { type: "ndjson", path } }, journal);
  journal.commit(bench.clock.now(), added(1), added(2));
  await bench.drained();
  journal.commit(bench.clock.now(), removed(1));
  await bench.drained();
  assertEquals(await linesOf(path), await committedLines(journal));
});

Deno.test("the ndjson sink has each event once, though its cursor was not saved before a crash", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/changes.ndjson`;
  const journals = [new MemoryJournal("a"), new MemoryJournal("b")];
  const state = `${folder.path}/state/sinks/changes.json`;
  for (const cut of [0, 1, 40]) {
    const bench = new DeliveryBench(`${folder.path}/state`);
    await bench.open({ changes: { type: "ndjson", path } }, ...journals);
    await bench.drained();
    const before = await Deno.readTextFile(state);
    for (const journal of journals) journal.commit(bench.clock.now(), added(1), added(2), added(3));
    await bench.drained();
    await bench.close();
    await Deno.writeTextFile(state, before);
    await Deno.truncate(path, (await Deno.stat(path)).size - cut);
  }
  await using bench = new DeliveryBench(`${folder.path}/state`);
  await bench.open({ changes: { type: "ndjson", path } }, ...journals);
  await bench.drained();
  const ids = await idsOf(path);
  for (const query of ["a", "b"]) {
    const expected = Array.from({ length: 9 }, (_, n) => `${query}.${n + 1}`);
    assertEquals(ids.filter((id) => id.startsWith(query)), expected);
  }
});

Deno.test("the ndjson sink finds what it has already also in the file put aside", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/changes.ndjson`;
  const journal = new MemoryJournal("q");
  const sink: NdjsonOptions = { type: "ndjson", path, rotate: { sizeBytes: 1, keep: 3 } };
  await using bench = new DeliveryBench(`${folder.path}/state`);
  await bench.open({ changes: sink }, journal);
  await bench.drained();
  const state = `${folder.path}/state/sinks/changes.json`;
  const before = await Deno.readTextFile(state);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  await bench.close();
  await Deno.writeTextFile(state, before);
  await Deno.rename(path, `${path}.1`);
  await bench.open({ changes: sink }, journal);
  journal.commit(bench.clock.now(), added(2));
  await bench.drained();
  assertEquals([await idsOf(`${path}.1`), await idsOf(path)], [["q.1"], ["q.2"]]);
});

Deno.test("the ndjson sink rotates by size, keeps so many, and compresses all but the newest", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal("q");
  const path = `${folder.path}/changes.ndjson`;
  const rotate = { sizeBytes: 1000, keep: 3, compress: true };
  await bench.open({ changes: { type: "ndjson", path, rotate } }, journal);
  for (let n = 1; n <= 12; n++) {
    journal.commit(bench.clock.now(), added(n));
    await bench.drained();
  }
  await bench.close();
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assertEquals(names, [
    "changes.ndjson",
    "changes.ndjson.1",
    "changes.ndjson.2.gz",
    "changes.ndjson.3.gz",
    "state",
  ]);
  const [third, second] = await Promise.all([3, 2].map(async (n) => {
    const file = await Deno.open(`${path}.${n}.gz`);
    const text = await new Response(file.readable.pipeThrough(new DecompressionStream("gzip")))
      .text();
    return text.split("\n").slice(0, -1);
  }));
  const kept = [
    ...third ?? [],
    ...second ?? [],
    ...await linesOf(`${path}.1`),
    ...await linesOf(path),
  ];
  assertEquals(kept, (await committedLines(journal)).slice(-kept.length));
  for (const name of [path, `${path}.1`]) assertEquals((await Deno.stat(name)).size <= 1000, true);
});

Deno.test("the ndjson sink rotates at the first event of a new day in its time zone", async () => {
  await using folder = new TemporaryFolder();
  const clock = new FakeClock("2026-11-21T22:30:00Z");
  await using bench = new DeliveryBench(`${folder.path}/state`, clock);
  const journal = new MemoryJournal("q");
  const path = `${folder.path}/changes.ndjson`;
  const timeZone = "Europe/Berlin";
  await bench.open({
    changes: { type: "ndjson", path, timeZone, rotate: { daily: true, keep: 5 } },
  }, journal);
  for (const minutes of [0, 20, 20, 600]) {
    await clock.advance(minutes * 60_000);
    journal.commit(clock.now(), added(1));
    await bench.drained();
  }
  assertEquals([await idsOf(`${path}.1`), await idsOf(path)], [["q.1", "q.2"], ["q.3", "q.4"]]);
});

Deno.test("the ndjson sink begins a new file when someone else moves its file away", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal("q");
  const path = `${folder.path}/changes.ndjson`;
  await bench.open({ changes: { type: "ndjson", path } }, journal);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  await Deno.rename(path, `${path}.moved`);
  journal.commit(bench.clock.now(), added(2));
  await bench.drained();
  assertEquals([await idsOf(`${path}.moved`), await idsOf(path)], [["q.1"], ["q.2"]]);
});

Deno.test("the ndjson sink leaves another's file alone and says so", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const path = `${folder.path}/changes.ndjson`;
  await Deno.writeTextFile(path, "# my notes");
  await bench.open({ changes: { type: "ndjson", path } }, new MemoryJournal());
  while (bench.reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  assertMatch(bench.messages[0] ?? "", /holds something other than events\. Choose another path$/);
  assertEquals(bench.deliveries.status()[0]?.state, "failing");
  assertEquals(await Deno.readTextFile(path), "# my notes");
});

Deno.test("a replay to the ndjson sink writes the events again", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal("q");
  const path = `${folder.path}/changes.ndjson`;
  await bench.open({ changes: { type: "ndjson", path } }, journal);
  journal.commit(bench.clock.now(), added(1), added(2), added(3));
  await bench.drained();
  assertEquals(await bench.deliveries.replay("changes", { sequence: 2 }), 2);
  await bench.drained();
  await bench.close();
  await bench.open({ changes: { type: "ndjson", path } }, journal);
  await bench.drained();
  assertEquals(await idsOf(path), ["q.1", "q.2", "q.3", "q.2", "q.3"]);
});

Deno.test("the ndjson sink writes nothing through a link, and says so", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/changes.ndjson`;
  const target = `${folder.path}/elsewhere`;
  for (const content of [undefined, ""]) {
    if (content !== undefined) await Deno.writeTextFile(target, content);
    await Deno.remove(path).catch(() => {});
    await Deno.symlink(target, path);
    await using bench = new DeliveryBench(`${folder.path}/state`);
    const journal = new MemoryJournal();
    await bench.open({ changes: { type: "ndjson", path } }, journal);
    journal.commit(bench.clock.now(), added(1));
    while (bench.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertMatch(bench.messages[0] ?? "", /cannot write .*: it is a symbolic link\. Name the file/);
    assertEquals(await Deno.readTextFile(target).catch(() => undefined), content);
  }
});
