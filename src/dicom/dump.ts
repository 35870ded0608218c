/**
 * Data sets as text in the form of DCMTK's `dcmdump`, which people of the field read every day.
 *
 * Text is UTF-8. Where `dcmdump` would write a control character to the terminal its symbol stands instead (U+2400 to
 * U+2421, such as `␛`), and other characters that turn text round or break lines show as `<U+202E>`. The way back is
 * in `dump_parse.ts`.
 *
 * @module
 */

import { characterSetOf } from "./character_set.ts";
import { decodeText, encodeText } from "./text.ts";
import type { DataElement, DataSet } from "./data_set.ts";
import { type DictionaryEntry, lookupTag } from "./dictionary.ts";
import { itemLengths, sequenceLength, UNDEFINED_LENGTH } from "./sequence_length.ts";
import { showControls } from "./show_controls.ts";
import { formatTag, isPrivateCreatorTag, isPrivateTag, Tag } from "./tag.ts";
import { nameOfUid } from "./uid_names.ts";
import { isTextVr, usesCharacterSet, type Vr, vrRule } from "./vr.ts";

/** How a dump looks. */
export interface DumpOptions {
  /**
   * Cut values to 70 characters, as `dcmdump` does unless told otherwise; cut values cannot be read back.
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

const VALUE_WIDTH = 40;
const SHORTENED_WIDTH = 70;

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

function endLine(tag: Tag, name: string, why: string): string {
  const value = `(${name}${why})`;
  return flat(
    `${formatTag(tag)} na ${value}${makeTail(Math.min(value.length, VALUE_WIDTH), 0, 0, name)}`,
  );
}

function formatLine(
  indent: string,
  tag: Tag,
  vr: string,
  value: string,
  length: number,
  multiplicity: number,
  name: string,
): string {
  // DCMTK counts bytes, so that a dump of ours lies over one of its own.
  const bytes = isAscii(value) ? value.length : utf8.encode(value).length;
  const width = Math.min(bytes, VALUE_WIDTH);
  return indent + headOf(tag, vr) + value + tailOf(width, length, multiplicity, name);
}

/**
 * What stands before values and behind them is the same in thousands of lines: it is made once, since text in a
 * dozen small pieces takes longer to write than to find.
 */
const heads = new Map<string, Map<Tag, string>>();
const tails = new Map<string, Map<number, string>>();
let keptTails = 0;
const mostTails = 20_000;

function headOf(tag: Tag, vr: string): string {
  let ofVr = heads.get(vr);
  if (ofVr === undefined) heads.set(vr, ofVr = new Map());
  let head = ofVr.get(tag);
  if (head === undefined) ofVr.set(tag, head = flat(`${formatTag(tag)} ${vr} `));
  return head;
}

function tailOf(width: number, length: number, multiplicity: number, name: string): string {
  if (multiplicity > 9 || length > 0xffff) return makeTail(width, length, multiplicity, name);
  let ofName = tails.get(name);
  if (ofName === undefined) tails.set(name, ofName = new Map());
  const key = (length * 10 + multiplicity) * (VALUE_WIDTH + 1) + width;
  let tail = ofName.get(key);
  if (tail === undefined) {
    if (++keptTails > mostTails) {
      tails.clear();
      keptTails = 0;
    }
    ofName.set(key, tail = flat(makeTail(width, length, multiplicity, name)));
  }
  return tail;
}

function makeTail(width: number, length: number, multiplicity: number, name: string): string {
  const size = length === UNDEFINED_LENGTH ? "u/l" : String(length).padStart(3);
  const values = multiplicity < 10 ? ` ${multiplicity}` : multiplicity;
  return `${" ".repeat(VALUE_WIDTH - width)} # ${size},${values} ${name}\n`;
}

/** The same text in one piece. */
function flat(text: string): string {
  return [text].join("");
}

const utf8 = new TextEncoder();
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

function nameOf(tag: Tag, dataSet: DataSet): string {
  if (!isPrivateTag(tag)) return entryName(tag, lookupTag(tag));
  if (isPrivateCreatorTag(tag)) return "PrivateCreator";
  // PS3.5 section 7.8.1: (gggg,bbee) belongs to who reserved block bb with (gggg,00bb)
  const creatorTag = ((tag & 0xffff_0000) >>> 0) + ((tag & 0xffff) >>> 8);
  return entryName(tag, lookupTag(tag, dataSet.string(creatorTag)));
}

function entryName(tag: Tag, entry: DictionaryEntry | undefined): string {
  if (entry === undefined) return "Unknown Tag & Data";
  const isGroupLength = (tag & 0xffff) === 0;
  return entry.retired && !isGroupLength ? `RETIRED_${entry.keyword}` : entry.keyword;
}

function plainLine(element: DataElement, name: string, around: Surroundings): string {
  const { tag, vr, place } = element;
  const { indent, characterSet, isShortened } = around;
  const text = isTextVr(vr) ? sentText(element) : undefined;
  const length = place === undefined
    ? madeLength(element, text ?? "", characterSet)
    : place.end - place.start;
  const shown = text === undefined ? numbersShown(element) : textShown(vr, text);
  const isCut = isShortened && shown.length > SHORTENED_WIDTH;
  const value = isCut ? cut(shown, text !== undefined) : shown || "(no value available)";
  const multiplicity = text === undefined ? numberCount(element) : textCount(vr, text);
  return formatLine(indent, tag, vr, value, length, multiplicity, name);
}

function numberCount({ value }: DataElement): number {
  return value instanceof Uint8Array ? 1 : value.length;
}

function textCount(vr: Vr, text: string): number {
  if (text === "") return 0;
  return text.includes("\\") && vrRule(vr).multiple ? text.split("\\").length : 1;
}

/** Bytes and numbers are cut after a separator, text anywhere. */
function cut(shown: string, isText: boolean): string {
  const start = shown.slice(0, SHORTENED_WIDTH - 3);
  return `${isText ? start : start.slice(0, start.lastIndexOf("\\"))}...`;
}

/** What reads the same in every character set. */
const isUnambiguous = /^[ -[\]-}]*$/;

