import { assertEquals, assertMatch } from "@std/assert";
import { decodePart10 } from "../../../src/dicom/part10.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import type { Item } from "../../../src/worklist/journal/journal.ts";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { itemOf, MemoryJournal, removed } from "../../support/memory_journal.ts";

/** An item for stations, in a character set. */
function scheduled(number: number, stations: readonly string[], characterSet?: string): Item {
  const step = {
    "00080060": { vr: "CS", Value: ["CT"] },
    "00400001": { vr: "AE", Value: stations },
  };
  return { ...itemOf(number, { "00400100": { vr: "SQ", Value: [step] } }), characterSet };
}

/** All files below a folder, with our long names cut to what tells them apart. */
function treeOf(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const shown = name.replace(/^wl-[0-9a-f]{8}-k1-0*/, "wl ");
    return isDirectory ? treeOf(`${folder}/${name}`, `${below}${name}/`) : [below + shown];
  }).sort();
}

async function pathOf(folder: string, number: number): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(`${number}.wl`)) return `${folder}/${name}`;
  }
  throw new Error(`there is no file of item ${number}`);
}

Deno.test("the worklist-folder sink mirrors items into a folder for each of their stations", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const wl = `${folder.path}/wl`;
  await bench.open({
    stations: { type: "worklist-folder", path: `${wl}/\${ScheduledStationAETitle}` },
  }, journal);
  journal.commit(bench.clock.now(), { kind: "added", after: scheduled(1, ["CT1"]) }, {
    kind: "added",
    after: scheduled(2, ["CT1", "CT2"]),
  }, { kind: "added", after: scheduled(3, []) });
  await bench.drained();
  assertEquals(treeOf(wl), [
    "CT1/lockfile",
    "CT1/wl 1.wl",
    "CT1/wl 2.wl",
    "CT2/lockfile",
    "CT2/wl 2.wl",
    "_none/lockfile",
    "_none/wl 3.wl",
  ]);
  const moved = scheduled(1, ["CT3"]);
  journal.commit(
    bench.clock.now(),
    { kind: "changed", before: scheduled(1, ["CT1"]), after: moved, changes: [], kinds: [] },
    removed(2),
  );
  await bench.drained();
  assertEquals(treeOf(wl), [
    "CT1/lockfile",
    "CT2/lockfile",
    "CT3/lockfile",
    "CT3/wl 1.wl",
    "_none/lockfile",
    "_none/wl 3.wl",
  ]);
});

Deno.test("the worklist-folder sink writes DICOM files that tell nothing of the patient by their names", async () => {
  await using folder = new TemporaryFolder();
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const wl = `${folder.path}/wl`;
  await bench.open({ stations: { type: "worklist-folder", path: wl } }, journal);
  journal.takeOver(scheduled(1, ["CT1"]));
  await bench.drained();
  const { meta, dataSet, transferSyntaxUid } = decodePart10(
    await Deno.readFile(await pathOf(wl, 1)),
  );
  assertEquals(transferSyntaxUid, "1.2.840.10008.1.2.1");
  assertEquals(meta.string(Tag.MediaStorageSOPClassUID), "1.2.840.10008.5.1.4.31");
  assertMatch(meta.string(Tag.MediaStorageSOPInstanceUID) ?? "", /^2\.25\.\d+$/);
  assertEquals(dataSet.string(Tag.PatientName), "MARKER^1");
  assertEquals(dataSet.has(Tag.SpecificCharacterSet), false);
  const [step] = dataSet.items(Tag.ScheduledProcedureStepSequence);
  assertEquals(step?.string(Tag.ScheduledStationAETitle), "CT1");
  assertEquals(treeOf(wl).join().includes("MARKER"), false);
});

