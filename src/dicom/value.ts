/**
 * The values of data elements out of their bytes (PS3.5 sections 6.2 to 6.4 and 7.3).
 *
 * @module
 */
import { decodeText } from "./text/text.ts";
import type { EncodedBytes, Origin, PlainValue } from "./origin.ts";
import { type Vr, type VrRule, vrRule } from "./vr.ts";

const space = 0x20;
const backslash = 0x5C;
const escape = 0x1B;
const empty: readonly string[] = [];

/**
 * Decodes the value of an element that is not a sequence.
 *
 * Never fails: what does not fit the VR is read as far as it does, and reported to the origin.
 *
 * @param tag The element's tag, for warnings.
 * @param vr Its VR.
 * @param origin The origin of its bytes.
 * @param start Offset of its value's first byte.
 * @param end Offset after its last byte.
 * @returns Strings without padding, numbers, or bytes with 16-bit and longer units in Little Endian order; nothing in
 * them if the value is empty or padding only.
 */
export function decodeValue(
  tag: number,
  vr: Vr,
  origin: Origin,
  start: number,
  end: number,
): PlainValue {
  const rule = vrRule(vr);
  if (rule.kind === "text") return decodeStrings(tag, vr, rule, origin, start, end);
  const bytes = origin.encoded.bytes.subarray(start, end);
  if (rule.kind === "bytes") return origin.littleEndian ? bytes : swapWords(bytes, rule.size);
  const unit = rule.kind === "tag" ? 4 : rule.size;
  if (bytes.length % unit !== 0) {
    const message = `the length ${bytes.length} is no multiple of the ${unit} bytes of a ${vr}`;
    origin.encoded.warn?.({ kind: "padding", message, offset: start, tag });
  }
  const count = Math.floor(bytes.length / unit);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return decodeNumbers(vr, view, count, origin.littleEndian);
}

function decodeNumbers(vr: Vr, view: DataView, count: number, little: boolean): PlainValue {
  switch (vr) {
    case "AT":
      return numbersOf(
        count,
        (i) => view.getUint16(4 * i, little) * 0x1_0000 + view.getUint16(4 * i + 2, little),
      );
    case "US":
      return numbersOf(count, (i) => view.getUint16(2 * i, little));
    case "SS":
      return numbersOf(count, (i) => view.getInt16(2 * i, little));
    case "UL":
      return numbersOf(count, (i) => view.getUint32(4 * i, little));
    case "SL":
      return numbersOf(count, (i) => view.getInt32(4 * i, little));
    case "FL":
      return numbersOf(count, (i) => view.getFloat32(4 * i, little));
    case "FD":
      return numbersOf(count, (i) => view.getFloat64(8 * i, little));
    case "UV":
      return numbersOf(count, (i) => view.getBigUint64(8 * i, little));
    case "SV":
      return numbersOf(count, (i) => view.getBigInt64(8 * i, little));
    default:
      return empty;
  }
}

/** Room for all is made at once: an array that grows takes more memory, and millions are possible. */
function numbersOf<T>(count: number, numberAt: (index: number) => T): T[] {
  const numbers = new Array<T>(count);
  for (let index = 0; index < count; index++) numbers[index] = numberAt(index);
  return numbers;
}

/**
 * Copies bytes with each word turned round, as between Big and Little Endian; a rest that is no whole word
 * stays as it is.
 *
 * @param bytes The bytes.
 * @param size Bytes of a word.
 * @returns A copy, or the bytes themselves if units are single bytes.
 */
export function swapWords(bytes: Uint8Array, size: number): Uint8Array {
  if (size === 1) return bytes;
  const swapped = new Uint8Array(bytes);
  for (let at = 0; at + size <= swapped.length; at += size) {
    swapped.subarray(at, at + size).reverse();
  }
  return swapped;
}

/**
 * Makes the function that warns of characters of a value that cannot be decoded.
 *
 * @param encoded The bytes that the value is part of.
 * @param offset The offset of its first byte.
 * @param tag The element.
 * @returns The function that takes their number.
 */
export function warnOfCharacters(
  encoded: EncodedBytes,
  offset: number,
  tag: number,
): (count: number) => void {
  return (count) => {
    const message = `${count} characters are not in the character set`;
    encoded.warn?.({ kind: "character", message, offset, tag });
  };
}

function decodeStrings(
  tag: number,
  vr: Vr,
  rule: VrRule,
  origin: Origin,
  start: number,
  end: number,
): readonly string[] {
  const { bytes } = origin.encoded;
  while (end > start && isPadding(bytes[end - 1])) end--;
  if (rule.leadingPadding) { while (start < end && bytes[start] === space) start++; }
  if (start === end) return empty;

  let plain = true;
  let separators = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === backslash) separators++;
    else if (byte >= 0x80 || byte === escape) plain = false;
  }
  if (rule.characterSet && !(plain && asciiIsItself(origin))) {
    const onUnknown = warnOfCharacters(origin.encoded, start, tag);
    const text = decodeText(bytes, start, end, origin.characterSet, vr, onUnknown);
    return rule.multiple ? splitValues(text, rule) : [text];
  }
  if (!plain) {
    const message = `a ${vr} has characters outside ASCII`;
    origin.encoded.warn?.({ kind: "character", message, offset: start, tag });
  }
  const text = origin.encoded.text.substring(start, end);
  return rule.multiple && separators > 0 ? splitValues(text, rule) : [text];
}

/**
 * Returns true if ASCII reads as it is written. In ISO_IR 13 it does not: two codes are a yen sign and an overline.
 *
 * @param origin The origin of the text.
 */
export function asciiIsItself(origin: Origin): boolean {
  const { coding } = origin.characterSet;
  return coding.kind === "web" || coding.g0.escape === "(B";
}

function splitValues(text: string, rule: VrRule): string[] {
  const values = text.split("\\");
  // In place: there may be millions, and a second array of them.
  for (const [index, value] of values.entries()) values[index] = trimPadding(value, rule);
  return values;
}

function trimPadding(text: string, rule: VrRule): string {
  let start = 0;
  let end = text.length;
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end--;
  if (rule.leadingPadding) { while (start < end && text.charCodeAt(start) === space) start++; }
  return text.substring(start, end);
}

/** Returns true if a byte is a space, or the 0x00 that some senders pad any VR with. */
export function isPadding(code: number | undefined): boolean {
  return code === space || code === 0;
}
