/**
 * Text in single-byte character sets and with the code extensions of ISO 2022.
 *
 * PS3.5 sections 6.1.2.3 to 6.1.2.5, Annexes H, I and K. Escape sequences designate code elements to G0 and G1;
 * each delimiter and control character puts back what Value 1 of Specific Character Set designates.
 *
 * @module
 */

import type { Iso2022Coding } from "./character_set.ts";
import {
  ascii,
  type CodeElement,
  gb2312,
  jisX0208,
  jisX0212,
  katakana,
  ksX1001,
  REPLACEMENT,
  romaji,
  ROW_LENGTH,
  singleByteG1,
} from "./code_element.ts";

const ESC = 0x1b;

interface Escape {
  readonly text: string;
  readonly half: "G0" | "G1";
  readonly element: CodeElement;
}

const designation = (element: CodeElement): Escape => ({
  text: element.escape,
  half: element.half,
  element,
});

/** Those of PS3.3 Tables C.12-3 and C.12-4, and two that Japanese senders write by older habits. */
const escapes: readonly Escape[] = [
  ...[ascii, romaji, katakana, ...singleByteG1.values()].map(designation),
  ...[jisX0208, jisX0212, ksX1001, gb2312].map(designation),
  { text: "$@", half: "G0", element: jisX0208 },
  { text: "(I", half: "G0", element: katakana },
];

function escapeAt(bytes: Uint8Array, offset: number, end: number): Escape | undefined {
  return escapes.find(({ text }) => {
    if (offset + text.length > end) return false;
    for (let index = 0; index < text.length; index++) {
      if (bytes[offset + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  });
}

function pairOf(element: CodeElement, first: number, second: number): string {
  const row = (first & 0x7f) - 0x21;
  const cell = (second & 0x7f) - 0x21;
  const isInTable = row >= 0 && row < ROW_LENGTH && cell >= 0 && cell < ROW_LENGTH &&
    (first & 0x80) === (second & 0x80);
  const character = isInTable ? element.characters().charAt(row * ROW_LENGTH + cell) : REPLACEMENT;
  if (character !== REPLACEMENT || element.superset === undefined) return character;
  const other = new TextDecoder(element.superset).decode(Uint8Array.of(first, second));
  return other.length === 1 ? other : REPLACEMENT;
}

/**
 * Decodes text that may hold escape sequences.
 *
 * Nothing makes it fail: bytes that mean nothing become U+FFFD, an escape sequence that DICOM does not know stays.
 *
 * @param bytes Where the text is.
 * @param start Offset of its first byte.
 * @param end Offset behind its last byte.
 * @param coding What the data set's terms designate.
 * @param delimiters The characters that reset designations besides control characters, such as `\^=`.
 * @param onProblem Called at the end with how many bytes or escapes were not as the terms say, if any.
 * @returns The text; a delimiter stays the character that it is in ASCII.
 */
export function decodeIso2022(
  bytes: Uint8Array,
  start: number,
  end: number,
  coding: Iso2022Coding,
  delimiters: string,
  onProblem?: (count: number) => void,
): string {
  let g0 = coding.g0;
  let g1 = coding.g1;
  let text = "";
  let problems = 0;
  for (let at = start; at < end;) {
    const byte = bytes[at] ?? 0;
    if (byte === ESC) {
      const escape = escapeAt(bytes, at + 1, end);
      if (escape === undefined) {
        problems++;
        text += "\x1b";
        at++;
        continue;
      }
      if (escape.half === "G0") g0 = escape.element;
      else g1 = escape.element;
      if (escape.element !== ascii && !coding.declared.includes(escape.element)) problems++;
      at += 1 + escape.text.length;
      continue;
    }
    if (byte < 0x20) {
      g0 = coding.g0;
      g1 = coding.g1;
      text += String.fromCharCode(byte);
      at++;
      continue;
    }
    const element = byte < 0x80 ? g0 : g1 ?? coding.impliedG1;
    if (element?.bytesPerCharacter === 2 && byte !== 0x20) {
      const character = at + 1 < end ? pairOf(element, byte, bytes[at + 1] ?? 0) : REPLACEMENT;
      if (character !== REPLACEMENT) {
        if (byte >= 0x80 && g1 === undefined) problems++;
        text += character;
        at += 2;
        continue;
      }
    }
    if (byte < 0x80 && delimiters.includes(String.fromCharCode(byte))) {
      g0 = coding.g0;
      g1 = coding.g1;
      text += String.fromCharCode(byte);
      at++;
      continue;
    }
    const character = element?.bytesPerCharacter === 1
      ? element.characters().charAt(byte & 0x7f)
      : byte === 0x20
      ? " "
      : REPLACEMENT;
    // A pair that its set lacks is one unreadable character, not two.
    const next = bytes[at + 1] ?? 0;
    const isPair = element?.bytesPerCharacter === 2 && byte > 0x20 && at + 1 < end &&
      (next & 0x80) === (byte & 0x80) && (next & 0x7f) > 0x20;
    if (character === REPLACEMENT || (byte >= 0x80 && (g1 === undefined || byte < 0xa0))) {
      problems++;
    }
    text += character;
    at += isPair ? 2 : 1;
  }
  if (problems > 0) onProblem?.(problems);
  return text;
}

/**
 * Encodes text, with escape sequences where the terms allow them.
 *
 * What Value 1 designates is in force again before each delimiter, each control character and the end.
 *
 * @param text The text, its values separated by `\` where the VR has several.
 * @param coding What the terms designate.
 * @param delimiters The characters that reset designations besides control characters.
 * @returns The bytes, or the index of the first character that the terms cannot express.
 */
export function encodeIso2022(
  text: string,
  coding: Iso2022Coding,
  delimiters: string,
): Uint8Array | number {
  const bytes: number[] = [];
  let g0 = coding.g0;
  let g1 = coding.g1;
  let lineStart = 0;
  const designate = (element: CodeElement): void => {
    const escape = [ESC, ...Array.from(element.escape, (letter) => letter.charCodeAt(0))];
    if (element.half === "G0") g0 = element;
    // At the head of the line or component as PS3.5 sections I.3 and K.3 have it, where nothing else needs G1.
    if (element.half === "G1" && g1 === undefined) bytes.splice(lineStart, 0, ...escape);
    else bytes.push(...escape);
    if (element.half === "G1") g1 = element;
  };
  const restore = (): void => {
    if (g0 !== coding.g0) designate(coding.g0);
    if (g1 !== coding.g1 && coding.g1) designate(coding.g1);
    g1 = coding.g1;
  };
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || (unit < 0x80 && delimiters.includes(text.charAt(index)))) {
      restore();
      bytes.push(unit);
      lineStart = bytes.length;
      continue;
    }
    const holds = (element: CodeElement): boolean => element.codes().has(unit);
    const element = holds(g0) ? g0 : g1 && holds(g1) ? g1 : coding.declared.find(holds);
    const code = element?.codes().get(unit);
    if (element === undefined || code === undefined) return index;
    const high = element.half === "G1" ? 0x80 : 0;
    const isDelimiter = high === 0 && element.bytesPerCharacter === 1 &&
      delimiters.includes(String.fromCharCode(code));
    if (isDelimiter) return index;
    if (element !== g0 && element !== g1) designate(element);
    if (element.bytesPerCharacter === 2) bytes.push((code >> 8) | high);
    bytes.push((code & 0x7f) | high);
  }
  restore();
  return Uint8Array.from(bytes);
}
