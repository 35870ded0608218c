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
import { formatTag, isPrivateCreatorTag, Tag } from "./tag.ts";
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
  const lines: string[] = [];
  writeElements(dataSet, dataSet.characterSet, "", options, lines);
  return lines.map((line) => `${options.prefix ?? ""}${line}\n`).join("");
}

function writeElements(
  dataSet: DataSet,
  characterSet: readonly string[],
  indent: string,
  options: DumpOptions,
  lines: string[],
): void {
  for (const element of dataSet.elements()) {
    if (element.vr === "SQ") writeSequence(element, characterSet, indent, options, lines);
    else lines.push(plainLine(element, characterSet, indent, options));
  }
}

function writeSequence(
  element: DataElement,
  characterSet: readonly string[],
  indent: string,
  options: DumpOptions,
  lines: string[],
): void {
  const { tag, items } = element;
  const length = sequenceLength(element);
  const lengths = itemLengths(element);
  const kind = kindOfLength(length);
  lines.push(
    line(indent, tag, "SQ", `(Sequence with ${kind} length #=${items.length})`, length, 1),
  );
  for (const [index, item] of items.entries()) {
    const itemLength = lengths[index] ?? UNDEFINED_LENGTH;
    const text = `(Item with ${kindOfLength(itemLength)} length #=${item.size})`;
    lines.push(line(`${indent}  `, Tag.Item, "na", text, itemLength, 1));
    const own = item.characterSet.length > 0 ? item.characterSet : characterSet;
    writeElements(item, own, `${indent}    `, options, lines);
    const end = itemLength === UNDEFINED_LENGTH ? "" : " for re-encoding";
    lines.push(
      line(`${indent}  `, Tag.ItemDelimitationItem, "na", `(ItemDelimitationItem${end})`, 0, 0),
    );
  }
  const end = length === UNDEFINED_LENGTH ? "" : " for re-encod.";
  lines.push(
    line(
      indent,
      Tag.SequenceDelimitationItem,
      "na",
      `(SequenceDelimitationItem${end})`,
      0,
      0,
    ),
  );
}

const kindOfLength = (length: number): string =>
  length === UNDEFINED_LENGTH ? "undefined" : "explicit";

function line(
  indent: string,
  tag: Tag,
  vr: string,
  text: string,
  length: number,
  multiplicity: number,
): string {
  const size = length === UNDEFINED_LENGTH ? "u/l" : String(length).padStart(3);
  // DCMTK counts bytes, so that a dump of ours lies over one of its own.
  const width = isAscii(text) ? text.length : new TextEncoder().encode(text).length;
  const filled = text + " ".repeat(Math.max(0, VALUE_WIDTH - width));
  return `${indent}${formatTag(tag)} ${vr} ${filled} # ${size}, ${multiplicity} ${nameOf(tag)}`;
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

function nameOf(tag: Tag): string {
  switch (tag) {
    case Tag.Item:
      return "Item";
    case Tag.ItemDelimitationItem:
      return "ItemDelimitationItem";
    case Tag.SequenceDelimitationItem:
      return "SequenceDelimitationItem";
  }
  if (isPrivateCreatorTag(tag)) return "PrivateCreator";
  const entry = lookupTag(tag);
  if (entry === undefined) return "Unknown Tag & Data";
  return entry.retired ? `RETIRED_${entry.keyword}` : entry.keyword;
}

function plainLine(
  element: DataElement,
  characterSet: readonly string[],
  indent: string,
  options: DumpOptions,
): string {
  const { tag, vr } = element;
  const text = isTextVr(vr) ? sentText(element) : undefined;
  const length = element.rawBytes?.length ?? madeLength(element, text ?? "", characterSet);
  const [shown, multiplicity] = text === undefined
    ? numbersOrBytes(element)
    : [textShown(vr, text), text === "" ? 0 : vrRule(vr).multiple ? text.split("\\").length : 1];
  if (shown === "") return line(indent, tag, vr, "(no value available)", length, multiplicity);
  const isCut = options.isShortened === true && shown.length > SHORTENED_WIDTH;
  return line(
    indent,
    tag,
    vr,
    isCut ? cut(shown, text !== undefined) : shown,
    length,
    multiplicity,
  );
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

function numbersOrBytes(element: DataElement): [string, number] {
  const { vr, value } = element;
  if (!(value instanceof Uint8Array)) {
    const numbers: readonly unknown[] = value;
    return [numbers.map((each) => numberShown(vr, each)).join("\\"), value.length];
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const size = vrRule(vr).size;
  const shown: string[] = [];
  for (let at = 0; at + size <= value.length; at += size) shown.push(wordShown(vr, view, at));
  return [shown.join("\\"), value.length === 0 ? 0 : 1];
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
