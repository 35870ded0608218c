/**
 * Text that is kept.
 *
 * @module
 */

/**
 * Makes one piece of text that was put together or cut out. Until a character of it is looked at, such text is
 * pieces in memory, and those keep alive all that they were cut out of.
 *
 * @param text The text.
 * @returns The same text.
 */
export function inOnePiece(text: string): string {
  return text.charCodeAt(0) > 0 ? text : "";
}
