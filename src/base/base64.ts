/**
 * Base64, also on runtimes whose `Uint8Array` has no methods for it: Node 24.
 *
 * @module
 */

/**
 * Writes bytes in base64.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeBase64 } from "./base64.ts";
 *
 * assertEquals(encodeBase64(Uint8Array.of(1, 2, 255)), "AQL/");
 * ```
 *
 * @param bytes The bytes.
 * @returns The text, padded.
 */
export function encodeBase64(bytes: Uint8Array): string {
  if (typeof bytes.toBase64 === "function") return bytes.toBase64();
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * Reads bytes from base64; white space is ignored.
 *
 * @param text The text.
 * @returns The bytes.
 * @throws {SyntaxError} If it is not base64.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(text);
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new SyntaxError("it is not base64", { cause });
  }
}
