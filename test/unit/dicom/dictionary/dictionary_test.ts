import { assertEquals } from "@std/assert";
import {
  addDictionary,
  keywords,
  lookupKeyword,
  lookupTag,
  nearestKeyword,
} from "../../../../src/dicom/dictionary/dictionary.ts";
import {
  attributeLines,
  repeatingAttributeLines,
} from "../../../../src/dicom/dictionary/dictionary_data.ts";
import { isVr, type Vr } from "../../../../src/dicom/vr.ts";

/** Picked from PS3.6 by hand: the ends, the new, the retired, each kind of VM. */
const known: [tag: number, keyword: string, vr: Vr, vm: string, retired: boolean][] = [
  [0x0000_0002, "AffectedSOPClassUID", "UI", "1", false],
  [0x0002_0010, "TransferSyntaxUID", "UI", "1", false],
  [0x0008_0005, "SpecificCharacterSet", "CS", "1-n", false],
  [0x0008_0040, "DataSetType", "US", "1", true],
  [0x0008_0061, "ModalitiesInStudy", "CS", "1-n", false],
  [0x0010_0010, "PatientName", "PN", "1", false],
  [0x0010_0011, "PersonNamesToUseSequence", "SQ", "1", false],
  [0x0010_1020, "PatientSize", "DS", "1", false],
  [0x0010_2162, "EthnicGroups", "UC", "1-n", false],
  [0x0018_1624, "ShutterPresentationColorCIELabValue", "US", "3", false],
  [0x0028_0100, "BitsAllocated", "US", "1", false],
  [0x0040_0100, "ScheduledProcedureStepSequence", "SQ", "1", false],
  [0x0072_0083, "SelectorUVValue", "UV", "1-n", false],
  [0x7FE0_0010, "PixelData", "OW", "1", false],
  [0xFFFC_FFFC, "DataSetTrailingPadding", "OB", "1", false],
];

for (const [tag, keyword, vr, vm, retired] of known) {
  Deno.test(`lookupTag() and lookupKeyword() know ${keyword}`, () => {
    assertEquals(lookupTag(tag), { tag, keyword, vr, vm, retired });
    assertEquals(lookupKeyword(keyword)?.keyword, keyword);
  });
}

Deno.test("lookupTag() takes US for what may be US or SS, and says so", () => {
  assertEquals(lookupTag(0x0028_0106), {
    tag: 0x0028_0106,
    keyword: "SmallestImagePixelValue",
    vr: "US",
    mayBeSigned: true,
    vm: "1",
    retired: false,
  });
});

Deno.test("lookupTag() finds every attribute that is printed, and lookupKeyword() its keyword", () => {
  let count = 0;
  for (const line of `${attributeLines}${repeatingAttributeLines}`.split("\n")) {
    if (line === "") continue;
    const [head = "", keyword = ""] = line.split(" ");
    const tag = Number.parseInt(head.slice(0, 8).replaceAll("x", "2"), 16);
    const entry = lookupTag(tag);
    assertEquals([entry?.tag, entry?.keyword, isVr(entry?.vr ?? "")], [tag, keyword, true]);
    assertEquals(/^(\d+|\d+-(\d+|\d*n))$/.test(entry?.vm ?? ""), true);
    assertEquals(lookupKeyword(keyword)?.vr, entry?.vr);
    count++;
  }
  assertEquals(count, 5350);
});

Deno.test("lookupTag() finds the attributes of repeating groups and elements", () => {
  const found = [
    0x5002_3000,
    0x60FE_3000,
    0x7F10_0010,
    0x0020_31FF,
    0x0028_04F0,
    0x1000_FFF5,
    0x1010_1234,
  ]
    .map((tag) => lookupTag(tag)?.keyword);
  assertEquals(found, [
    "CurveData",
    "OverlayData",
    "VariablePixelData",
    "SourceImageIDs",
    "RowsForNthOrderCoefficients",
    "ShiftTableTriplet",
    "ZonalMap",
  ]);
});

Deno.test("lookupTag() knows group lengths and private creators, and no private attribute", () => {
  assertEquals(lookupTag(0x0008_0000)?.vr, "UL");
  assertEquals(lookupTag(0x0009_0000)?.vr, "UL");
  assertEquals(lookupTag(0x0009_0010)?.vr, "LO");
  assertEquals(lookupTag(0x0009_00FF)?.vr, "LO");
  assertEquals(lookupTag(0x0009_1001), undefined);
  assertEquals(lookupTag(0x0008_FFFF), undefined);
});

Deno.test("lookupKeyword() takes nothing but a keyword", () => {
  for (const text of ["", "patientname", "Patient", "PatientName\n", " ", "(0010,0010)", "US1"]) {
    assertEquals(lookupKeyword(text), undefined);
  }
});

Deno.test("nearestKeyword() guesses what was meant, or nothing", () => {
  assertEquals(nearestKeyword("PateintName"), "PatientName");
  assertEquals(nearestKeyword("patientid"), "PatientID");
  assertEquals(nearestKeyword("SheduledProcedureStepSequence"), "ScheduledProcedureStepSequence");
  assertEquals(nearestKeyword("Xyzzy"), undefined);
  assertEquals(nearestKeyword("a".repeat(100_000)), undefined);
});

Deno.test("keywords() lists each keyword once", () => {
  assertEquals([...keywords()].length, 5346);
});

Deno.test("addDictionary() adds attributes, private ones in every block of their creator", () => {
  const tag = 0x0009_0001;
  const common = { vm: "1", retired: false, vr: "DA" } as const;
  addDictionary([
    { ...common, tag, keyword: "SiteDate", privateCreator: "SITE 1" },
    { ...common, tag: 0x0008_0A01, keyword: "SiteCode" },
  ]);
  assertEquals(lookupTag(0x0009_1101, "SITE 1")?.keyword, "SiteDate");
  assertEquals(lookupTag(0x0009_2001, "SITE 1")?.tag, 0x0009_2001);
  assertEquals(lookupTag(0x0009_1101, "SITE 2"), undefined);
  assertEquals(lookupTag(0x0008_0A01)?.keyword, "SiteCode");
  assertEquals(lookupKeyword("SiteCode")?.tag, 0x0008_0A01);
});
