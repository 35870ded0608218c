/**
 * Text in lines of a width, wide characters counted as they are shown.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import { showControls } from "../../dicom/text/show_controls.ts";

/**
 * Breaks a text into lines, at spaces where there are any. Nothing of it is lost.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wrapText } from "./wrapped_text.ts";
 *
 * assertEquals(wrapText("Cannot connect to ris", 14, "  "), ["  Cannot", "  connect to", "  ris"]);
 * ```
 *
 * @param text The text; control characters in it are shown.
 * @param width The width of a line, its indentation included.
 * @param indent Stands before each line.
 * @returns The lines.
 */
export function wrapText(text: string, width: number, indent: string = ""): string[] {
  const room = Math.max(width - indent.length, 8);
  const lines: string[] = [];
  let line = "";
  for (const word of showControls(text).split(" ").flatMap((word) => pieces(word, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (unicodeWidth(longer) <= room) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line].map((one) => `${indent}${one}`);
}

/** Cuts a word that is longer than a line. */
function pieces(word: string, room: number): string[] {
  if (unicodeWidth(word) <= room) return [word];
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (unicodeWidth(part + character) > room) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part];
}
