import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { dumpDataSet } from "../../../../src/dicom/dump/dump.ts";
import { parseDump } from "../../../../src/dicom/dump/dump_parse.ts";
import { encodeJson } from "../../../../src/dicom/json/json.ts";
import { decodePart10 } from "../../../../src/dicom/part10.ts";

const golden = new URL("../../../golden/", import.meta.url);

async function readDataSet(name: string): Promise<DataSet> {
  return decodePart10(await Deno.readFile(new URL(`data_sets/${name}.dcm`, golden))).dataSet;
}

async function readDump(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`text_forms/${name}.dump`, golden));
}

/** What dcmdump prints otherwise, and ours beside it. */
const differences: [string, string][] = [
  ["a\\b\r\n c", "a\\b␍␊ c"], // it obeys control characters
  ["»îÚceÜÑypÓ", "Люкceмбypг"], // it prints bytes as they are
  ["3.1415926535897931", "3.141592653589793"], // it prints more digits than tell numbers apart
  ["7.9499288951273615e-275", "7.949928895127363e-275"], // and its digits are not exact
  ["3.691916204865092e-236", "3.6919162048650923e-236"],
  ["1 EthnicGroup", "1 RETIRED_EthnicGroup"], // its dictionary is of 2022
  ["xs 65535", "US 65535"], // it leaves open which of two VRs it is
];

for (
  const name of [
    "every_vr_explicit",
    "every_vr_delimited",
    "every_vr_implicit",
    "every_vr_big",
    "wklist1_explicit",
    "wklist1_implicit",
    "wklist2_explicit",
    "chrFrenMulti_explicit",
  ]
) {
  Deno.test(`dumpDataSet() prints ${name} as dcmdump does`, async () => {
    let expected = await readDump(name);
    for (const [theirs, ours] of differences) expected = expected.replaceAll(theirs, ours);
    const spaced = (dump: string): string[] => dump.replaceAll(/ +#/g, " #").split("\n");
    assertEquals(spaced(dumpDataSet(await readDataSet(name))), spaced(expected));
  });
}

Deno.test("dumpDataSet() aligns as dcmdump does", async () => {
  assertEquals(
    dumpDataSet(await readDataSet("wklist1_explicit")),
    await readDump("wklist1_explicit"),
  );
});

Deno.test("dumpDataSet() tells lengths of what was not decoded, of sequences none", () => {
  const dataSet = new DataSet([
    element(0x00080005, ["ISO_IR 100"]),
    element(0x00100010, ["Müller^J"]),
    element(0x00280010, [512]),
    element(0x00400100, [new DataSet([element(0x00080060, ["CT"]), element(0x00104000, ["ü"])])]),
  ]);
  assertEquals(dumpDataSet(dataSet).split("\n"), [
    "(0008,0005) CS [ISO_IR 100]                             #  10, 1 SpecificCharacterSet",
    "(0010,0010) PN [Müller^J]                              #   8, 1 PatientName",
    "(0028,0010) US 512                                      #   2, 1 Rows",
    "(0040,0100) SQ (Sequence with undefined length #=1)     # u/l, 1 ScheduledProcedureStepSequence",
    "  (fffe,e000) na (Item with undefined length #=2)         # u/l, 1 Item",
    "    (0008,0060) CS [CT]                                     #   2, 1 Modality",
    "    (0010,4000) LT [ü]                                     #   2, 1 PatientComments",
    "  (fffe,e00d) na (ItemDelimitationItem)                   #   0, 0 ItemDelimitationItem",
    "(fffe,e0dd) na (SequenceDelimitationItem)               #   0, 0 SequenceDelimitationItem",
    "",
  ]);
});

Deno.test("dumpDataSet() never emits what a terminal obeys", () => {
  const text = "a\x1b[31m\x07\r\n\t\x00\x7f\x9b\u2028\u202e\u2066\u200fb";
  const dump = dumpDataSet(new DataSet([element(0x00104000, [text])]));
  assertEquals(
    dump.slice(0, dump.indexOf(" #")),
    "(0010,4000) LT [a␛[31m␇␍␊␉␀␡<U+009B><U+2028><U+202E><U+2066><U+200F>b]",
  );
  assert(!/[\p{Cc}\p{Zl}\p{Zp}\u200f\u202e\u2066]/u.test(dump.replaceAll("\n", "")));
});

Deno.test("dumpDataSet() names private creators and elements that nobody knows", () => {
  const dump = dumpDataSet(
    new DataSet([
      element(0x00090010, ["MINE"], "LO"),
      element(0x00091001, Uint8Array.of(1, 255), "UN"),
    ]),
  );
  assertEquals(dump.split("\n").slice(0, 2), [
    "(0009,0010) LO [MINE]                                   #   4, 1 PrivateCreator",
    "(0009,1001) UN 01\\ff                                    #   2, 1 Unknown Tag & Data",
  ]);
});

Deno.test("dumpDataSet() cuts long values as dcmdump does, where told to", () => {
  const dataSet = new DataSet([
    element(0x00100020, ["x".repeat(70)]),
    element(0x00420011, new Uint8Array(30)),
    element(0x7fe00010, new Uint8Array(60), "OW"),
  ]);
  assertEquals(dumpDataSet(dataSet, { isShortened: true }).split("\n"), [
    `(0010,0020) LO [${"x".repeat(66)}... #  70, 1 PatientID`,
    `(0042,0011) OB ${"00\\".repeat(21)}00... #  30, 1 EncapsulatedDocument`,
    `(7fe0,0010) OW ${"0000\\".repeat(12)}0000... #  60, 1 PixelData`,
    "",
  ]);
});

Deno.test("dumpDataSet() has no line for a data set without elements", () => {
  assertEquals(dumpDataSet(new DataSet()), "");
});

Deno.test("dumpDataSet() does not care how deep sequences nest", () => {
  let dataSet = new DataSet([element(0x00100020, ["deep"])]);
  for (let depth = 0; depth < 60; depth++) dataSet = new DataSet([element(0x00400100, [dataSet])]);
  assertEquals(encodeJson(parseDump(dumpDataSet(dataSet))), encodeJson(dataSet));
});
