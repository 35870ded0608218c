/**
 * Text for terminals: control characters are shown, not obeyed.
 *
 * @module
 */

/** C0, DEL, C1 (tab and line feed among them), line separators, and what turns the direction of text. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Shows the control characters of a text as `\x1b`, `\u202e`.
 *
 * @param text Any text, from a peer or a file.
 * @returns The text without control characters, line feeds included.
 */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

/**
 * Escapes what JSON lets stand but a terminal may obey: DEL, C1 and direction marks, which can only be inside
 * strings.
 *
 * @param json JSON text.
 * @returns JSON text of the same value.
 */
export function printableJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
