import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { added, MemoryJournal } from "../../support/memory_journal.ts";

async function idsIn(path: string): Promise<number[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").slice(0, -1).map((line) => Number(JSON.parse(line).sequence));
}

Deno.test("Deliveries.open() begins with what is committed later, and that holds over a crash", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/changes.ndjson`;
  const journal = new MemoryJournal();
  const bench = new DeliveryBench(`${folder.path}/state`);
  journal.commit(bench.clock.now(), added(1), added(2));
  await bench.open({ changes: { type: "ndjson", path } }, journal);
  const kept = await Deno.readTextFile(`${folder.path}/state/sinks/changes.json`);
  journal.commit(bench.clock.now(), added(3));
  await bench.close();
  await Deno.remove(path);
  await Deno.writeTextFile(`${folder.path}/state/sinks/changes.json`, kept);
  await using again = new DeliveryBench(`${folder.path}/state`);
  await again.open({ changes: { type: "ndjson", path } }, journal);
  await again.drained();
  assertEquals(await idsIn(path), [3]);
});

Deno.test("Deliveries.open() delivers everything again when the state of a sink is damaged", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/changes.ndjson`;
  const journal = new MemoryJournal();
  const damages = [
    "",
    "{",
    "[]",
    '{"queries":{"ct-today":{"position":-1,"delivered":0}}}',
    '{"queries":{"ct-today":{"position":0,"delivered":0,"failing":{"since":"soon"}}}}',
  ];
  for (const damage of damages) {
    await Deno.mkdir(`${folder.path}/state/sinks`, { recursive: true });
    await Deno.writeTextFile(`${folder.path}/state/sinks/changes.json`, damage);
    await Deno.remove(path).catch(() => {});
    await using bench = new DeliveryBench(`${folder.path}/state`);
    journal.commit(bench.clock.now(), added(journal.lastSequence));
    await bench.open({ changes: { type: "ndjson", path } }, journal);
    await bench.drained();
    assertEquals((await idsIn(path)).length, journal.lastSequence);
    const words =
      "its state file is damaged, so its position is unknown: all events of the journals are delivered again";
    assertEquals(bench.messages[0], words);
  }
});

Deno.test("Deliveries tells which events of a journal sinks still need", async () => {
  await using folder = new TemporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  const deliveries = await bench.open({
    good: { type: "ndjson", path: `${folder.path}/good.ndjson` },
    bad: { type: "ndjson", path: `${folder.path}/file/not-a-folder/bad.ndjson` },
    mirror: { type: "snapshot", path: `${folder.path}/current.json` },
  }, a);
  a.commit(bench.clock.now(), added(1), added(2));
  const backlogs = (): string => deliveries.status().map(({ backlog }) => backlog).join();
  while (backlogs() !== "0,2,0") await settle();
  assertEquals(deliveries.neededAfter("a"), 0);
  assertEquals(deliveries.neededAfter(b.query), Infinity);
  const status = deliveries.status().map(({ name, state, backlog }) => [name, state, backlog]);
  assertEquals(status, [["good", "running", 0], ["bad", "failing", 2], ["mirror", "running", 0]]);
});

Deno.test("Deliveries refuses to replay to a sink that is not there or has no events", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const path = `${folder.path}/current.json`;
  const deliveries = await bench.open({ mirror: { type: "snapshot", path } }, new MemoryJournal());
  await bench.drained();
  await assertRejects(
    async () => await deliveries.replay("nobody", { sequence: 1 }),
    RangeError,
    'There is no sink "nobody"',
  );
  await assertRejects(
    async () => await deliveries.replay("mirror", { sequence: 1 }),
    RangeError,
    'Sink "mirror" mirrors the current items: it has no events to deliver again',
  );
});

Deno.test("replays that come together are done one after the other", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const path = `${folder.path}/changes.ndjson`;
  const deliveries = await bench.open({ changes: { type: "ndjson", path } }, journal);
  journal.commit(bench.clock.now(), added(1), added(2), added(3));
  await bench.drained();
  await Promise.all([
    deliveries.replay("changes", { sequence: 3 }),
    deliveries.replay("changes", { sequence: 2 }),
  ]);
  await bench.drained();
  const ids = await idsIn(path);
  assertEquals(ids.slice(0, 3), [1, 2, 3]);
  assertEquals(ids.slice(-2), [2, 3]);
});

Deno.test("a sink that cannot be opened is tried again, keeps its events and delays nobody", async () => {
  await using folder = new TemporaryFolder();
  const stateDir = `${folder.path}/state`;
  const inTheWay = `${stateDir}/sinks/late.json`;
  await Deno.mkdir(`${inTheWay}/x`, { recursive: true });
  const clock = new FakeClock();
  await using bench = new DeliveryBench(stateDir, clock);
  const journal = new MemoryJournal("q");
  const late = `${folder.path}/late.ndjson`;
  const other = `${folder.path}/other.ndjson`;
  await bench.open({
    late: { type: "ndjson", path: late },
    other: { type: "ndjson", path: other },
    never: { type: "webhook", url: "http://orders.example.org/", secrets: [] },
  }, journal);
  journal.commit(clock.now(), added(1), added(2));
  while (bench.deliveries.status()[1]?.backlog !== 0) await settle();
  assertEquals(await Deno.readTextFile(other).then((text) => text.split("\n").length), 3);
  const states = (): (string | undefined)[] => bench.deliveries.status().map(({ state }) => state);
  assertEquals(states(), ["failing", "running", "failing"]);
  const [first, , third] = bench.deliveries.status();
  assertMatch(first?.lastError ?? "", /Is a directory|late\.json/);
  assertMatch(third?.lastError ?? "", /patient data would travel unencrypted/);
  assertEquals(bench.deliveries.neededAfter("q"), 0);

  await Deno.remove(inTheWay, { recursive: true });
  await clock.advance(10_000);
  while (states()[0] !== "running" || bench.deliveries.status()[0]?.backlog !== 0) await settle();
  assertEquals(await Deno.readTextFile(late), await Deno.readTextFile(other));
  assertEquals(states(), ["running", "running", "failing"]);
});
