import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { outlineDataSet } from "../../../src/dicom/decode.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { EncodedBytes, Origin } from "../../../src/dicom/origin.ts";
import { Outline } from "../../../src/dicom/outline.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";

const origin = new Origin(
  new EncodedBytes(Uint8Array.from("AB", (c) => c.charCodeAt(0))),
  true,
  undefined,
);

/** The outline of a data set whose elements have these tags; a sequence with one empty item where it is negative. */
function fill(outline: Outline, tags: readonly number[]): void {
  outline.add(Tag.Item, "UN", origin, 0, 0);
  for (const [place, tag] of tags.entries()) {
    if (tag >= 0) {
      outline.add(tag, "LO", origin, place, place + 1);
    } else {
      outline.add(-tag, "SQ", origin, place, place).span = 2;
      outline.add(Tag.Item, "UN", origin, place, place);
    }
  }
}

function listed(outline: Outline): [tag: number, start: number][] {
  return Array.from({ length: outline.length }, (_, index) => {
    const { tag, start } = outline.at(index);
    return [tag, start];
  });
}

Deno.test("Outline.sort() puts elements in order with all that is inside, and keeps the first of a tag", () => {
  const outline = new Outline();
  fill(outline, [3, -2, 1, 3, -2, 1]);
  assertEquals(outline.sort(0), 3);
  assertEquals(listed(outline), [[Tag.Item, 0], [1, 2], [2, 1], [Tag.Item, 1], [3, 0]]);
  assertEquals(outline.at(0).size, 3);
});

Deno.test("Outline is filled again after sort() without a trace of what it had", () => {
  const outline = new Outline();
  fill(outline, [3, -2, 1, 3]);
  outline.sort(0);
  for (let round = 0; round < 2; round++) {
    outline.clear();
    assertEquals(outline.length, 0);
    fill(outline, [1, 2, -3, 4, 5, 6]);
    assertEquals(
      listed(outline),
      [[Tag.Item, 0], [1, 0], [2, 1], [3, 2], [Tag.Item, 2], [4, 3], [5, 4], [6, 5]],
    );
    assertEquals(outline.at(0).size, 0);
    assertEquals(outline.at(1).span, 1);
  }
});

Deno.test("Outline.clear() lets go of the bytes", () => {
  const outline = new Outline();
  fill(outline, [1]);
  const entry = outline.at(1);
  assertEquals(entry.value, ["A"]);
  outline.clear();
  assertEquals(entry.origin.encoded.bytes.length, 0);
});

Deno.test("Outline has nothing behind its end, whatever it had there before", () => {
  const outline = new Outline();
  assertThrows(() => outline.at(0), RangeError);
  fill(outline, [1, 2, 3]);
  outline.cut(2);
  assertEquals(listed(outline), [[Tag.Item, 0], [1, 0]]);
  assertThrows(() => outline.at(2), RangeError);
});

for (const length of ["defined", "undefined"] as const) {
  Deno.test(`an outline knows sizes and spans of sequences and items of ${length} length`, () => {
    const item = new DataSet([element(0x00080060, ["CT"]), element(0x00400001, ["CT1"])]);
    const dataSet = new DataSet([
      element(0x00100010, ["Doe"]),
      element(0x00400100, [item, new DataSet(), item]),
      element(0x00401001, ["R1"]),
    ]);
    const syntax = TransferSyntax.ExplicitVrLittleEndian;
    const bytes = encodeDataSet(dataSet, syntax, { sequenceLength: length });
    const outline = new Outline();
    outlineDataSet(outline, bytes, syntax);
    const entries = Array.from({ length: outline.length }, (_, index) => {
      const { tag, size, span } = outline.at(index);
      return [tag, size, span];
    });
    assertEquals(entries, [
      [Tag.Item, 3, 11],
      [0x00100010, 0, 1],
      [0x00400100, 3, 8],
      [Tag.Item, 2, 3],
      [0x00080060, 0, 1],
      [0x00400001, 0, 1],
      [Tag.Item, 0, 1],
      [Tag.Item, 2, 3],
      [0x00080060, 0, 1],
      [0x00400001, 0, 1],
      [0x00401001, 0, 1],
    ]);
    const sent = outline.at(2).length;
    assertEquals(sent === 0xFFFF_FFFF, length === "undefined");
  });
}

Deno.test("Outline.clear() lets go of the bytes, and at() of what is no longer there throws", () => {
  const outline = new Outline();
  fill(outline, [1, 2]);
  const entry = outline.at(1);
  outline.clear();
  assertEquals(outline.length, 0);
  assertEquals(entry.origin.encoded.bytes.length, 0);
  assertThrows(() => outline.at(0), RangeError);
  fill(outline, [1]);
  outline.cut(1);
  assertThrows(() => outline.at(1), RangeError);
});
