import { assertEquals } from "@std/assert";
import { encodeJson } from "../../src/dicom/json.ts";
import { decodePart10 } from "../../src/dicom/part10.ts";
import type { Item } from "../../src/worklist/journal.ts";
import { DeliveryBench, TemporaryFolder } from "../support/delivery_bench.ts";
import {
  dcmtk,
  type ForeignServer,
  interopTest,
  python,
  startWlmscpfs,
} from "../support/foreign.ts";
import { itemOf, MemoryJournal } from "../support/memory_journal.ts";

/** The worklist files of a folder as items, as a poll would have them. */
async function itemsOf(folder: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".wl")) continue;
    const { dataSet } = decodePart10(await Deno.readFile(`${folder}/${name}`));
    const characterSet = dataSet.characterSet.join("\\") || undefined;
    const { subject } = itemOf(items.length);
    items.push({
      ...itemOf(items.length),
      id: name,
      subject,
      json: encodeJson(dataSet),
      characterSet,
    });
  }
  return items;
}

/** What DCMTK's findscu is told by a server, each response apart, in one order. */
async function answersOf(
  server: ForeignServer,
  aeTitle: string,
  keys: readonly string[],
): Promise<string[]> {
  await using folder = new TemporaryFolder();
  const args = [...keys.flatMap((key) => ["-k", key]), "-aec", aeTitle, "-od", folder.path, "-X"];
  const { code, stderr } = await dcmtk("findscu", "-W", ...args, server.host, `${server.port}`);
  assertEquals([code, stderr], [0, ""]);
  const answers: string[] = [];
  for await (const { name } of Deno.readDir(folder.path)) {
    const { stdout } = await dcmtk("dcmdump", "+L", "-q", `${folder.path}/${name}`);
    answers.push(stdout.split("\n").filter((line) => !/^(#|\(0002,)/.test(line)).join("\n"));
  }
  return answers.sort();
}

const everything = [
  "0008,0005",
  "0008,0050",
  "0008,0090",
  "0010,0010",
  "0010,0020",
  "0010,0030",
  "0010,0040",
  "0020,000D",
  "0032,1060",
  "0032,1064[0].0008,0100",
  "0032,1064[0].0008,0104",
  "0040,0100[0].0008,0060",
  "0040,0100[0].0040,0001",
  "0040,0100[0].0040,0002",
  "0040,0100[0].0040,0003",
  "0040,0100[0].0040,0006",
  "0040,0100[0].0040,0007",
  "0040,0100[0].0040,0009",
  "0040,1001",
];

function uidIn(dump: string): string | undefined {
  return /\(0020,000d\) UI \[(.*?)\]/.exec(dump)?.[1];
}

function titlesIn(dump: string): ReadonlySet<string> {
  const values = [...dump.matchAll(/\(0040,0001\) AE \[(.*?) *\]/g)].map(([, value]) =>
    value ?? ""
  );
  return new Set(values.flatMap((value) => value.split("\\")));
}

interopTest(
  "wlmscpfs serves from our folder what it serves from its own sample",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using original = await startWlmscpfs({ args: ["-csk"] });
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    await bench.open({ wl: { type: "worklist-folder", path: `${ours.folder}/OFFIS` } }, journal);
    journal.takeOver(...await itemsOf(`${original.folder}/OFFIS`));
    await bench.drained();
    const expected = await answersOf(original, "OFFIS", everything);
    assertEquals(expected.length, 10);
    assertEquals(await answersOf(ours, "OFFIS", everything), expected);
  },
);

interopTest(
  "wlmscpfs serves a folder for each station, and follows our changes",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using original = await startWlmscpfs();
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    const path = `${ours.folder}/\${ScheduledStationAETitle}`;
    await bench.open({ wl: { type: "worklist-folder", path } }, journal);
    const items = await itemsOf(`${original.folder}/OFFIS`);
    journal.takeOver(...items);
    await bench.drained();
    const stations = [...Deno.readDirSync(ours.folder)].map(({ name }) => name);
    const served = await Promise.all(stations.map(async (station) => {
      const answers = await answersOf(ours, station, ["0040,0100[0].0040,0001", "0020,000D"]);
      return answers.map((answer) =>
        `${station} ${uidIn(answer)} ${titlesIn(answer).has(station)}`
      );
    }));
    const own = (await answersOf(original, "OFFIS", ["0040,0100[0].0040,0001", "0020,000D"]))
      .flatMap((answer) => [...titlesIn(answer)].map((title) => `${title} ${uidIn(answer)} true`));
    assertEquals(served.flat().sort(), own.sort());

    for (const before of items.slice(1)) {
      const evidence = { reason: "missing", polls: 2 } as const;
      journal.commit(bench.clock.now(), { kind: "removed", before, evidence });
    }
    await bench.drained();
    const left = await Promise.all(
      stations.map((station) => answersOf(ours, station, ["0020,000D"])),
    );
    assertEquals(new Set(left.flat().map(uidIn)).size, 1);
  },
);

/** Writes one worklist file in each character set, by pydicom. */
const inEachCharacterSet = `
import sys
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
names = {
    "": "Doe^Jane", "ISO_IR 100": "Müller^Änne", "ISO_IR 101": "Wałęsa^Łucja", "ISO_IR 109": "Ħal^Ġorġ",
    "ISO_IR 110": "Bērziņš^Jānis", "ISO_IR 144": "Люкceмбург", "ISO_IR 127": "قباني^لنزار",
    "ISO_IR 126": "Διονυσιος", "ISO_IR 138": "שרון^דבורה", "ISO_IR 148": "Çavuşoğlu",
    "ISO_IR 13": "ﾔﾏﾀﾞ^ﾀﾛｳ", "ISO_IR 166": "นามสกุล", "ISO_IR 192": "Wang^XiaoDong=王^小东",
    "GB18030": "Wang^XiaoDong=王^小东", "\\\\ISO 2022 IR 87": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "ISO 2022 IR 13\\\\ISO 2022 IR 87": "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "\\\\ISO 2022 IR 149": "Hong^Gildong=洪^吉洞=홍^길동",
}
for n, (terms, name) in enumerate(names.items()):
    ds = Dataset()
    if terms: ds.SpecificCharacterSet = terms.split("\\\\")
    ds.PatientName = name; ds.PatientID = f"P{n}"; ds.StudyInstanceUID = generate_uid()
    ds.AccessionNumber = str(n); ds.PatientBirthDate = "19700101"; ds.PatientSex = "F"
    ds.RequestedProcedureID = f"RP{n}"; ds.RequestedProcedureDescription = "CT"
    step = Dataset()
    step.Modality = "CT"; step.ScheduledStationAETitle = "CT1"
    step.ScheduledProcedureStepStartDate = "20261121"; step.ScheduledProcedureStepStartTime = "0800"
    step.ScheduledPerformingPhysicianName = name
    step.ScheduledProcedureStepDescription = "CT"; step.ScheduledProcedureStepID = f"SPS{n}"
    ds.ScheduledProcedureStepSequence = [step]
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.31"
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(f"{sys.argv[1]}/{n}.wl", enforce_file_format=True)
`;

interopTest(
  "wlmscpfs serves names in every character set from our folder as from the original",
  ["dcmtk", "pynetdicom"],
  async () => {
    await using original = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    const { code, stderr } = await python(inEachCharacterSet, `${original.folder}/OFFIS`);
    assertEquals([code, stderr], [0, ""]);
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    await bench.open({ wl: { type: "worklist-folder", path: `${ours.folder}/OFFIS` } }, journal);
    journal.takeOver(...await itemsOf(`${original.folder}/OFFIS`));
    await bench.drained();
    const expected = await answersOf(original, "OFFIS", everything);
    assertEquals(expected.length, 17);
    assertEquals(await answersOf(ours, "OFFIS", everything), expected);
  },
);
