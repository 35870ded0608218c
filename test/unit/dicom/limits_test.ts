import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { type DataSetLimits, defaultDataSetLimits } from "../../../src/dicom/limits.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";

const { ExplicitVrLittleEndian, ImplicitVrLittleEndian, DeflatedExplicitVrLittleEndian } =
  TransferSyntax;

/** Decodes a data set with limits and reads all its values. */
function decoded(dataSet: DataSet, limits: Partial<DataSetLimits>, syntax: string): DataSet {
  const bytes = encodeDataSet(dataSet, syntax);
  const found = decodeDataSet(bytes, syntax, { limits: { ...defaultDataSetLimits, ...limits } });
  for (const { value } of found.elements()) assertEquals(value.length >= 0, true);
  return found;
}

const numbers = Array.from({ length: 5 }, (_, n) => n);
const multiple: [string, DataSet][] = [
  ["LO", new DataSet([element(0x00081080, ["a", "b", "c", "d", "e"])])],
  ["DS", new DataSet([element(0x00281050, ["1", "2", "3", "4", "5"])])],
  ["US", new DataSet([element(0x00283002, numbers, "US")])],
  ["FD", new DataSet([element(0x0018602C, numbers, "FD")])],
  ["AT", new DataSet([element(0x00280009, [1, 2, 3, 4, 5])])],
  ["UN", new DataSet([element(0x0018602C, new Uint8Array(40), "UN")])],
];
for (const [vr, dataSet] of multiple) {
  for (const syntax of [ExplicitVrLittleEndian, ImplicitVrLittleEndian]) {
    Deno.test(`decodeDataSet() refuses more values of a ${vr} than the limit, in ${syntax}`, () => {
      decoded(dataSet, { values: 5 }, syntax);
      assertThrows(
        () => decoded(dataSet, { values: 4 }, syntax),
        DicomDecodeError,
        "it has more than 4 values",
      );
    });
  }
}

Deno.test("decodeDataSet() takes backslashes and bytes that separate no values, whatever the limit", () => {
  const text = new DataSet([
    element(0x00104000, ["a\\b\\c\\d\\e"]),
    element(0x00420011, new Uint8Array(100)),
  ]);
  decoded(text, { values: 2 }, ExplicitVrLittleEndian);
});

Deno.test("decodeDataSet() refuses more elements, items and levels than the limits", () => {
  const inner = new DataSet([element(0x00080060, ["CT"])]);
  const nested = new DataSet([element(0x00400100, [
    new DataSet([element(0x00400008, [inner, inner])]),
  ])]);
  decoded(nested, { elements: 7, depth: 2 }, ImplicitVrLittleEndian);
  assertThrows(
    () => decoded(nested, { elements: 6 }, ImplicitVrLittleEndian),
    DicomDecodeError,
    "it has more than 6 elements",
  );
  assertThrows(
    () => decoded(nested, { depth: 1 }, ImplicitVrLittleEndian),
    DicomDecodeError,
    "sequences are nested deeper than 1",
  );
});

Deno.test("decodeDataSet() refuses a deflated data set that inflates to more than the limit", () => {
  const dataSet = new DataSet([element(0x00104000, ["x".repeat(2000)])]);
  decoded(dataSet, { inflatedBytes: 3000 }, DeflatedExplicitVrLittleEndian);
  assertThrows(
    () => decoded(dataSet, { inflatedBytes: 1000 }, DeflatedExplicitVrLittleEndian),
    DicomDecodeError,
    "it inflates to more than 1000 bytes",
  );
});
