/**
 * Worklists in every character set, and what DCMTK's findscu is told of a worklist.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { TemporaryFolder } from "./delivery_bench.ts";
import { dcmtk, type ForeignServer, python } from "./foreign.ts";

/** What DCMTK's findscu is told by a server, each response apart, in one order. */
export async function answersOf(
  server: ForeignServer,
  aeTitle: string,
  keys: readonly string[],
): Promise<string[]> {
  await using folder = new TemporaryFolder();
  await find(server, aeTitle, keys, folder.path);
  const answers: string[] = [];
  for await (const { name } of Deno.readDir(folder.path)) {
    const { stdout } = await dcmtk("dcmdump", "+L", "-q", `${folder.path}/${name}`);
    answers.push(stdout.split("\n").filter((line) => !/^(#|\(0002,)/.test(line)).join("\n"));
  }
  return answers.sort();
}

/** Keys that ask for what a technician reads, in DCMTK's form. */
export const everything = [
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

/** How many character sets {@linkcode writeEachCharacterSet} writes in. */
export const characterSetCount = 17;

/** Writes one worklist file in each character set into a folder, by pydicom. */
export async function writeEachCharacterSet(folder: string): Promise<void> {
  const { code, stderr } = await python(inEachCharacterSet, folder);
  assertEquals([code, stderr], [0, ""]);
}

const decoded = `
import pathlib, sys, warnings, pydicom
warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    ds = pydicom.dcmread(path)
    ds.decode()
    if "SpecificCharacterSet" in ds: del ds.SpecificCharacterSet
    values = [f"{e.tag} {e.VR} {e.value}" for e in ds.iterall() if e.VR != "SQ" and e.value]
    print(" | ".join(values))
`;

/** What DCMTK's findscu is told by a server, decoded by pydicom: a line with the values of each response, sorted. */
export async function textsOf(server: ForeignServer, aeTitle: string): Promise<string[]> {
  await using folder = new TemporaryFolder();
  await find(server, aeTitle, everything, folder.path);
  const { code, stdout, stderr } = await python(decoded, folder.path);
  assertEquals([code, stderr], [0, ""]);
  return stdout.trim().split("\n").sort();
}

async function find(
  server: ForeignServer,
  aeTitle: string,
  keys: readonly string[],
  folder: string,
): Promise<void> {
  const args = [...keys.flatMap((key) => ["-k", key]), "-aec", aeTitle, "-od", folder, "-X"];
  const { code, stderr } = await dcmtk("findscu", "-W", ...args, server.host, `${server.port}`);
  assertEquals([code, stderr], [0, ""]);
}