/** The text of all values as it was sent, but for the padding at its end. */
function sentText(element: DataElement): string {
  const { vr, place } = element;
  if (place === undefined) return element.strings.join("\\");
  const { encoded } = place.origin;
  let { end } = place;
  while (end > place.start && isPadding(encoded.bytes[end - 1])) end--;
  const text = encoded.text.slice(place.start, end);
  if (isUnambiguous.test(text) || !usesCharacterSet(vr)) return text;
  return decodeText(encoded.bytes, place.start, end, place.origin.characterSet, vr);
}

const isPadding = (byte: number | undefined): boolean => byte === 0x20 || byte === 0;

function textShown(vr: Vr, text: string): string {
  if (text === "") return "";
  const name = vr === "UI" ? nameOfUid(text) : undefined;
  return name === undefined ? `[${showControls(text)}]` : `=${name}`;
}

/** How long a value would be that was not decoded from anywhere. */
function madeLength(element: DataElement, text: string, characterSet: readonly string[]): number {
  const { vr, value } = element;
  const rule = vrRule(vr);
  let length = value.length * (rule.kind === "tag" ? 4 : rule.size);
  if (value instanceof Uint8Array) length = value.length;
  else if (rule.kind === "text") length = textLength(text, vr, characterSet);
  return length + length % 2;
}

function textLength(text: string, vr: Vr, characterSet: readonly string[]): number {
  try {
    return encodeText(text, characterSetOf(characterSet), vr).length;
  } catch {
    return new TextEncoder().encode(text).length;
  }
}

function numbersShown({ vr, value }: DataElement): string {
  if (!(value instanceof Uint8Array)) {
    const numbers: readonly unknown[] = value;
    return numbers.map((each) => numberShown(vr, each)).join("\\");
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const { size } = vrRule(vr);
  const words: string[] = [];
  for (let at = 0; at + size <= value.length; at += size) words.push(wordShown(vr, view, at));
  return words.join("\\");
}

function wordShown(vr: Vr, view: DataView, at: number): string {
  switch (vr) {
    case "OW":
      return hex(view.getUint16(at, true), 4);
    case "OF":
      return numberShown("FL", view.getFloat32(at, true));
    case "OD":
      return numberShown("FD", view.getFloat64(at, true));
    case "OL":
      return String(view.getUint32(at, true));
    case "OV":
      return String(view.getBigUint64(at, true));
    default:
      return hex(view.getUint8(at), 2);
  }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function numberShown(vr: Vr, value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (vr === "AT") return formatTag(value);
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace("infinity", "inf");
  if (vr === "FL") return cNumber(Number(value.toPrecision(9)));
  return cNumber(value);
}

/** Exponents as C writes them: of two digits at least. */
function cNumber(value: number): string {
  const magnitude = Math.abs(value);
  const text = magnitude !== 0 && magnitude < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
