/**
 * Fingerprints: 64 bits over the encoded bytes of a match. An unchanged fingerprint means an unchanged match.
 *
 * A fingerprint is no cryptographic hash. It distinguishes data sets that differ by chance, not by intent.
 *
 * @module
 */

/** The two halves of a fingerprint, as signed 32-bit integers. */
export type Fingerprint = Int32Array;

/**
 * Computes the fingerprint of a range of bytes.
 *
 * Each 32-bit word permutes the whole 64-bit state. So two inputs of one length that differ in one word never
 * share a fingerprint. Other inputs share one only by chance.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fingerprint, formatFingerprint } from "./fingerprint.ts";
 *
 * const found = new Int32Array(2);
 * const bytes = new TextEncoder().encode("DOE^JANE");
 * fingerprint(new DataView(bytes.buffer), 0, bytes.length, 0, found);
 * assertEquals(formatFingerprint(found).length, 16);
 * ```
 *
 * @param view The bytes; one view may serve all matches that share a buffer.
 * @param start The first byte of the range.
 * @param end The offset after the last byte.
 * @param seed A number that distinguishes equal bytes of different meaning, such as those of two transfer
 * syntaxes.
 * @param into Receives the two halves.
 */
export function fingerprint(
  view: DataView,
  start: number,
  end: number,
  seed: number,
  into: Fingerprint,
): void {
  let a = mix(seed ^ 0x9E3779B9) ^ (end - start);
  let b = mix(seed + 0x7F4A7C15);
  let at = start;
  for (const whole = end - 3; at < whole; at += 4) {
    a = Math.imul(a ^ view.getInt32(at, true), 0x9E3779B1);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b + a | 0, 0x85EBCA77);
    b ^= b >>> 13;
  }
  let tail = 0;
  for (; at < end; at++) tail = tail << 8 | view.getUint8(at);
  a = Math.imul(a ^ tail, 0x9E3779B1);
  b = Math.imul(b + a | 0, 0x85EBCA77);
  b = mix(b ^ mix(a));
  into[0] = a + mix(b);
  into[1] = b;
}

/**
 * Writes a fingerprint in the form of the state folder.
 *
 * @param value The fingerprint.
 * @returns 16 hexadecimal digits.
 */
export function formatFingerprint(value: Fingerprint): string {
  halves.setInt32(0, value[0] ?? 0);
  halves.setInt32(4, value[1] ?? 0);
  return halfBytes.toHex();
}

/**
 * Reads the text that `formatFingerprint` wrote.
 *
 * @param text 16 hexadecimal digits.
 * @param into Receives the two halves.
 * @returns True if the text is a fingerprint.
 */
export function parseFingerprint(text: string, into: Fingerprint): boolean {
  if (text.length !== 16) return false;
  // Digit by digit: nothing is cut out of the text of each of a hundred thousand items.
  let high = 0;
  let low = 0;
  for (let index = 0; index < 16; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) return false;
    high = high << 4 | low >>> 28;
    low = low << 4 | digit;
  }
  into[0] = high;
  into[1] = low;
  return true;
}

/** The value of a lower case hexadecimal digit, -1 for any other character. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

const halfBytes = new Uint8Array(8);
const halves = new DataView(halfBytes.buffer);

/** A permutation of 32 bits in which each bit of the input reaches each bit of the output. */
function mix(value: number): number {
  value = Math.imul(value ^ value >>> 16, 0x85EBCA6B);
  value = Math.imul(value ^ value >>> 13, 0xC2B2AE35);
  return value ^ value >>> 16;
}
