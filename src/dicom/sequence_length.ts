/**
 * The lengths that decoded sequences and items were sent with (PS3.5 section 7.5), for those who
 * look at dumps.
 *
 * @module
 */

import type { DataElement, DataSet } from "./data_set.ts";
import { Tag } from "./tag.ts";

/** The length of a sequence or item that ends with a delimiter. */
export const UNDEFINED_LENGTH = 0xffff_ffff;

const HEADER_LENGTH = 8;

/**
 * Tells the length field of a sequence.
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

/**
 * Tells the length field of each item of a sequence.
 *
 * @param element The sequence.
 * @returns The lengths in bytes; fewer than there are items where they cannot be told.
 */
export function itemLengths(element: DataElement): number[] {
  const { place, items } = element;
  if (place === undefined) return [];
  const { encoded, littleEndian } = place.origin;
  const { bytes } = encoded;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lengths: number[] = [];
  let at = place.start;
  for (const item of items) {
    if (at + HEADER_LENGTH > place.end) break;
    // 0-3 tag, 4-7 length
    const tag = view.getUint16(at, littleEndian) * 0x1_0000 + view.getUint16(at + 2, littleEndian);
    if (tag !== Tag.Item) break;
    const length = view.getUint32(at + 4, littleEndian);
    lengths.push(length);
    at += HEADER_LENGTH;
    at = length === UNDEFINED_LENGTH ? endOfElements(item, at) + HEADER_LENGTH : at + length;
  }
  return lengths;
}

function endOfElements(item: DataSet, start: number): number {
  let end = start;
  for (const { place } of item.elements()) end = Math.max(end, place?.end ?? 0);
  return end;
}
