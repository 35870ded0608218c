/**
 * The values of keys: from the text that a person writes to a data element, and what is wrong with it.
 *
 * @module
 */

import { characterSetOf } from "../dicom/text/character_set.ts";
import { type DataElement, type DataSet, element } from "../dicom/data_set.ts";
import { lookupKeyword, lookupTag } from "../dicom/dictionary/dictionary.ts";
import { encodeValue } from "../dicom/encode_value.ts";
import { isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import { type Vr, vrRule } from "../dicom/vr.ts";
import { ensureItem, getAt, type KeyPath, setAt } from "./key_path.ts";

/**
 * Puts a key into an identifier as its text stands, unchecked.
 *
 * Several values are parted by `\` where the VR allows several; numbers are written as decimals, attribute
 * tags as tags or keywords, bytes as hexadecimal digits; numbers of OF, OD, OL and OV as decimals or as hexadecimal
 * digits. A sequence takes no value: as the last step of a path
 * `Sequence` has no item, `Sequence[0]` one empty item and `Sequence[3]` four.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet } from "../dicom/data_set.ts";
 * import { parseKeyPath } from "./key_path.ts";
 * import { setKey } from "./key_value.ts";
 *
 * const identifier = new DataSet();
 * setKey(identifier, parseKeyPath("ScheduledProcedureStepSequence.Modality"), "CT\\MR");
 * assertEquals(identifier.items(0x00400100)[0]?.strings(0x00080060), ["CT", "MR"]);
 * ```
 *
 * @param identifier Changed in place; items that are missing on the way are made.
 * @param path The data set that receives the key.
 * @param text Its value; the empty string asks for the attribute without matching it.
 * @throws {RangeError} If the text cannot be a value of the VR; names the tag, never the value.
 */
export function setKey(identifier: DataSet, path: KeyPath, text: string): void {
  const last = path.at(-1);
  if (!last) return;
  const vr = knownVrAt(identifier, path);
  if (vr === "SQ" || last.item !== undefined) {
    if (text !== "") {
      throw new RangeError("Cannot give a sequence a value: name an attribute in it");
    }
    if (last.item === undefined) setAt(identifier, path, element(last.tag, [], "SQ"));
    else ensureItem(itemAt(identifier, path), last.tag, last.item);
    return;
  }
  const key = vr === undefined
    ? element(last.tag, new TextEncoder().encode(text), "UN")
    : keyElement(last.tag, vr, text);
  setAt(identifier, path, key);
}

/** The VR that a key is sent with: that of the dictionary, UN where it has none. */
export function vrOfKey(tag: number): Vr {
  return lookupTag(tag)?.vr ?? "UN";
}

/**
 * Finds the VR that a key is sent with; of a private attribute it is known by the creator that the identifier names.
 *
 * @param identifier The data set that receives the key; the Private Creator is in it already.
 * @param path The key's path.
 */
export function vrAt(identifier: DataSet, path: KeyPath): Vr {
  return knownVrAt(identifier, path) ?? "UN";
}

function knownVrAt(identifier: DataSet, path: KeyPath): Vr | undefined {
  const tag = path.at(-1)?.tag ?? 0;
  if (!isPrivateTag(tag)) return lookupTag(tag)?.vr;
  const creator = getAt(identifier, [...path.slice(0, -1), { tag: privateCreatorTagOf(tag) }]);
  return lookupTag(tag, creator?.strings[0])?.vr;
}

/**
 * Says what is wrong with the value of a key, relative dates being resolved already.
 *
 * It is lenient where the standard is: wild cards, ranges and lists make values longer than their VR
 * allows (PS3.4 section C.2.2.2).
 *
 * @param vr The key's VR.
 * @param text The value.
 * @returns The expected form, without the value itself; `undefined` if nothing is wrong.
 */
export function problemOfValue(vr: Vr, text: string): string | undefined {
  if (text === "" || vr === "SQ") return undefined;
  const rule = valueRules[vr];
  if (!rule) return undefined;
  const values = vrRule(vr).multiple ? text.split("\\") : [text];
  return values.every((value) => rule.pattern.test(value)) ? undefined : rule.expected;
}

interface ValueRule {
  readonly pattern: RegExp;
  readonly expected: string;
}

const time = String.raw`\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?`;
const dateTime = String.raw`\d{4}(?:\d{2}(?:\d{2}(?:${time})?)?)?(?:[+-]\d{4})?`;
const date = String.raw`\d{4}(?:\d{4}|\.\d{2}\.\d{2})`;

/** A value, a range with one or both ends, or everything. */
const orRange = (value: string): RegExp =>
  new RegExp(`^(?:\\*?|${value}|${value}-(?:${value})?|-${value})\\s*$`);

const valueRules: { readonly [vr in Vr]?: ValueRule } = {
  AE: { pattern: /^[\x20-\x7e]{1,16}$/, expected: "an AE title has at most 16 ASCII characters" },
  AS: { pattern: /^\d{3}[DWMY]$/, expected: "an age is three digits and D, W, M or Y" },
  CS: {
    pattern: /^(?:[\x20-\x7e]{0,16}|[\x20-\x7e]*[*?][\x20-\x7e]*)$/,
    expected: "a code string has at most 16 ASCII characters",
  },
  DA: { pattern: orRange(date), expected: "a date is YYYYMMDD, a range YYYYMMDD-YYYYMMDD" },
  DS: { pattern: /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/, expected: "it is no number" },
  DT: {
    pattern: orRange(dateTime),
    expected: "a date and time is YYYYMMDDHHMMSS or a range of these",
  },
  IS: { pattern: /^\s*[+-]?\d+\s*$/, expected: "it is no whole number" },
  LO: { pattern: noControls(), expected: "it has control characters" },
  PN: { pattern: noControls(), expected: "it has control characters" },
  SH: { pattern: noControls(), expected: "it has control characters" },
  TM: {
    pattern: orRange(time),
    expected: "a time is HHMMSS without colons (quoted in YAML), a range HHMMSS-HHMMSS",
  },
  UI: { pattern: /^[0-9.*?]{0,64}$/, expected: "a UID has at most 64 digits and full stops" },
};

function noControls(): RegExp {
  return /^\P{Cc}*$/u;
}

function keyElement(tag: number, vr: Vr, text: string): DataElement {
  const { kind, multiple } = vrRule(vr);
  const numberVr = numberVrs[vr];
  if (numberVr !== undefined && !isHexadecimal(text, vr)) {
    return element(tag, numbersOf(tag, text, numberVr), vr);
  }
  if (kind === "bytes") return element(tag, bytesOf(text, vr), vr);
  if (text === "") return element(tag, [], vr);
  const values = multiple ? text.split("\\") : [text];
  if (kind !== "tag") return element(tag, values, vr);
  return element(tag, values.map((value) => lookupKeyword(value.trim())?.tag ?? value.trim()), vr);
}

/** The item that holds the last step of a path. */
function itemAt(identifier: DataSet, path: KeyPath): DataSet {
  return path.slice(0, -1).reduce(
    (item, step) => ensureItem(item, step.tag, step.item ?? 0),
    identifier,
  );
}

/** The VR whose values are the numbers of a VR that holds bytes. */
const numberVrs: { readonly [vr in Vr]?: Vr } = { OD: "FD", OF: "FL", OL: "UL", OV: "UV" };

/** Distinguishes pynetdicom's form of numbers, their bytes in hexadecimal, from DCMTK's decimal numbers. */
function isHexadecimal(text: string, vr: Vr): boolean {
  return /^[0-9a-f]*$/i.test(text) && text.length % (2 * vrRule(vr).size) === 0;
}

/** Numbers as bytes in Little Endian order. */
function numbersOf(tag: number, text: string, vr: Vr): Uint8Array {
  const numbers = element(tag, text.split("\\"), vr);
  return encodeValue(numbers, true, characterSetOf([]));
}

/** Bytes from hexadecimal digits; of several parts those that are one word of the VR become Little Endian. */
function bytesOf(text: string, vr: Vr): Uint8Array {
  const bytes: number[] = [];
  const parts = text.split("\\");
  for (const part of parts) {
    const digits = part.replaceAll(/\s/g, "");
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) {
      throw new RangeError("Cannot read bytes: they are pairs of hexadecimal digits");
    }
    const word = (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    const isWord = parts.length > 1 && word.length === vrRule(vr).size;
    bytes.push(...(isWord ? word.reverse() : word));
  }
  return Uint8Array.from(bytes);
}
