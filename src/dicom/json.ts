/**
 * Data sets as text in the DICOM JSON Model, PS3.18 Annex F.
 *
 * The text is written straight from the elements, ascending by tag: this is the daemon's hot path.
 * What a peer sent is kept: a decimal or integer string is a JSON number with the digits as sent,
 * and a string where JSON has no such number. The way back is in `json_decode.ts`.
 *
 * @module
 */

import type { DataElement, DataSet, Value } from "./data_set.ts";
import { joinRuns } from "./join_runs.ts";
import { inOnePiece } from "./one_piece.ts";
import { Tag, tagHex } from "./tag.ts";
import type { Vr } from "./vr.ts";

/**
 * A data set in the DICOM JSON Model: attributes by their tag as eight upper case hexadecimal
 * digits.
 */
export type DicomJson = { [tag: string]: DicomJsonElement };

/**
 * An attribute in the DICOM JSON Model; without a value if it has neither `Value` nor
 * `InlineBinary`.
 */
export interface DicomJsonElement {
  vr: string;
  Value?: (string | number | null | DicomJsonName | DicomJson)[];
  InlineBinary?: string;
  BulkDataURI?: string;
}

/** The component groups of a person's name; empty ones are left out. */
export interface DicomJsonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

/**
 * Writes a data set as text in the DICOM JSON Model.
 *
 * PS3.18 Annex F. Attributes ascend by tag; group lengths are left out; Specific Character Set,
 * where there is one, is `ISO_IR 192`. There is no white space and no line break in the text, and
 * no lone surrogate.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "./data_set.ts";
 * import { encodeJson } from "./json.ts";
 *
 * const dataSet = new DataSet([element(0x00100010, ["Doe^Jane"])]);
 * assertEquals(
 *   encodeJson(dataSet),
 *   '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^Jane"}]}}',
 * );
 * ```
 *
 * @param dataSet The data set.
 * @returns JSON text.
 */
export function encodeJson(dataSet: DataSet): string {
  // In pieces, ten thousand data sets cost the garbage collector four times as much as all the rest here.
  return inOnePiece(jsonOf(dataSet));
}

function jsonOf(dataSet: DataSet): string {
  let json = "";
  for (const element of dataSet.elements()) {
    if ((element.tag & 0xffff) === 0) continue;
    json += json === "" ? `{${attribute(element).slice(1)}` : attribute(element);
  }
  return json === "" ? "{}" : json + "}";
}

/** The texts of an attribute that do not depend on its value; few pieces are put together faster than many. */
interface Frame {
  readonly vr: Vr;
  /** All of it where there is no value: `,"00100010":{"vr":"PN"}`. */
  readonly empty: string;
  /** What stands before the values: `,"00100010":{"vr":"PN","Value":[`. */
  readonly opening: string;
  /** What stands before and behind the characters of a value that is the only one. */
  readonly lone: readonly [before: string, behind: string] | undefined;
}

/** Peers decide which tags there are: what is kept of them is bounded. */
const FRAMES_LIMIT = 4096;
const frames = new Map<Tag, Frame>();

function frameOf(tag: Tag, vr: Vr): Frame {
  const kept = frames.get(tag);
  if (kept?.vr === vr) return kept;
  const start = `,"${tagHex(tag)}":{"vr":"${vr}"`;
  const opening = inOnePiece(`${start},"Value":[`);
  const frame = { vr, empty: inOnePiece(`${start}}`), opening, lone: loneOf(vr, opening) };
  if (frames.size >= FRAMES_LIMIT) frames.clear();
  frames.set(tag, frame);
  return frame;
}

/** Numbers are not text in JSON. */
function loneOf(vr: Vr, opening: string): Frame["lone"] {
  if (vr === "DS" || vr === "IS") return undefined;
  const [before, behind] = vr === "PN" ? ['{"Alphabetic":"', '"}]}'] : ['"', '"]}'];
  return [inOnePiece(opening + before), behind];
}

