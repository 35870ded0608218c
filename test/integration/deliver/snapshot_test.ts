import { assertEquals } from "@std/assert";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { added, itemOf, MemoryJournal, removed } from "../../support/memory_journal.ts";

const noon = "2026-11-21T12:00:00Z";

Deno.test("the snapshot sink writes JSON with its age and completeness inside, one item a line", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`, new FakeClock(noon));
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  const failure = { class: "unreachable", words: "no answer" } as const;
  b.lastPoll = {
    id: "p2",
    started: "2026-11-21T11:30:00.000Z",
    matches: 0,
    complete: false,
    failure,
  };
  const path = `${folder.path}/new/current.json`;
  a.commit(bench.clock.now(), added(2), added(1));
  await bench.open({ current: { type: "snapshot", path } }, a, b);
  await bench.drained();
  const text = await Deno.readTextFile(path);
  const { items, ...head } = JSON.parse(text);
  assertEquals(head, {
    written: "2026-11-21T12:00:00.000Z",
    polled: "2026-11-21T11:30:00.000Z",
    complete: false,
    queries: {
      a: { sequence: 2, polled: "2026-11-21T11:59:59.000Z", complete: true },
      b: { sequence: 0, polled: "2026-11-21T11:30:00.000Z", complete: false, failure },
    },
  });
  assertEquals(
    items,
    [1, 2].map((number) => {
      const { subject, key, json } = itemOf(number);
      return { query: "a", subject, key, dataset: JSON.parse(json) };
    }),
  );
  assertEquals(text.split("\n").length, 5);
});

Deno.test("the snapshot sink follows the items, and an empty worklist is valid too", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const path = `${folder.path}/current.json`;
  await bench.open({ current: { type: "snapshot", path } }, journal);
  const counts: number[] = [];
  for (const event of [added(1), added(2), removed(1), removed(2)]) {
    journal.commit(bench.clock.now(), event);
    await bench.drained();
    counts.push(JSON.parse(await Deno.readTextFile(path)).items.length);
  }
  assertEquals(counts, [1, 2, 1, 0]);
});

Deno.test("the snapshot sink writes NDJSON by its extension, with the head as its first line", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`, new FakeClock(noon));
  const journal = new MemoryJournal();
  journal.takeOver(itemOf(1));
  const path = `${folder.path}/current.ndjson`;
  await bench.open({ current: { type: "snapshot", path } }, journal);
  await bench.drained();
  const [head, item] = (await Deno.readTextFile(path)).split("\n").slice(0, -1);
  assertEquals(JSON.parse(head ?? "").snapshot.complete, true);
  assertEquals(JSON.parse(item ?? "").key, { ScheduledProcedureStepID: "SPS1" });
});

Deno.test("the snapshot sink writes CSV that a spreadsheet shows and does not execute", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`, new FakeClock(noon));
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  const step = {
    "00080060": { vr: "CS", Value: ["CT"] },
    "00400001": { vr: "AE", Value: ["CT1", "CT2"] },
  };
  a.takeOver(
    itemOf(1, {
      "00100010": { vr: "PN", Value: [{ Alphabetic: "=cmd()" }] },
      "00400100": { vr: "SQ", Value: [step, { "00080060": { vr: "CS", Value: ["MR"] } }] },
      "7FE00010": { vr: "OB", InlineBase64: "AAAA" },
    }),
  );
  const path = `${folder.path}/current.csv`;
  const chosen = `${folder.path}/chosen.csv`;
  await bench.open(
    {
      current: { type: "snapshot", path },
      chosen: {
        type: "snapshot",
        path: chosen,
        columns: ["PatientName", "(0040,0100).(0008,0060)"],
      },
    },
    a,
    b,
  );
  await bench.drained();
  const about = "2026-11-21T11:59:59.000Z,true";
  assertEquals((await Deno.readTextFile(path)).split("\r\n"), [
    "\uFEFFquery,polled,complete,PatientName,ScheduledProcedureStepID," +
    "ScheduledProcedureStepSequence.Modality," +
    "ScheduledProcedureStepSequence.ScheduledStationAETitle," +
    "ScheduledProcedureStepSequence[1].Modality",
    `a,${about},'=cmd(),SPS1,CT,CT1\\CT2,MR`,
    `b,${about},,,,,`,
    "",
  ]);
  assertEquals((await Deno.readTextFile(chosen)).split("\r\n")[1], `a,${about},'=cmd(),CT`);
});

Deno.test("the snapshot sink writes again after its time though nothing changed, if so told", async () => {
  await using folder = new TemporaryFolder();
  const clock = new FakeClock(noon);
  await using bench = new DeliveryBench(`${folder.path}/state`, clock);
  const journal = new MemoryJournal();
  const [path, still] = [`${folder.path}/current.json`, `${folder.path}/still.json`];
  await bench.open({
    current: { type: "snapshot", path, refreshMs: 60_000 },
    still: { type: "snapshot", path: still },
  }, journal);
  await bench.drained();
  await clock.advance(60_000);
  const written = async (file: string): Promise<string> =>
    JSON.parse(await Deno.readTextFile(file)).written;
  while (await written(path) !== "2026-11-21T12:01:00.000Z") await clock.advance(0);
  assertEquals(await written(still), "2026-11-21T12:00:00.000Z");
});

Deno.test("the snapshot sink follows no link that was planted in its folder", async () => {
  await using folder = new TemporaryFolder();
  const out = `${folder.path}/out`;
  const path = `${out}/s.json`;
  await Deno.mkdir(out);
  const secret = `${folder.path}/secret`;
  await Deno.writeTextFile(secret, "untouched");
  for (const name of ["s.json", "s.json.tmp", "s.json.0123456789abcdef.tmp"]) {
    await Deno.symlink(secret, `${out}/${name}`);
  }
  await Deno.writeTextFile(`${out}/s.json.mine`, "of somebody else");
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  await bench.open({ current: { type: "snapshot", path } }, journal);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  assertEquals(await Deno.readTextFile(secret), "untouched");
  assertEquals(JSON.parse(await Deno.readTextFile(path)).items.length, 1);
  assertEquals([...Deno.readDirSync(out)].map(({ name }) => name).sort(), [
    "s.json",
    "s.json.mine",
  ]);
});
