import { assertEquals, assertThrows } from "@std/assert";
import { DataElement, DataSet, element } from "../../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import type { Vr } from "../../../src/dicom/vr.ts";
import { hex } from "../../support/hex.ts";

Deno.test("DataSet keeps its elements ascending by tag, the last of each", () => {
  const dataSet = new DataSet([
    element(Tag.StudyInstanceUID, ["1.2"]),
    element(0x7FE0_0010, Uint8Array.of(0), "OB"),
    element(Tag.PatientID, ["first"]),
    element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
    element(Tag.PatientID, ["last"]),
    element(0xFFFC_FFFC, Uint8Array.of(0)),
  ]);
  const tags = [...dataSet.elements()].map(({ tag }) => tag);
  assertEquals(tags, [0x0008_0005, 0x0010_0020, 0x0020_000D, 0x7FE0_0010, 0xFFFC_FFFC]);
  assertEquals([dataSet.size, dataSet.string(Tag.PatientID)], [5, "last"]);
  assertEquals([dataSet.has(Tag.PatientID), dataSet.delete(Tag.PatientID)], [true, true]);
  assertEquals([dataSet.has(Tag.PatientID), dataSet.delete(Tag.PatientID)], [false, false]);
});

Deno.test("DataSet answers what is absent, empty or of another kind with nothing", () => {
  const dataSet = new DataSet([element(Tag.PatientID, []), element(Tag.StudyID, ["1"])]);
  for (const tag of [Tag.PatientID, Tag.PatientName]) {
    assertEquals(dataSet.string(tag), undefined);
    assertEquals(dataSet.strings(tag), []);
  }
  assertEquals(dataSet.numbers(Tag.StudyID), []);
  assertEquals(dataSet.items(Tag.StudyID), []);
});

Deno.test("DataSet names the character set that it was decoded by, or that it was given", () => {
  const name = hex("1000 1000 02000000 C6C6");
  const characterSet = { default: "ISO_IR 100" };
  const dataSet = decodeDataSet(name, TransferSyntax.ImplicitVrLittleEndian, { characterSet });
  assertEquals(dataSet.characterSet, ["ISO_IR 100"]);
  dataSet.set(element(Tag.SpecificCharacterSet, ["ISO_IR 192"]));
  assertEquals(dataSet.characterSet, ["ISO_IR 192"]);
  assertEquals(dataSet.string(Tag.PatientName), "ÆÆ");
  dataSet.delete(Tag.SpecificCharacterSet);
  assertEquals(dataSet.characterSet, []);
});

Deno.test("DataElement tells where it was decoded from", () => {
  const bytes = hex("1000 2000 04000000 41202020");
  const received = decodeDataSet(bytes, TransferSyntax.ImplicitVrLittleEndian).get(Tag.PatientID);
  assertEquals([received?.place?.start, received?.place?.end, received?.value], [8, 12, ["A"]]);
  assertEquals(element(Tag.PatientID, ["A"]).place, undefined);
  assertEquals(new DataElement(Tag.PatientID, "LO", undefined).value, []);
});

type Given = Parameters<typeof element>[1];

const made: [vr: Vr, given: Given, value: unknown][] = [
  ["LO", ["a", 1, 2n], ["a", "1", "2"]],
  ["LT", ["a\\b"], ["a\\b"]],
  ["DS", [1.5, -0.1, 1 / 3, 1e21, "1.50"], ["1.5", "-0.1", "0.33333333333333", "1e+21", "1.50"]],
  ["DS", [-1.2345678901234567e-100], ["-1.23456789e-100"]],
  ["IS", [5, "+5"], ["5", "+5"]],
  ["US", [0, "65535", 7n], [0, 65535, 7]],
  ["SS", [-32768, "+5"], [-32768, 5]],
  ["SV", [-(2n ** 63n), "-1", 5], [-(2n ** 63n), -1n, 5n]],
  ["FD", [1.5, "2.5e3", NaN, Infinity], [1.5, 2500, NaN, Infinity]],
  ["AT", [Tag.PatientID, "(0010,0010)", "7FE00010"], [0x0010_0020, 0x0010_0010, 0x7FE0_0010]],
  ["OB", Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  ["OB", [], new Uint8Array(0)],
  ["SQ", [], []],
  ["US", [], []],
];

for (const [vr, given, value] of made) {
  Deno.test(`element() makes a ${vr} of ${given.length} values of what programs have`, () => {
    assertEquals(element(0x0009_1001, given, vr).value, value);
  });
}

const refused: [vr: Vr, given: Given, why: string][] = [
  ["LO", ["a\\b"], "as a backslash separates values: give them one by one"],
  ["LO", Uint8Array.of(1), "of bytes as its VR is LO"],
  ["US", [65536], "as a US takes integers from 0 to 65535"],
  ["US", [1.5], "as a US takes integers from 0 to 65535"],
  ["US", ["secret"], "as a US takes integers from 0 to 65535"],
  ["SV", [1e21], "as a SV takes integers from -9223372036854775808 to 9223372036854775807"],
  ["FD", ["secret"], "as a FD takes numbers"],
  ["FD", [""], "as a FD takes numbers"],
  ["AT", ["PatientID"], "as an AT takes tags"],
  ["AT", [-1], "as an AT takes tags"],
  ["OB", [1], "as a OB takes bytes"],
  ["SQ", ["secret"], "as a sequence holds data sets only"],
  ["LO", [new DataSet()], "as a LO takes text"],
];

for (const [vr, given, why] of refused) {
  Deno.test(`element() refuses ${vr}: ${why}`, () => {
    const { message } = assertThrows(() => element(0x0009_1001, given, vr), RangeError);
    assertEquals(message, `Cannot make (0009,1001) ${why}`);
  });
}

Deno.test("element() takes the dictionary's VR, and asks for one where there is none", () => {
  assertEquals(element(Tag.PatientName, []).vr, "PN");
  const { message } = assertThrows(() => element(0x0009_1001, []), RangeError);
  assertEquals(message, "Cannot make (0009,1001) as the dictionary has no VR for it: give one");
});
