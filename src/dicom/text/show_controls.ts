/**
 * Text of peers, made safe to print.
 *
 * @module
 */

const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const everyUnsafe = new RegExp(unsafe, "gu");

/**
 * Replaces what a terminal or an editor would obey instead of showing: control characters by their
 * symbols (U+2400 to U+2421), C1 controls, line separators and those that turn text round by
 * `<U+nnnn>`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { showControls } from "./show_controls.ts";
 *
 * assertEquals(showControls("A\x1b[31mB"), "A␛[31mB");
 * assertEquals(showControls("A\u202EB"), "A<U+202E>B");
 * ```
 *
 * @param text Text of a peer.
 * @returns The text, safe to print.
 */
export function showControls(text: string): string {
  if (!unsafe.test(text)) return text.toWellFormed();
  return text.toWellFormed().replace(everyUnsafe, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}
