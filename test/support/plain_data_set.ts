import type { DataElement, DataSet } from "../../src/dicom/data_set.ts";
import { tagHex } from "../../src/dicom/tag.ts";

/** What a data set holds, in the form of `test/golden/data_sets/*.json`. */
export type PlainElement = [
  tag: string,
  vr: string,
  values: (string | number)[] | string | PlainElement[][],
];

/** Reads every value of a data set. */
export function plainDataSet(dataSet: DataSet): PlainElement[] {
  return [...dataSet.elements()].map((element) => [
    tagHex(element.tag),
    element.vr,
    plainValue(element),
  ]);
}

function plainValue(element: DataElement): PlainElement[2] {
  if (element.vr === "SQ") return element.items.map(plainDataSet);
  const { value } = element;
  if (value instanceof Uint8Array) return value.toHex();
  const values: (string | number)[] = [];
  for (const each of value) {
    if (typeof each === "string" || typeof each === "number") values.push(each);
    else values.push(each.toString());
  }
  return values;
}
