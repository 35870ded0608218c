/**
 * The lengths that decoded sequences were sent with (PS3.5 section 7.5), for those who look at dumps.
 *
 * @module
 */

import type { DataElement } from "./data_set.ts";

/** The length of a sequence or item that ends with a delimiter. */
export const UNDEFINED_LENGTH = 0xffff_ffff;

/**
 * Returns the length field of a sequence.
 *
 * @param element The sequence.
 * @returns The length in bytes; {@linkcode UNDEFINED_LENGTH} too if it was not decoded.
 */
export function sequenceLength(element: DataElement): number {
  const { place } = element;
  if (place === undefined) return UNDEFINED_LENGTH;
  const { bytes } = place.origin.encoded;
  const isUndefined = bytes.subarray(place.start - 4, place.start).every((byte) => byte === 0xff);
  return isUndefined ? UNDEFINED_LENGTH : place.end - place.start;
}
