/**
 * JSON for terminals: what a terminal would obey is escaped, the value stays the same.
 *
 * @module
 */

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
