/**
 * Encodes stored items, from which answers are cut, and answers in the character set of the station.
 *
 * PS3.4 section K.4.1.3 and PS3.3 section C.12.1.1.2.
 *
 * @module
 */
import { type DataSet, element } from "../dicom/data_set.ts";
import { encodeDataSet } from "../dicom/encode.ts";
import { parseJson } from "../dicom/json/json_decode.ts";
import { Tag } from "../dicom/tag.ts";
import { characterSetOf } from "../dicom/text/character_set.ts";
import { chooseCharacterSet } from "../dicom/text/text.ts";
import { TransferSyntax } from "../dicom/uid.ts";
import { usesCharacterSet } from "../dicom/vr.ts";
import type { Item } from "../worklist/journal/journal.ts";

/** The transfer syntax of encoded items. */
export const keptSyntax: string = TransferSyntax.ExplicitVrLittleEndian;

/**
 * Encodes a stored item in the character set in which its peer sent it, or in one that has its characters.
 *
 * @param item The item.
 * @returns The bytes, in {@linkcode keptSyntax}.
 * @throws {SyntaxError} If the stored item cannot be read.
 * @throws {RangeError} If a value cannot be encoded at all.
 */
export function encodeItem(item: Pick<Item, "json" | "characterSet">): Uint8Array {
  const dataSet = parseJson(item.json);
  forgetNestedCharacterSets(dataSet);
  const own = item.characterSet?.split("\\") ?? [];
  try {
    return encodeIn(dataSet, own, keptSyntax);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return encodeIn(dataSet, chooseCharacterSet(textsIn(dataSet)), keptSyntax);
  }
}

/**
 * Encodes the returned part of an item. Its character set is the item's own, unless the station names another
 * one that has all characters.
 *
 * @param selected The returned part.
 * @param own The terms of the item's character set.
 * @param asked The terms that the station names; empty: that of the item is used.
 * @param transferSyntaxUid The transfer syntax.
 * @throws {RangeError} If a value cannot be encoded in the item's own character set.
 */
export function encodeAnswer(
  selected: DataSet,
  own: readonly string[],
  asked: readonly string[],
  transferSyntaxUid: string,
): Uint8Array {
  if (asked.length > 0 && asked.join() !== own.join() && hasOtherThanAscii(selected, own)) {
    try {
      return encodeIn(selected, asked, transferSyntaxUid);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return encodeIn(selected, own, transferSyntaxUid);
}

/**
 * Reads the character set that a station names.
 *
 * @param identifier The Identifier of the station.
 * @returns The terms in the spelling of the standard; empty if the station names none that is known.
 */
export function askedCharacterSet(identifier: DataSet): readonly string[] {
  const terms = identifier.strings(Tag.SpecificCharacterSet);
  if (terms.every((term) => term.trim() === "")) return [];
  const { terms: known, problems } = characterSetOf(terms);
  return problems.some((problem) => problem.includes("not a known term")) ? [] : known;
}

function encodeIn(
  dataSet: DataSet,
  terms: readonly string[],
  transferSyntaxUid: string,
): Uint8Array {
  if (terms.length === 0) dataSet.delete(Tag.SpecificCharacterSet);
  else dataSet.set(element(Tag.SpecificCharacterSet, terms));
  return encodeDataSet(dataSet, transferSyntaxUid);
}

/** Removes character sets from items, because items are written in the character set of the whole data set. */
function forgetNestedCharacterSets(dataSet: DataSet): void {
  for (const { items } of dataSet.elements()) {
    for (const item of items) {
      item.delete(Tag.SpecificCharacterSet);
      forgetNestedCharacterSets(item);
    }
  }
}

function* textsIn(dataSet: DataSet): Generator<string> {
  for (const each of dataSet.elements()) {
    if (usesCharacterSet(each.vr)) yield each.strings.join("\\");
    for (const item of each.items) yield* textsIn(item);
  }
}

function hasOtherThanAscii(dataSet: DataSet, own: readonly string[]): boolean {
  // In ISO_IR 13 two ASCII codes are other characters.
  const isAsciiPlain = !own.some((term) => /13$/.test(term));
  for (const text of textsIn(dataSet)) {
    if (/[^\0-\x7f]/.test(text) || (!isAsciiPlain && text !== "")) return true;
  }
  return false;
}
