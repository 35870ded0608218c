/**
 * Text in single-byte character sets and with the code extensions of ISO 2022.
 *
 * PS3.5 sections 6.1.2.3 to 6.1.2.5, Annexes H, I and K. Escape sequences designate code elements
 * to G0 and G1; each delimiter and control character puts back what Value 1 of Specific Character
 * Set designates.
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
} from "../code_element.ts";

const ESC = 0x1b;
const SPACE = 0x20;

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

/** The terms of PS3.3 Tables C.12-3 and C.12-4, and two that older Japanese senders write. */
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

function pairAt(element: CodeElement, bytes: Uint8Array, at: number, end: number): string {
  if (at + 1 >= end) return REPLACEMENT;
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const row = (first & 0x7f) - 0x21;
  const cell = (second & 0x7f) - 0x21;
  const isInTable = row >= 0 && row < ROW_LENGTH && cell >= 0 && cell < ROW_LENGTH &&
    (first & 0x80) === (second & 0x80);
  const character = isInTable ? element.characters().charAt(row * ROW_LENGTH + cell) : REPLACEMENT;
  if (character !== REPLACEMENT || element.superset === undefined) return character;
  const other = element.superset().decode(bytes.subarray(at, at + 2));
  return other.length === 1 ? other : REPLACEMENT;
}

/**
 * Decodes text that may hold escape sequences.
 *
 * Nothing makes it fail: bytes that mean nothing become U+FFFD, an escape sequence that DICOM does
 * not know stays.
 *
 * @param bytes The bytes that contain the text.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @param coding The sets that the data set's terms designate.
 * @param delimiters The delimiters that reset designations besides control characters, such as `\^=`.
 * @param onProblem Called with how many characters and escapes were not as the terms say, if any.
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
  let { g0, g1 } = coding;
  // A byte is one UTF-16 code unit at most: text put together of single characters takes ten times its memory.
  const units = new Uint16Array(end - start);
  let length = 0;
  let problems = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === ESC) {
      const escape = escapeAt(bytes, at + 1, end);
      if (escape?.half === "G0") g0 = escape.element;
      if (escape?.half === "G1") g1 = escape.element;
      if (escape === undefined) units[length++] = ESC;
      if (!isDeclared(coding, escape?.element)) problems++;
      at += 1 + (escape?.text.length ?? 0);
      continue;
    }
    const element = byte < 0x80 ? g0 : g1 ?? coding.impliedG1;
    const isPair = element?.bytesPerCharacter === 2 && byte > SPACE;
    const character = isPair ? pairAt(element, bytes, at, end) : singleOf(element, byte);
    // In two-byte text a delimiter's byte is half a character, unless that makes no sense.
    const isDelimiter = byte < SPACE ||
      (byte < 0x80 && delimiters.includes(String.fromCharCode(byte)) &&
        (!isPair || character === REPLACEMENT));
    if (isDelimiter) {
      ({ g0, g1 } = coding);
      units[length++] = byte;
      at++;
      continue;
    }
    const isImplied = byte >= 0x80 && g1 === undefined;
    const isC1 = byte >= 0x80 && byte < 0xa0 && !isPair && element?.escape !== "";
    if (character === REPLACEMENT || isImplied || isC1) problems++;
    units[length++] = character.charCodeAt(0);
    at += isPair && (character !== REPLACEMENT || isPairAt(bytes, at, end)) ? 2 : 1;
  }
  if (problems > 0) onProblem?.(problems);
  return textOf(units.subarray(0, length));
}

/** Arguments that a call may safely have. */
const CHUNK_LENGTH = 4096;

function textOf(units: Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK_LENGTH) {
    text += String.fromCharCode(...units.subarray(at, at + CHUNK_LENGTH));
  }
  return text;
}

/** ASCII may always be designated: every single-byte term brings it. */
function isDeclared({ declared }: Iso2022Coding, element: CodeElement | undefined): boolean {
  return element === ascii || (element !== undefined && declared.includes(element));
}

function singleOf(element: CodeElement | undefined, byte: number): string {
  if (byte <= SPACE) return String.fromCharCode(byte);
  return element?.characters().charAt(byte & 0x7f) ?? REPLACEMENT;
}

/** Returns true if two bytes are of one half, as those of a pair are. A pair that its set lacks is one character. */
function isPairAt(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  return at + 1 < end && (first & 0x80) === (second & 0x80) && (second & 0x7f) > SPACE;
}

/**
 * Encodes text, with escape sequences where the terms allow them.
 *
 * The set of Value 1 is in force again before each delimiter, each control character and the
 * end.
 *
 * @param text The text, its values separated by `\` where the VR has several.
 * @param coding The sets that the terms designate.
 * @param delimiters The characters that reset designations besides control characters.
 * @returns The bytes, or the index of the first character that the terms cannot express.
 */
export function encodeIso2022(
  text: string,
  coding: Iso2022Coding,
  delimiters: string,
): Uint8Array | number {
  const bytes: number[] = [];
  // IR 149 and IR 58 are never in force without an escape sequence, even if a data set names nothing else.
  const initialG1 = coding.g1?.bytesPerCharacter === 2 ? undefined : coding.g1;
  let { g0 } = coding;
  let g1 = initialG1;
  let lineStart = 0;
  const designate = (element: CodeElement): void => {
    const escape = [ESC, ...Array.from(element.escape, (letter) => letter.charCodeAt(0))];
    if (element.half === "G0") g0 = element;
    // At the head of the line or component, as PS3.5 sections I.3 and K.3 have it.
    if (element.half === "G1" && g1 === undefined) bytes.splice(lineStart, 0, ...escape);
    else bytes.push(...escape);
    if (element.half === "G1") g1 = element;
  };
  const restore = (): void => {
    if (g0 !== coding.g0) designate(coding.g0);
    if (g1 !== initialG1 && initialG1) designate(initialG1);
    g1 = initialG1;
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
