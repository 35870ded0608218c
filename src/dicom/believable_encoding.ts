/**
 * Finds how elements are really encoded when a sender says one thing and does another.
 *
 * @module
 */
import { vrOfBytes } from "./vr.ts";

/** An encoding of elements (PS3.5 section 7.1). */
export interface Encoding {
  readonly explicitVr: boolean;
  readonly littleEndian: boolean;
}

/** Without VR, Little Endian: also inside every value of VR UN. */
export const implicitLittle: Encoding = { explicitVr: false, littleEndian: true };
/** With VR, Little Endian: also the File Meta Information. */
export const explicitLittle: Encoding = { explicitVr: true, littleEndian: true };

const undefinedLength = 0xFFFF_FFFF;
const headerLength = 8;
const longHeaderLength = 12;
const itemGroup = 0xFFFE;

/**
 * Finds the encoding that the first element of a data set shows: an element that is impossible as it is said to be
 * encoded, and possible otherwise, is believed. Only Little Endian senders are known to do this.
 *
 * @param view The bytes.
 * @param at Offset of the first element.
 * @param limit Offset after the last byte that may belong to the data set.
 * @param stated The declared encoding.
 * @returns The encoding.
 */
export function believableEncoding(
  view: DataView,
  at: number,
  limit: number,
  stated: Encoding,
): Encoding {
  if (!stated.littleEndian || limit - at < headerLength) return stated;
  if (view.getUint16(at, true) === itemGroup) return stated;
  const first = view.getUint8(at + 4);
  const second = view.getUint8(at + 5);
  const length = view.getUint32(at + 4, true);
  const isImplicitPossible = length === undefinedLength || length <= limit - at - headerLength;
  if (stated.explicitVr) {
    const looksExplicit = isUpperCase(first) && isUpperCase(second);
    return looksExplicit || !isImplicitPossible ? stated : implicitLittle;
  }
  const isExplicitPossible = vrOfBytes(first, second) !== undefined;
  return isImplicitPossible || !isExplicitPossible ? stated : explicitLittle;
}

/**
 * Returns true if a VR that the standard does not have is followed by a 32-bit length. New VRs are (PS3.5
 * section 6.2); wrong ones such as "??" mostly are not.
 *
 * @param view The bytes.
 * @param at Offset of the element.
 * @param limit Offset after the last byte that may belong to it.
 * @param littleEndian The encoding of lengths.
 */
export function hasLongLength(
  view: DataView,
  at: number,
  limit: number,
  littleEndian: boolean,
): boolean {
  const isPlausible = isUpperCase(view.getUint8(at + 4)) && isUpperCase(view.getUint8(at + 5)) &&
    view.getUint16(at + 6) === 0;
  if (!isPlausible || limit - at < longHeaderLength) return false;
  const length = view.getUint32(at + 8, littleEndian);
  return length === undefinedLength || length <= limit - at - longHeaderLength;
}

function isUpperCase(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5A;
}