/** The text of an attribute, comma first. */
function attribute(element: DataElement): string {
  const { tag, vr, value } = element;
  const { empty, opening, lone } = frameOf(tag, vr);
  if (value.length === 0) return empty;
  if (value instanceof Uint8Array) {
    return `${empty.slice(0, -1)},"InlineBinary":"${value.toBase64()}"}`;
  }
  if (tag === Tag.SpecificCharacterSet) return `${opening}"ISO_IR 192"]}`;
  const [text] = value;
  // Most attributes: the fewest pieces.
  if (lone && value.length === 1 && typeof text === "string" && isPlain(vr, text)) {
    return lone[0] + text + lone[1];
  }
  if (value.length > FEW) return `${opening}${manyValues(vr, value)}]}`;
  // In line what valueText() does: a quarter of the time of a whole data set hangs on it.
  let json = opening;
  for (let index = 0; index < value.length; index++) {
    if (index > 0) json += ",";
    const each = value[index];
    if (typeof each === "string") json += each === "" ? "null" : stringValue(vr, each);
    else if (typeof each === "number") json += numberValue(vr, each);
    else if (typeof each === "bigint") json += bigintValue(each);
    else if (each !== undefined) json += jsonOf(each);
  }
  return json + "]}";
}

/** So many values are put together one by one. */
const FEW = 100;

function manyValues(vr: Vr, values: Exclude<Value, Uint8Array>): string {
  return joinRuns(values.length, (index) => valueText(vr, values[index]), ",");
}

function valueText(vr: Vr, value: string | number | bigint | DataSet | undefined): string {
  if (typeof value === "string") return value === "" ? "null" : stringValue(vr, value);
  if (typeof value === "number") return numberValue(vr, value);
  if (typeof value === "bigint") return bigintValue(value);
  return value === undefined ? "null" : encodeJson(value);
}

function stringValue(vr: Vr, text: string): string {
  if (vr === "PN") return nameValue(text);
  if (vr === "DS" && isJsonNumber(text)) return text;
  if (vr === "IS" && jsonInteger.test(text)) return text;
  return quote(text);
}

const mustBeEscaped = /["\\\p{Cc}\p{Cs}]/u;

/** Whether text stands in JSON as it is: not empty, nothing to escape, no other component groups of a name. */
function isPlain(vr: Vr, text: string): boolean {
  return text !== "" && !mustBeEscaped.test(text) && (vr !== "PN" || !text.includes("="));
}

/** Quotes text for JSON. */
function quote(text: string): string {
  return mustBeEscaped.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

const jsonInteger = /^-?(?:0|[1-9]\d{0,14})$/;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether text is a number in JSON too, and one that a reader's 64-bit floating point holds. */
function isJsonNumber(text: string): boolean {
  if (!jsonNumber.test(text)) return false;
  const significand = text.replace(/[eE].*/, "").replace(/[-.]/g, "").replace(/^0+/, "");
  if (significand.length > 15) return false;
  const number = Number(text);
  return Number.isFinite(number) && (number !== 0 || significand === "");
}

/** PS3.18 section F.2.2: component groups that are empty are left out. */
function nameValue(text: string): string {
  const first = text.indexOf("=");
  if (first < 0) return `{"Alphabetic":${quote(text)}}`;
  const second = text.indexOf("=", first + 1);
  const ideographic = text.slice(first + 1, second < 0 ? text.length : second);
  const phonetic = second < 0 ? "" : text.slice(second + 1).replace(/=+$/, "");
  let groups = first === 0 ? "" : `,"Alphabetic":${quote(text.slice(0, first))}`;
  if (ideographic !== "") groups += `,"Ideographic":${quote(ideographic)}`;
  if (phonetic !== "") groups += `,"Phonetic":${quote(phonetic)}`;
  return groups === "" ? "null" : `{${groups.slice(1)}}`;
}

function numberValue(vr: Vr, value: number): string {
  if (vr === "AT") return `"${tagHex(value)}"`;
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return `"${value}"`;
}

/** A number beyond 2^53 is a string: readers' floating point would change it. */
function bigintValue(value: bigint): string {
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) &&
    value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? String(value) : `"${value}"`;
}
