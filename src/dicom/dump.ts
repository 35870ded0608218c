/**
 * Data sets as text in the form of DCMTK's `dcmdump`, which people of the field read every day.
 *
 * Text is UTF-8. Where `dcmdump` would write a control character to the terminal its symbol stands
 * instead (U+2400 to U+2421, such as `␛`), and other characters that turn text round or break lines
 * show as `<U+202E>`. The way back is in `dump_parse.ts`.
 *
 * @module
 */

import type { DataElement, DataSet } from "./data_set.ts";
import { type DictionaryEntry, lookupTag } from "./dictionary.ts";
import { endLine, formatLine } from "./dump_line.ts";
import { showValue } from "./dump_value.ts";
import { itemLengths, sequenceLength, UNDEFINED_LENGTH } from "./sequence_length.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, Tag } from "./tag.ts";

/** How a dump looks. */
export interface DumpOptions {
  /**
   * Cut values to 70 characters, as `dcmdump` does unless told otherwise; cut values cannot be read
   * back.
   *
   * @default {false}
   */
  readonly isShortened?: boolean;
  /**
   * Put before each line.
   *
   * @default {""}
   */
  readonly prefix?: string;
}

/**
 * Writes a data set as text, an element a line, items indented.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "./data_set.ts";
 * import { dumpDataSet } from "./dump.ts";
 *
 * assertEquals(
 *   dumpDataSet(new DataSet([element(0x00100010, ["DOE^JANE"])])),
 *   "(0010,0010) PN [DOE^JANE]                               #   8, 1 PatientName\n",
 * );
 * ```
 *
 * @param dataSet The data set.
 * @param options How it looks.
 * @returns The lines, each with a line feed; nothing for an empty data set.
 */
export function dumpDataSet(dataSet: DataSet, options: DumpOptions = {}): string {
  const { prefix = "", isShortened = false } = options;
  return elementLines(dataSet, { indent: prefix, characterSet: [], isShortened });
}

/** What an element's line depends on besides the element. */
interface Surroundings {
  /** What each line begins with. */
  readonly indent: string;
  /** The terms of the character set in force. */
  readonly characterSet: readonly string[];
  readonly isShortened: boolean;
}

function elementLines(dataSet: DataSet, around: Surroundings): string {
  const own = dataSet.characterSet;
  const inside = own.length > 0 ? { ...around, characterSet: own } : around;
  let lines = "";
  for (const element of dataSet.elements()) {
    const name = nameOf(element.tag, dataSet);
    lines += element.vr === "SQ"
      ? sequenceLines(element, name, inside)
      : plainLine(element, name, inside);
  }
  return lines;
}

function sequenceLines(element: DataElement, name: string, around: Surroundings): string {
  const { tag, items } = element;
  const { indent } = around;
  const length = sequenceLength(element);
  const lengths = itemLengths(element);
  const inside = { ...around, indent: `${indent}    ` };
  const value = `(Sequence with ${kindOfLength(length)} length #=${items.length})`;
  let lines = formatLine(indent, tag, "SQ", value, length, 1, name);
  for (const [index, item] of items.entries()) {
    const itemLength = lengths[index] ?? UNDEFINED_LENGTH;
    const opening = `(Item with ${kindOfLength(itemLength)} length #=${item.size})`;
    lines += formatLine(`${indent}  `, Tag.Item, "na", opening, itemLength, 1, "Item") +
      elementLines(item, inside) + `${indent}  ` + itemEnds[kindOfLength(itemLength)];
  }
  return lines + indent + sequenceEnds[kindOfLength(length)];
}

const kindOfLength = (length: number): "undefined" | "explicit" =>
  length === UNDEFINED_LENGTH ? "undefined" : "explicit";

const itemEnds = {
  undefined: endLine(Tag.ItemDelimitationItem, "ItemDelimitationItem", ""),
  explicit: endLine(Tag.ItemDelimitationItem, "ItemDelimitationItem", " for re-encoding"),
} as const;

const sequenceEnds = {
  undefined: endLine(Tag.SequenceDelimitationItem, "SequenceDelimitationItem", ""),
  explicit: endLine(Tag.SequenceDelimitationItem, "SequenceDelimitationItem", " for re-encod."),
} as const;

function nameOf(tag: Tag, dataSet: DataSet): string {
  if (!isPrivateTag(tag)) return entryName(tag, lookupTag(tag));
  if (isPrivateCreatorTag(tag)) return "PrivateCreator";
  return entryName(tag, lookupTag(tag, dataSet.string(privateCreatorTagOf(tag))));
}

function entryName(tag: Tag, entry: DictionaryEntry | undefined): string {
  if (entry === undefined) return "Unknown Tag & Data";
  const isGroupLength = (tag & 0xffff) === 0;
  return entry.retired && !isGroupLength ? `RETIRED_${entry.keyword}` : entry.keyword;
}

function plainLine(element: DataElement, name: string, around: Surroundings): string {
  const { tag, vr } = element;
  const { indent, characterSet, isShortened } = around;
  const { text, length, multiplicity } = showValue(element, characterSet, isShortened);
  return formatLine(indent, tag, vr, text, length, multiplicity, name);
}
