/**
 * JSON objects that end in a checksum of their own text: `…,"crc":"0a1b2c3d"}`.
 *
 * The checksum is the CRC-32 of all bytes before `,"crc":"`. It finds every change of up to 32 neighbouring bits, so no
 * single flipped byte passes. The text stays plain JSON.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** Stands between the text of an object and its checksum. */
export const checksumMark = ',"crc":"';

/**
 * The state of a sealed text: `damaged` is a wrong or broken checksum, `unsealed` is a text that has none, as earlier
 * versions wrote it.
 */
export type Seal = "intact" | "damaged" | "unsealed";

/** The length of a seal with its closing bracket: mark, eight digits, `"}`. */
const sealLength = checksumMark.length + 10;
const encoder = new TextEncoder();

/**
 * Ends a JSON object in its checksum.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkSeal, sealJson } from "./sealed_json.ts";
 *
 * const sealed = sealJson('{"a":1}');
 * assertEquals(sealed, '{"a":1,"crc":"a702fc6e"}');
 * assertEquals(checkSeal(new TextEncoder().encode(sealed)), "intact");
 * ```
 *
 * @param json The text of an object with at least one member.
 * @returns The same object with the member `crc` at its end.
 */
export function sealJson(json: string): string {
  const head = json.slice(0, -1);
  return `${head}${checksumMark}${formatChecksum(crc32(encoder.encode(head)))}"}`;
}

/**
 * Checks the checksum of a JSON object.
 *
 * @param bytes The text of the object, without a line end.
 * @returns The verdict of the checksum.
 */
export function checkSeal(bytes: Uint8Array): Seal {
  const seal = readSeal(bytes.subarray(Math.max(bytes.length - sealLength, 0)));
  if (seal === undefined) return hasMark(bytes) ? "damaged" : "unsealed";
  return crc32(bytes.subarray(0, bytes.length - sealLength)) === seal.checksum
    ? "intact"
    : "damaged";
}

/**
 * Finds the seal at the end of a text, of which only the end is at hand.
 *
 * @param end The last bytes of the object.
 * @returns The checksum, and how many bytes at the end it does not cover; undefined if there is no seal.
 */
export function readSeal(
  end: Uint8Array,
): { readonly checksum: number; readonly uncovered: number } | undefined {
  const digits = /^,"crc":"([0-9a-f]{8})"\}$/.exec(lastCharacters(end))?.[1];
  return digits === undefined
    ? undefined
    : { checksum: parseInt(digits, 16), uncovered: sealLength };
}

/**
 * Writes a checksum as eight hex digits.
 *
 * @param checksum The checksum.
 */
export function formatChecksum(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

/** True if the end looks like a seal in which a byte or two are wrong. */
function hasMark(bytes: Uint8Array): boolean {
  const end = lastCharacters(bytes).padStart(sealLength);
  const wanted = `${checksumMark}########"}`;
  const wrong = Array.from(wanted).filter((character, at) =>
    character === "#" ? !/[0-9a-f]/.test(end[at] ?? "") : end[at] !== character
  );
  return wrong.length <= 2;
}

/** One character for each byte, so that a broken byte moves no other. */
function lastCharacters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(Math.max(bytes.length - sealLength, 0)));
}
