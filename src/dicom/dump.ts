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
import { decodeText, encodeText } from "./charset.ts";
import type { DataElement, DataSet } from "./data_set.ts";
import { lookupTag } from "./dictionary.ts";
import { itemLengths, sequenceLength, UNDEFINED_LENGTH } from "./sequence_length.ts";
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
  const lines = elementLines(dataSet, { indent: "", characterSet: [], isShortened });
  return lines.map((line) => `${prefix}${line}\n`).join("");
}

/** What an element's line depends on besides the element. */
interface Surroundings {
  readonly indent: string;
  /** The terms of the character set in force. */
  readonly characterSet: readonly string[];
  readonly isShortened: boolean;
}

function elementLines(dataSet: DataSet, around: Surroundings): string[] {
  const own = dataSet.characterSet;
  const inside = { ...around, characterSet: own.length > 0 ? own : around.characterSet };
  const lines: string[] = [];
  for (const element of dataSet.elements()) {
    const name = nameOf(element.tag, dataSet);
    if (element.vr !== "SQ") lines.push(plainLine(element, name, inside));
    else for (const line of sequenceLines(element, name, inside)) lines.push(line);
  }
  return lines;
}

function* sequenceLines(
  element: DataElement,
  name: string,
  around: Surroundings,
): Generator<string> {
  const { tag, items } = element;
  const { indent } = around;
  const length = sequenceLength(element);
  const lengths = itemLengths(element);
  const value = `(Sequence with ${kindOfLength(length)} length #=${items.length})`;
  yield formatLine({ indent, tag, vr: "SQ", value, length, multiplicity: 1, name });
  for (const [index, item] of items.entries()) {
    const itemLength = lengths[index] ?? UNDEFINED_LENGTH;
    yield itemLine(`${indent}  `, item, itemLength);
    yield* elementLines(item, { ...around, indent: `${indent}    ` });
    const why = itemLength === UNDEFINED_LENGTH ? "" : " for re-encoding";
    yield endLine(`${indent}  `, Tag.ItemDelimitationItem, "ItemDelimitationItem", why);
  }
  const why = length === UNDEFINED_LENGTH ? "" : " for re-encod.";
  yield endLine(indent, Tag.SequenceDelimitationItem, "SequenceDelimitationItem", why);
}

function itemLine(indent: string, item: DataSet, length: number): string {
  const value = `(Item with ${kindOfLength(length)} length #=${item.size})`;
  const name = "Item";
  return formatLine({ indent, tag: Tag.Item, vr: "na", value, length, multiplicity: 1, name });
}

function endLine(indent: string, tag: Tag, name: string, why: string): string {
  const value = `(${name}${why})`;
  return formatLine({ indent, tag, vr: "na", value, length: 0, multiplicity: 0, name });
}

const kindOfLength = (length: number): string =>
  length === UNDEFINED_LENGTH ? "undefined" : "explicit";

interface LineParts {
  readonly indent: string;
  readonly tag: Tag;
  readonly vr: string;
  readonly value: string;
  readonly length: number;
  readonly multiplicity: number;
  readonly name: string;
}

function formatLine({ indent, tag, vr, value, length, multiplicity, name }: LineParts): string {
  const size = length === UNDEFINED_LENGTH ? "u/l" : String(length).padStart(3);
  // DCMTK counts bytes, so that a dump of ours lies over one of its own.
  const width = isAscii(value) ? value.length : new TextEncoder().encode(value).length;
  const filled = value + " ".repeat(Math.max(0, VALUE_WIDTH - width));
  const values = String(multiplicity).padStart(2);
  return `${indent}${formatTag(tag)} ${vr} ${filled} # ${size},${values} ${name}`;
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

function nameOf(tag: Tag, dataSet: DataSet): string {
  if (isPrivateCreatorTag(tag)) return "PrivateCreator";
  // PS3.5 section 7.8.1: (gggg,bbee) belongs to who reserved block bb with (gggg,00bb)
  const creatorTag = ((tag & 0xffff_0000) >>> 0) + ((tag & 0xffff) >>> 8);
  const entry = lookupTag(tag, isPrivateTag(tag) ? dataSet.string(creatorTag) : undefined);
  if (entry === undefined) return "Unknown Tag & Data";
  const isGroupLength = (tag & 0xffff) === 0;
  return entry.retired && !isGroupLength ? `RETIRED_${entry.keyword}` : entry.keyword;
}

function plainLine(element: DataElement, name: string, around: Surroundings): string {
  const { tag, vr } = element;
  const { indent, characterSet, isShortened } = around;
  const text = isTextVr(vr) ? sentText(element) : undefined;
  const length = element.rawBytes?.length ?? madeLength(element, text ?? "", characterSet);
  const shown = text === undefined ? numbersShown(element) : textShown(vr, text);
  const isCut = isShortened && shown.length > SHORTENED_WIDTH;
  const value = isCut ? cut(shown, text !== undefined) : shown || "(no value available)";
  const multiplicity = multiplicityOf(element, text);
  return formatLine({ indent, tag, vr, value, length, multiplicity, name });
}

function multiplicityOf({ vr, value }: DataElement, text: string | undefined): number {
  if (value instanceof Uint8Array) return 1;
  if (text === "" || value.length === 0) return 0;
  if (text === undefined) return value.length;
  return vrRule(vr).multiple ? text.split("\\").length : 1;
}

/** Bytes and numbers are cut after a separator, text anywhere. */
function cut(shown: string, isText: boolean): string {
  const start = shown.slice(0, SHORTENED_WIDTH - 3);
  return `${isText ? start : start.slice(0, start.lastIndexOf("\\"))}...`;
}

/** The text of all values as it was sent, but for the padding at its end. */
function sentText(element: DataElement): string {
  const { place, vr } = element;
  const text = place !== undefined && usesCharacterSet(vr)
    ? decodeText(place.origin.encoded.bytes, place.start, place.end, place.origin.characterSet, vr)
    : place !== undefined
    ? place.origin.encoded.text.slice(place.start, place.end)
    : element.strings.join("\\");
  return text.replace(/[\0 ]+$/, "");
}

function textShown(vr: Vr, text: string): string {
  if (text === "") return "";
  const name = vr === "UI" ? nameOfUid(text) : undefined;
  return name === undefined ? `[${showControls(text)}]` : `=${name}`;
}

const unsafe = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/**
 * Replaces what a terminal or an editor would obey instead of showing: control characters by their symbols
 * (U+2400 to U+2421), C1 controls, line separators and those that turn text round by `<U+nnnn>`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { showControls } from "./dump.ts";
 *
 * assertEquals(showControls("A\x1b[31mB"), "A␛[31mB");
 * assertEquals(showControls("A\u202EB"), "A<U+202E>B");
 * ```
 *
 * @param text Text of a peer.
 * @returns The text, safe to print.
 */
export function showControls(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  }).toWellFormed();
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