for (
  const [what, peer, configured, name, written] of [
    ["that of the peer", "ISO_IR 100", undefined, "Müller", "ISO_IR 100"],
    ["that of the peer, with escapes", "\\ISO 2022 IR 87", undefined, "山田", "\\ISO 2022 IR 87"],
    ["the configured one", "ISO_IR 100", "ISO_IR 192", "Müller", "ISO_IR 192"],
    ["UTF-8 if that of the peer lacks a character", "ISO_IR 100", undefined, "山田", "ISO_IR 192"],
    ["UTF-8 if the peer named none and needs one", undefined, undefined, "Müller", "ISO_IR 192"],
  ] as const
) {
  Deno.test(`the worklist-folder sink writes in ${what}`, async () => {
    await using folder = new TemporaryFolder();
    await using bench = new DeliveryBench(`${folder.path}/state`);
    const journal = new MemoryJournal();
    const wl = `${folder.path}/wl`;
    await bench.open(
      { wl: { type: "worklist-folder", path: wl, characterSet: configured } },
      journal,
    );
    const json = {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: name }] },
      "00400100": {
        vr: "SQ",
        Value: [{
          "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
          "00400006": { vr: "PN", Value: [{ Alphabetic: name }] },
        }],
      },
    };
    journal.takeOver({ ...itemOf(1, json), characterSet: peer });
    await bench.drained();
    const { dataSet } = decodePart10(await Deno.readFile(await pathOf(wl, 1)));
    const [step] = dataSet.items(Tag.ScheduledProcedureStepSequence);
    assertEquals(dataSet.strings(Tag.SpecificCharacterSet).join("\\"), written);
    assertEquals(dataSet.string(Tag.PatientName), name);
    assertEquals(step?.string(Tag.ScheduledPerformingPhysicianName), name);
    assertEquals(step?.has(Tag.SpecificCharacterSet), false);
  });
}

Deno.test("the worklist-folder sink makes its folder whole at start and touches nothing else", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/wl`;
  const path = `${wl}/\${ScheduledStationAETitle}`;
  const journal = new MemoryJournal();
  journal.takeOver(...[1, 2, 3].map((number) => scheduled(number, ["CT1"])));
  const bench = new DeliveryBench(`${folder.path}/state`);
  await bench.open({
    wl: { type: "worklist-folder", path },
  }, journal);
  await bench.drained();
  await bench.close();
  const whole = treeOf(wl);
  const [one, two, three] = await Promise.all([1, 2, 3].map((n) => pathOf(`${wl}/CT1`, n)));
  const untouched = await Deno.stat(three ?? "");
  await Deno.remove(one ?? "");
  await Deno.writeTextFile(two ?? "", "damaged");
  await Deno.writeTextFile(`${three}.tmp`, "torn");
  await Deno.mkdir(`${wl}/CT9`);
  await Deno.copyFile(two ?? "", (two ?? "").replace("/CT1/", "/CT9/").replace("2.wl", "7.wl"));
  const foreign = ["foreign.wl", "notes.txt", "wl-12345678-k1-1.wl", ".hidden"];
  for (const name of foreign) await Deno.writeTextFile(`${wl}/CT1/${name}`, name);
  await Deno.remove(`${wl}/CT1/lockfile`);

  await using again = new DeliveryBench(`${folder.path}/state`);
  await again.open({ wl: { type: "worklist-folder", path } }, journal);
  await again.drained();
  const expected = [
    ...whole,
    ...foreign.map((name) => `CT1/${name.replace(/^wl-\w{8}-k1-/, "wl ")}`),
  ];
  assertEquals(treeOf(wl), expected.sort());
  for (const name of foreign) assertEquals(await Deno.readTextFile(`${wl}/CT1/${name}`), name);
  assertEquals((await Deno.stat(three ?? "")).ino, untouched.ino);
  decodePart10(await Deno.readFile(two ?? ""));
});

Deno.test("the worklist-folder sink puts back what others delete while it runs", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/wl`;
  const path = `${wl}/\${ScheduledStationAETitle}`;
  const journal = new MemoryJournal();
  journal.takeOver(scheduled(1, ["CT1"]), scheduled(2, ["CT2"]));
  const clock = new FakeClock();
  await using bench = new DeliveryBench(`${folder.path}/state`, clock);
  await bench.open({ wl: { type: "worklist-folder", path } }, journal);
  await bench.drained();
  const whole = treeOf(wl);
  await Deno.remove(wl, { recursive: true });
  journal.takeOver(scheduled(3, ["CT1"]));
  await bench.drained();
  assertEquals(treeOf(wl), [...whole, "CT1/wl 3.wl"].sort());

  await Deno.remove(`${wl}/CT2/lockfile`);
  await Deno.remove(await pathOf(`${wl}/CT2`, 2));
  const updates = bench.deliveries.status()[0]?.delivered ?? 0;
  await clock.advance(60_000);
  while (bench.deliveries.status()[0]?.delivered === updates) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(treeOf(wl), [...whole, "CT1/wl 3.wl"].sort());
});

