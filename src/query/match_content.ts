/**
 * Distinguishes matches from responses that say nothing: no Identifier, or one in which no attribute has a value.
 *
 * PS3.7 section 9.1.2.1.5 wants an Identifier in every Pending response. A response that says nothing stands for a
 * match that could not be read, so the answer that has it is not complete.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import type { Outline } from "../dicom/outline.ts";
import { Tag } from "../dicom/tag.ts";

/** They say how a match is to be read, or repeat the question. None of them says what the match is about. */
const aboutReading: ReadonlySet<number> = new Set([
  Tag.SpecificCharacterSet,
  Tag.TimezoneOffsetFromUTC,
  Tag.QueryRetrieveLevel,
]);

function isContent(tag: number): boolean {
  return (tag & 0xFFFF) !== 0 && !aboutReading.has(tag);
}

/**
 * True if at least one attribute of a match has a value.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { DataSet, element } from "../dicom/data_set.ts";
 * import { hasContent } from "./match_content.ts";
 *
 * assert(hasContent(new DataSet([element(0x0010_0020, ["P1"])])));
 * assert(!hasContent(new DataSet([element(0x0010_0020, [])])));
 * ```
 *
 * @param dataSet The data set.
 */
export function hasContent(dataSet: DataSet): boolean {
  for (const { tag, value, items } of dataSet.elements()) {
    if (!isContent(tag)) continue;
    if (items.length > 0 ? items.some(hasContent) : value.length > 0) return true;
  }
  return false;
}

/**
 * True if at least one attribute has a value of at least one byte.
 *
 * @param outline The outline of a data set.
 */
export function outlineHasContent(outline: Outline): boolean {
  for (let index = 1; index < outline.length; index++) {
    const { tag, vr, start, end } = outline.at(index);
    if (vr !== "SQ" && tag !== Tag.Item && end > start && isContent(tag)) return true;
  }
  return false;
}

/** Makes the error of a match that says nothing. */
export function saysNothing(): DicomDecodeError {
  return new DicomDecodeError("Identifier", "it has no attribute with a value", { offset: 0 });
}
