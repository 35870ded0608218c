/**
 * Text files: UTF-8, or refused.
 *
 * A decoder that puts U+FFFD in the place of what it cannot read makes other text of a file, and nobody notices.
 *
 * @module
 */

import { markAsOurs } from "./worklistd_error.ts";

/** Bytes that are not UTF-8; says where, and never what they are. */
export class Utf8Error extends SyntaxError {
  static {
    markAsOurs(this);
  }

  override readonly name = "Utf8Error";
  /** From 1. */
  readonly line: number;
  /** From 1, in characters of the line. */
  readonly column: number;

  /**
   * @param line The line of the first byte that cannot be read, from 1.
   * @param column Its column, from 1.
   */
  constructor(line: number, column: number) {
    super(`it is not UTF-8 at line ${line}, column ${column}: save it as UTF-8`);
    this.line = line;
    this.column = column;
  }
}

/**
 * Decodes UTF-8.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { decodeUtf8, Utf8Error } from "./utf8.ts";
 *
 * assertEquals(decodeUtf8(Uint8Array.of(0x4D, 0xC3, 0xBC)), "Mü");
 * assertThrows(() => decodeUtf8(Uint8Array.of(0x4D, 0xFC)), Utf8Error, "line 1, column 2");
 * ```
 *
 * @param bytes The bytes; a byte order mark at their beginning is dropped.
 * @returns The text.
 * @throws {Utf8Error} If they are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = decoded(bytes, false);
  if (text !== undefined) return text;
  // The longest beginning that is UTF-8, a character that is cut off at its end aside.
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = good + bad >>> 1;
    if (decoded(bytes.subarray(0, middle), true) === undefined) bad = middle;
    else good = middle;
  }
  const before = decoded(bytes.subarray(0, good), true) ?? "";
  const lines = before.split(/\r\n|\r|\n/);
  throw new Utf8Error(lines.length, (lines.at(-1)?.length ?? 0) + 1);
}

function decoded(bytes: Uint8Array, stream: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream });
  } catch {
    return undefined;
  }
}