Deno.test("the worklist-folder sink removes the items of a query that is no longer its own", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/wl`;
  const sink = { wl: { type: "worklist-folder", path: wl } } as const;
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  a.takeOver(scheduled(1, ["CT1"]));
  b.takeOver(scheduled(2, ["CT1"]));
  await using bench = new DeliveryBench(`${folder.path}/state`);
  await bench.open(sink, a, b);
  await bench.drained();
  await bench.close();
  assertEquals(treeOf(wl), ["lockfile", "wl 1.wl", "wl 2.wl"]);
  await bench.open(sink, b);
  await bench.drained();
  assertEquals(treeOf(wl), ["lockfile", "wl 2.wl"]);
});

Deno.test("the worklist-folder sink lets no value of a peer lead out of its folder", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/a/wl`;
  await Deno.mkdir(wl, { recursive: true });
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  const hostile = ["../x", "/etc", "..", ".", "a\0b", "a/../../../../b", "\xff/..", "~root"];
  const path = `${wl}/\${ScheduledStationAETitle}`;
  await bench.open({ wl: { type: "worklist-folder", path } }, journal);
  for (const [n, value] of hostile.entries()) journal.takeOver(scheduled(n, [value]));
  await bench.drained();
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), ["a", "state"]);
  assertEquals([...Deno.readDirSync(`${folder.path}/a`)].map(({ name }) => name), ["wl"]);
  for (const { name, isDirectory } of Deno.readDirSync(wl)) {
    assertEquals([name, isDirectory], [name.replaceAll(/[\0/]|^\./g, "?"), true]);
  }
});

Deno.test("the worklist-folder sink keeps the other items right when one cannot be written", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/wl`;
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  await Deno.mkdir(wl);
  await Deno.writeTextFile(`${wl}/CT2`, "a file where a folder must be");
  const path = `${wl}/\${ScheduledStationAETitle}`;
  await bench.open({ wl: { type: "worklist-folder", path } }, journal);
  journal.takeOver(scheduled(1, ["CT1"]), scheduled(2, ["CT2"]), scheduled(3, ["CT3"]));
  while (bench.reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(treeOf(wl), ["CT1/lockfile", "CT1/wl 1.wl", "CT2", "CT3/lockfile", "CT3/wl 3.wl"]);
  const [status] = bench.deliveries.status();
  assertEquals([status?.state, status?.failures], ["failing", 1]);
  assertMatch(status?.lastError ?? "", /sink "wl": 1 files could not be brought up to date: /);
});

Deno.test("the worklist-folder sink writes nothing into a station's folder that is a link", async () => {
  await using folder = new TemporaryFolder();
  const wl = `${folder.path}/wl`;
  const elsewhere = `${folder.path}/elsewhere`;
  await Deno.mkdir(wl);
  await Deno.mkdir(elsewhere);
  await Deno.symlink(elsewhere, `${wl}/CT1`);
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  await bench.open({
    stations: { type: "worklist-folder", path: `${wl}/\${ScheduledStationAETitle}` },
  }, journal);
  journal.commit(
    bench.clock.now(),
    { kind: "added", after: scheduled(1, ["CT1"]) },
    { kind: "added", after: scheduled(2, ["CT2"]) },
  );
  while (bench.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assertMatch(bench.messages[0] ?? "", /wl\/CT1 is a symbolic link, which is not followed/);
  assertEquals([...Deno.readDirSync(elsewhere)], []);
  assertEquals(treeOf(`${wl}/CT2`), ["lockfile", "wl 2.wl"]);
});

Deno.test("the worklist-folder sink may have a link as its root, and no link is followed in it", async () => {
  await using folder = new TemporaryFolder();
  const real = `${folder.path}/real`;
  await Deno.mkdir(real);
  await Deno.symlink(real, `${folder.path}/wl`);
  const secret = `${folder.path}/secret`;
  await Deno.writeTextFile(secret, "untouched", { mode: 0o600 });
  await Deno.symlink(secret, `${real}/lockfile`);
  await using bench = new DeliveryBench(`${folder.path}/state`);
  const journal = new MemoryJournal();
  await bench.open({ wl: { type: "worklist-folder", path: `${folder.path}/wl` } }, journal);
  journal.commit(bench.clock.now(), { kind: "added", after: scheduled(1, ["CT1"]) });
  await bench.drained();
  assertEquals([...Deno.readDirSync(real)].filter(({ isFile }) => isFile).length, 1);
  assertEquals(await Deno.readTextFile(secret), "untouched");
  assertEquals((await Deno.stat(secret)).mode, 0o100600);
});
