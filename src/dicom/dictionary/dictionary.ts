/**
 * The data dictionary (PS3.6): what a tag is called and which VR it has.
 *
 * Its facts stay one sorted string, searched in place: no start-up cost and no parsing; what was found
 * once is kept.
 *
 * @module
 */
import { attributeLines, repeatingAttributeLines } from "./dictionary_data.ts";
import { nearestOf } from "../../base/edit_distance.ts";
import { isPrivateCreatorTag, isPrivateTag, tagHex } from "../tag.ts";
import type { Vr } from "../vr.ts";

/** A dictionary entry of an attribute. */
export interface DictionaryEntry {
  /** The tag; of repeating groups and elements, found by keyword, the first. */
  readonly tag: number;
  /** The keyword, such as `PatientName`. */
  readonly keyword: string;
  /** Of those that the standard leaves open, the one to assume: US for "US or SS", OW for "OB or OW". */
  readonly vr: Vr;
  /** True if the standard says "US or SS": it is SS if Pixel Representation (0028,0103) is 1. */
  readonly mayBeSigned?: true;
  /** The value multiplicity as printed: "1", "1-n", "2-2n". */
  readonly vm: string;
  /** True if the standard has retired the attribute. */
  readonly retired: boolean;
  /** Of private attributes: who reserved the block; `tag` then has 00 as the block number. */
  readonly privateCreator?: string;
}

const foundByTag = new Map<number, DictionaryEntry>();
const foundByKeyword = new Map<string, DictionaryEntry>();
const addedByTag = new Map<number, DictionaryEntry>();
const addedByKeyword = new Map<string, DictionaryEntry>();
const addedPrivate = new Map<string, DictionaryEntry>();

/**
 * Finds what the dictionary knows of a tag: standard attributes, repeating groups, group lengths,
 * private creators, and what {@linkcode addDictionary} added.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lookupTag } from "./dictionary.ts";
 *
 * assertEquals(lookupTag(0x00100010)?.keyword, "PatientName");
 * assertEquals(lookupTag(0x60023000)?.keyword, "OverlayData");
 * assertEquals(lookupTag(0x00091001), undefined);
 * ```
 *
 * @param tag The tag.
 * @param privateCreator For a private element, the value of its block's private creator.
 * @returns The entry, or undefined if nothing is known.
 */
export function lookupTag(tag: number, privateCreator?: string): DictionaryEntry | undefined {
  const found = foundByTag.get(tag);
  if (found !== undefined) return found;
  if (isPrivateTag(tag)) return lookupPrivate(tag, privateCreator);
  const entry = addedByTag.get(tag) ?? searchLines(tag) ?? lookupRepeating(tag) ?? groupLength(tag);
  if (entry !== undefined) foundByTag.set(tag, entry);
  return entry;
}

/**
 * Finds the attribute of a keyword; keywords are compared as they are printed, case included.
 *
 * @param keyword The keyword.
 * @returns The entry, or undefined if no attribute has this keyword.
 */
export function lookupKeyword(keyword: string): DictionaryEntry | undefined {
  const known = addedByKeyword.get(keyword) ?? foundByKeyword.get(keyword);
  if (known !== undefined) return known;
  const entry = searchKeyword(keyword);
  if (entry !== undefined) foundByKeyword.set(keyword, entry);
  return entry;
}

function searchKeyword(keyword: string): DictionaryEntry | undefined {
  if (!/^\w+$/.test(keyword)) return undefined;
  for (const lines of [attributeLines, repeatingAttributeLines]) {
    const at = lines.indexOf(` ${keyword}\n`);
    if (at >= 0) {
      return parseLine(lines.slice(lines.lastIndexOf("\n", at) + 1, lines.indexOf("\n", at)));
    }
  }
  return undefined;
}

/**
 * Finds the keyword that a misspelt one was probably meant to be.
 *
 * @param text The misspelt keyword.
 * @returns A keyword, or undefined if none is near.
 */
export function nearestKeyword(text: string): string | undefined {
  return nearestOf(text, [...addedByKeyword.keys(), ...keywords()]);
}

/**
 * Lists every standard keyword, ascending by tag, repeating ones last.
 *
 * @returns The keywords.
 */
