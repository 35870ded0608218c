/**
 * Single values in the DICOM JSON Model, PS3.18 section F.2.
 *
 * @module
 */
import { tagHex } from "../tag.ts";
import type { Vr } from "../vr.ts";

/**
 * Writes a value of text that is not empty: digits as sent for a decimal or integer string that is a number in JSON
 * too, an object for a person's name.
 */
export function stringValue(vr: Vr, text: string): string {
  if (vr === "PN") return nameValue(text);
  if (vr === "DS" && isJsonNumber(text)) return text;
  if (vr === "IS" && jsonInteger.test(text)) return text;
  return quote(text);
}

const mustBeEscaped = /["\\\p{Cc}\p{Cs}]/u;

/** Returns true if text can be copied into JSON: not empty, nothing to escape, no further component groups of a name. */
export function isPlain(vr: Vr, text: string): boolean {
  return text !== "" && !mustBeEscaped.test(text) && (vr !== "PN" || !text.includes("="));
}

/** Quotes text for JSON. */
function quote(text: string): string {
  return mustBeEscaped.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

const jsonInteger = /^-?(?:0|[1-9]\d{0,14})$/;
const hasExponent = /[eE]/;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Returns true if text is a number in JSON too, and one that a reader's 64-bit floating point holds. */
function isJsonNumber(text: string): boolean {
  if (!jsonNumber.test(text)) return false;
  if (text.length <= 15 && !hasExponent.test(text)) return true;
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

/** Writes a number: that of an AT is a tag. */
export function numberValue(vr: Vr, value: number): string {
  if (vr === "AT") return `"${tagHex(value)}"`;
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return `"${value}"`;
}

/** Writes a 64-bit integer; one beyond 2^53 is a string: readers' floating point would change it. */
export function bigintValue(value: bigint): string {
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) &&
    value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? String(value) : `"${value}"`;
}
