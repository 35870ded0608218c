/**
 * Values as a dump shows them, with the length and the number of values that stand beside.
 *
 * @module
 */

import { characterSetOf } from "../text/character_set.ts";
import type { DataElement } from "../data_set.ts";
import { joinRuns } from "../../base/join_runs.ts";
import { showControls } from "../text/show_controls.ts";
import { formatTag } from "../tag.ts";
import { decodeText, encodeText } from "../text/text.ts";
import { nameOfUid } from "../dictionary/uid_names.ts";
import { isPadding, warnOfCharacters } from "../value.ts";
import { isTextVr, usesCharacterSet, type Vr, vrRule } from "../vr.ts";

const SHORTENED_WIDTH = 70;

/** The text of a value in a dump. */
export interface ShownValue {
  /** The value: text in brackets, the name of a UID, numbers, bytes. */
  readonly text: string;
  /** Its length in bytes, padding included. */
  readonly length: number;
  readonly multiplicity: number;
}

/**
 * Shows the value of an element that is no sequence.
 *
 * @param element The element.
 * @param characterSet The terms of the character set in force, for the length of text of our own.
 * @param isShortened True to cut it to 70 characters.
 * @returns Its text in a dump.
 */
export function showValue(
  element: DataElement,
  characterSet: readonly string[],
  isShortened: boolean,
): ShownValue {
  const { vr, place } = element;
  const sent = isTextVr(vr) ? sentText(element) : undefined;
  const length = place === undefined
    ? madeLength(element, sent ?? "", characterSet)
    : place.end - place.start;
  const shown = sent === undefined
    ? numbersShown(element, isShortened)
    : textShown(vr, isShortened ? sent.slice(0, SHORTENED_WIDTH) : sent);
  const isCut = isShortened && shown.length > SHORTENED_WIDTH;
  const text = isCut ? cut(shown, sent !== undefined) : shown || "(no value available)";
  const multiplicity = sent === undefined ? numberCount(element) : textCount(vr, sent);
  return { text, length, multiplicity };
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

/** Text that reads the same in every character set. */
const isUnambiguous = /^[ -[\]-}]*$/;

/** The text of all values as it was sent, but for the padding at its end. */
function sentText(element: DataElement): string {
  const { tag, vr, place } = element;
  if (place === undefined) return element.strings.join("\\");
  const { encoded } = place.origin;
  let { end } = place;
  while (end > place.start && isPadding(encoded.bytes[end - 1])) end--;
  const text = encoded.text.slice(place.start, end);
  if (isUnambiguous.test(text) || !usesCharacterSet(vr)) return text;
  const onUnknown = warnOfCharacters(encoded, place.start, tag);
  return decodeText(encoded.bytes, place.start, end, place.origin.characterSet, vr, onUnknown);
}

function textShown(vr: Vr, text: string): string {
  if (text === "") return "";
  const name = vr === "UI" ? nameOfUid(text) : undefined;
  return name === undefined ? `[${showControls(text)}]` : `=${name}`;
}

/** The encoded length of a value that was not decoded from anywhere. */
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

function numbersShown({ vr, value }: DataElement, isShortened: boolean): string {
  const join = (count: number, textAt: (index: number) => string): string =>
    // Each number has a digit at least: more of them are cut anyway.
    joinRuns(isShortened ? Math.min(count, SHORTENED_WIDTH) : count, textAt, "\\");
  if (!(value instanceof Uint8Array)) {
    return join(value.length, (index) => numberShown(vr, value[index]));
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const { size } = vrRule(vr);
  return join(Math.floor(value.length / size), (index) => wordShown(vr, view, index * size));
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