export function keywords(): ReadonlySet<string> {
  const matches = `${attributeLines}${repeatingAttributeLines}`.matchAll(/ (\w+)\n/g);
  return new Set(matches.map((match) => match[1] ?? ""));
}

/**
 * Adds attributes of one's own, before the standard's; the latest wins.
 *
 * @param entries The attributes.
 */
export function addDictionary(entries: Iterable<DictionaryEntry>): void {
  for (const entry of entries) {
    addedByKeyword.set(entry.keyword, entry);
    if (entry.privateCreator !== undefined) {
      addedPrivate.set(privateKey(entry.tag, entry.privateCreator), entry);
    } else {
      addedByTag.set(entry.tag, entry);
    }
  }
  foundByTag.clear();
}

/** Returns true if private attributes were added; only then do decoders look at Private Creators. */
export function knowsPrivateAttributes(): boolean {
  return addedPrivate.size > 0;
}

function lookupPrivate(tag: number, creator: string | undefined): DictionaryEntry | undefined {
  if (isPrivateCreatorTag(tag)) {
    return { tag, keyword: "PrivateCreator", vr: "LO", vm: "1", retired: false };
  }
  const ofCreator = creator === undefined ? undefined : addedPrivate.get(privateKey(tag, creator));
  if (ofCreator !== undefined) return { ...ofCreator, tag };
  return addedByTag.get(tag) ?? groupLength(tag);
}

/** One key for all blocks that a creator may reserve: the block number is left out. */
function privateKey(tag: number, creator: string): string {
  return `${((tag & 0xFFFF_00FF) >>> 0).toString(16)} ${creator}`;
}

function groupLength(tag: number): DictionaryEntry | undefined {
  if ((tag & 0xFFFF) !== 0) return undefined;
  return { tag, keyword: "GenericGroupLength", vr: "UL", vm: "1", retired: true };
}

const newline = 0x0A;

/** Searches by halving: a line's first eight characters sort as its tag does. */
function searchLines(tag: number): DictionaryEntry | undefined {
  const wanted = tagHex(tag);
  let low = 1;
  let high = attributeLines.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    let start = middle;
    while (attributeLines.charCodeAt(start - 1) !== newline) start--;
    const found = attributeLines.slice(start, start + wanted.length);
    if (found === wanted) {
      return parseLine(attributeLines.slice(start, attributeLines.indexOf("\n", start)));
    }
    if (found < wanted) low = middle + 1;
    else high = start;
  }
  return undefined;
}

/** Repeating attributes by what their digits that are not `x` say; the few patterns of `x` apart. */
let repeatingByMask: Map<number, Map<number, DictionaryEntry>> | undefined;

function lookupRepeating(tag: number): DictionaryEntry | undefined {
  repeatingByMask ??= parseRepeating();
  for (const [mask, entries] of repeatingByMask) {
    const entry = entries.get((tag & mask) >>> 0);
    if (entry !== undefined) return { ...entry, tag };
  }
  return undefined;
}

function parseRepeating(): Map<number, Map<number, DictionaryEntry>> {
  const byMask = new Map<number, Map<number, DictionaryEntry>>();
  for (const line of repeatingAttributeLines.trim().split("\n")) {
    const digits = line.slice(0, 8).replaceAll(/[^x]/g, "F").replaceAll("x", "0");
    const mask = Number.parseInt(digits, 16);
    const entry = parseLine(line);
    byMask.set(
      mask,
      (byMask.get(mask) ?? new Map<number, DictionaryEntry>()).set(entry.tag, entry),
    );
  }
  return byMask;
}

/** Reads "00100010PN1 PatientName" and "50xx0005US1* CurveDimensions". */
function parseLine(line: string): DictionaryEntry {
  const space = line.indexOf(" ");
  const retired = line[space - 1] === "*";
  const vr = line.slice(8, 10);
  const mayBeSigned = vr === "XS";
  return {
    tag: Number.parseInt(line.slice(0, 8).replaceAll("x", "0"), 16),
    keyword: line.slice(space + 1),
    vr: mayBeSigned ? "US" : vr as Vr,
    ...(mayBeSigned && { mayBeSigned }),
    vm: line.slice(10, retired ? space - 1 : space),
    retired,
  };
}
