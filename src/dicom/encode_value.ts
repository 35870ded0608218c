/**
 * The values of data elements into bytes (PS3.5 sections 6.2 to 6.4 and 7.3).
 *
 * @module
 */
import type { CharacterSet } from "./text/character_set.ts";
import { encodeText } from "./text/text.ts";
import type { DataElement } from "./data_set.ts";
import { formatTag } from "./tag.ts";
import { swapWords } from "./value.ts";
import { type VrRule, vrRule } from "./vr.ts";

/**
 * Encodes the value of an element that is not a sequence, without padding.
 *
 * @param element The element.
 * @param littleEndian The order of bytes in units of 16 bits and more.
 * @param characterSet The character set of text.
 * @returns The bytes.
 * @throws {RangeError} If a character is not in the character set; names the tag, never the value.
 */
export function encodeValue(
  element: DataElement,
  littleEndian: boolean,
  characterSet: CharacterSet,
): Uint8Array {
  const rule = vrRule(element.vr);
  if (rule.kind === "text") return encodeStrings(element, rule, characterSet);
  const { value } = element;
  if (value instanceof Uint8Array) {
    if (littleEndian) return value;
    return swapWords(value, rule.size);
  }
  return encodeNumbers(element, rule, littleEndian);
}

function encodeNumbers(element: DataElement, rule: VrRule, little: boolean): Uint8Array {
  const unit = rule.kind === "tag" ? 4 : rule.size;
  const bytes = new Uint8Array(unit * element.value.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of element.value) {
    if (typeof value === "bigint") view.setBigUint64(at, BigInt.asUintN(64, value), little);
    else if (typeof value === "number") setNumber(view, at, element, value, little);
    at += unit;
  }
  return bytes;
}

function setNumber(
  view: DataView,
  at: number,
  { vr }: DataElement,
  value: number,
  little: boolean,
): void {
  switch (vr) {
    case "AT":
      view.setUint16(at, value >>> 16, little);
      view.setUint16(at + 2, value & 0xFFFF, little);
      break;
    case "US":
    case "SS":
      view.setUint16(at, value, little);
      break;
    case "UL":
    case "SL":
      view.setUint32(at, value, little);
      break;
    case "FL":
      view.setFloat32(at, value, little);
      break;
    case "FD":
      view.setFloat64(at, value, little);
      break;
  }
}

function encodeStrings(
  element: DataElement,
  rule: VrRule,
  characterSet: CharacterSet,
): Uint8Array {
  const received = receivedText(element, rule, characterSet);
  if (received !== undefined) return received;
  const text = element.strings.join("\\");
  try {
    return rule.characterSet ? encodeText(text, characterSet, element.vr) : encodeLatin1(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const set = rule.characterSet ? characterSet.terms.join("\\") || "ASCII" : "ASCII";
    const message = `Cannot encode ${formatTag(element.tag)} as ${set} lacks one of its characters`;
    throw new RangeError(message, { cause });
  }
}

/** The text as it was received, without padding, if it may be written so. */
function receivedText(
  element: DataElement,
  rule: VrRule,
  characterSet: CharacterSet,
): Uint8Array | undefined {
  const { place } = element;
  if (place === undefined) return undefined;
  if (rule.characterSet && !haveSameTerms(place.origin.characterSet, characterSet)) {
    return undefined;
  }
  const { bytes } = place.origin.encoded;
  let { end } = place;
  while (end > place.start && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--;
  const text = bytes.subarray(place.start, end);
  return text.includes(0) ? undefined : text;
}

function haveSameTerms(a: CharacterSet, b: CharacterSet): boolean {
  return a === b || a.terms.join("\\") === b.terms.join("\\");
}

/** Text of VRs that only have ASCII. What peers sent in them beyond it was decoded as Latin-1. */
function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xFF) throw new RangeError(`Cannot write the character at index ${at} as one byte`);
    bytes[at] = code;
  }
  return bytes;
}
