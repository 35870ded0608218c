/**
 * Numbers straight from their bytes to decimal digits.
 *
 * @module
 */
import type { ByteWriter } from "../byte_writer.ts";
import type { OutlineEntry } from "../outline.ts";

/**
 * Writes the numbers of a US.
 *
 * @param out The destination.
 * @param element The US.
 * @param separator The text between two values.
 * @returns The number of values; -1, and nothing is written, if there are none or their bytes do not come out even.
 */
export function writeUint16s(
  out: ByteWriter,
  { origin, start, end }: OutlineEntry,
  separator: string,
): number {
  if (start === end || (end - start) % 2 !== 0) return -1;
  const { bytes } = origin.encoded;
  const low = origin.littleEndian ? 0 : 1;
  for (let at = start; at < end; at += 2) {
    if (at > start) out.writeText(separator);
    out.writeDecimal((bytes[at + low] ?? 0) + 0x100 * (bytes[at + 1 - low] ?? 0));
  }
  return (end - start) / 2;
}
