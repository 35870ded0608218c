/**
 * The fields of PDUs as bytes, the mirror of `pdu_field_reader.ts`.
 *
 * PS3.8 section 9.3: PDUs are big endian, their items carry a 16-bit length. For association PDUs:
 * a handful of small arrays each, clarity before speed.
 *
 * @module
 */
import { concat } from "../base/concat.ts";

/** An unsigned 16-bit integer. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

/** An unsigned 32-bit integer. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Writes a 16-bit length, then `value`. */
export function lengthPrefixed(value: Uint8Array): Uint8Array {
  return concat([length16(value.length), value]);
}

/** An item or sub-item: type 1, reserved 1, length 2, then its fields. */
export function item(type: number, ...fields: Uint8Array[]): Uint8Array {
  const value = concat(fields);
  return concat([Uint8Array.of(type, 0), length16(value.length), value]);
}

function length16(length: number): Uint8Array {
  if (length > 0xFFFF) {
    throw new RangeError(`Cannot send a field of ${length} bytes: at most 65535 fit in a PDU item`);
  }
  return uint16(length);
}
