/**
 * The text of data elements: bytes to characters and back, in every character set of DICOM.
 *
 * PS3.5 section 6.1 and Annexes H to K. Decoding never fails: what cannot be read becomes U+FFFD
 * and is counted. Bytes 0x80 to 0x9F, control characters that DICOM forbids, are read as Windows
 * code pages have them under ISO_IR 100, 148 and 166, because that is what senders mean by them;
 * they count as problems and are never written.
 *
 * @module
 */

import { type CharacterSet, characterSetOf } from "./character_set.ts";
import { encodeGb18030 } from "./gb18030.ts";
import { decodeLatin1 } from "./latin1.ts";
import { decodeIso2022, encodeIso2022 } from "./iso2022.ts";
import { type Vr, vrRule } from "../vr.ts";

/**
 * The characters besides control characters that put Value 1's character set back in force, by VR.
 */
function delimitersOf(vr: Vr): string {
  if (vr === "PN") return "\\^=";
  return vrRule(vr).multiple ? "\\" : "";
}

/**
 * Decodes the text of one data element.
 *
 * PS3.5 section 6.1. In the result `\` separates values where the VR has several, and only there: a
 * byte 0x5C inside a two-byte character is none, and in single-valued text of ISO_IR 13 it is a yen
 * sign.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { characterSetOf } from "./character_set.ts";
 * import { decodeText } from "./text.ts";
 *
 * const bytes = Uint8Array.of(0x42, 0x75, 0x63, 0x5e, 0x4a, 0xe9);
 * assertEquals(decodeText(bytes, 0, 6, characterSetOf(["ISO_IR 100"]), "PN"), "Buc^Jé");
 * ```
 *
 * @param bytes The bytes that contain the text.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @param characterSet The set in force.
 * @param vr The element's VR: it decides which characters are delimiters.
 * @param onProblem Called with how many characters could not be read as the set says, if any.
 * @returns The text, padding included.
 */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
  characterSet: CharacterSet,
  vr: Vr,
  onProblem?: (count: number) => void,
): string {
  const { coding } = characterSet;
  if (coding.kind === "iso2022") {
    if (coding.g0.escape === "(B" && isAscii(bytes, start, end)) {
      return decodeLatin1(bytes.subarray(start, end));
    }
    return decodeIso2022(bytes, start, end, coding, delimitersOf(vr), onProblem);
  }
  const text = coding.decoder.decode(bytes.subarray(start, end));
  if (onProblem && text.includes("\uFFFD")) onProblem(text.split("\uFFFD").length - 1);
  return text;
}

/**
 * Returns true if bytes are ASCII without escape sequences, so that they read the same in nearly every set.
 */
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 || byte === 0x1b) return false;
  }
  return true;
}

/**
 * Encodes the text of one data element, without padding.
 *
 * PS3.5 section 6.1. With code extensions, escape sequences are written where they are needed and
 * what Value 1 designates is in force again before each delimiter.
 *
 * @param text The text, its values separated by `\` where the VR has several.
 * @param characterSet The set to write in.
 * @param vr The element's VR: it decides which characters are delimiters.
 * @returns The bytes.
 * @throws {RangeError} If a character is not in the set; the message does not show it.
 */
export function encodeText(text: string, characterSet: CharacterSet, vr: Vr): Uint8Array {
  const encoded = tryEncode(text, characterSet, vr);
  if (typeof encoded !== "number") return encoded;
  const name = characterSet.terms.join("\\") || "the default character repertoire";
  throw new RangeError(`Cannot write text as ${name} lacks the character at index ${encoded}`);
}

/** The bytes, or the index of the first character that the set lacks. */
function tryEncode(text: string, characterSet: CharacterSet, vr: Vr): Uint8Array | number {
  const { coding } = characterSet;
  if (coding.kind === "iso2022") return encodeIso2022(text, coding, delimitersOf(vr));
  switch (coding.decoder.encoding) {
    case "utf-8": {
      const lone = text.isWellFormed() ? -1 : text.search(/\p{Surrogate}/u);
      return lone < 0 ? new TextEncoder().encode(text) : lone;
    }
    case "gb18030":
    case "gbk":
      return encodeGb18030(text, coding.decoder.encoding === "gb18030");
    default: {
      const beyondAscii = text.search(/[^\0-\x7f]/);
      return beyondAscii < 0 ? new TextEncoder().encode(text) : beyondAscii;
    }
  }
}

/** ISO_IR 203 is left out: it is too young for the peers that cannot read ISO_IR 192. */
const singleByteTerms = [100, 101, 109, 110, 144, 127, 126, 138, 148, 166].map(
  (number) => `ISO_IR ${number}`,
);

/**
 * Chooses the simplest Specific Character Set that holds some texts.
 *
 * In this order: none, where all is ASCII; the preferred one; the first single-byte one; ISO_IR
 * 192.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { chooseCharacterSet } from "./text.ts";
 *
 * assertEquals(chooseCharacterSet(["Doe^Jane"]), []);
 * assertEquals(chooseCharacterSet(["Müller^Änne"]), ["ISO_IR 100"]);
 * assertEquals(chooseCharacterSet(["Müller^Änne", "山田^太郎"]), ["ISO_IR 192"]);
 * ```
 *
 * @param texts The texts that must be held.
 * @param preferred Terms to try before any other, such as those of the peer.
 * @returns The terms for (0008,0005), none for the default repertoire.
 */
export function chooseCharacterSet(
  texts: Iterable<string>,
  preferred: readonly string[] = [],
): string[] {
  const all = [...texts];
  for (const terms of [[], preferred, ...singleByteTerms.map((term) => [term])]) {
    const characterSet = characterSetOf(terms);
    if (all.every((text) => typeof tryEncode(text, characterSet, "PN") !== "number")) {
      return [...characterSet.terms];
    }
  }
  return ["ISO_IR 192"];
}
