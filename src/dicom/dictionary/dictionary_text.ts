/**
 * Data dictionaries in the format of DCMTK: a line per attribute, its fields parted by tabs.
 *
 * `(0010,0010)⇥PN⇥PatientName⇥1⇥DICOM`; ranges as `(6000-60ff,0010)`, of odd groups `(gggg-o-gggg,…)`, of all
 * `(gggg-u-gggg,…)`; private attributes as `(0019,"CREATOR",10)`; `#` begins a comment line.
 *
 * @module
 */
import type { DictionaryEntry } from "./dictionary.ts";
import { isVr, type Vr } from "../vr.ts";

/** DCMTK's names for VRs that the standard leaves open, and what we assume for them. */
const openVrs: Readonly<Record<string, Vr>> = { lt: "OW", ox: "OW", px: "OB", up: "UL", xs: "US" };
/** Not attributes: items and delimiters. */
const noVr = "na";
/** A range of more tags than this is the standard's own, which is known without listing it. */
const longestRange = 0x1000;

/**
 * Reads a data dictionary.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseDictionary } from "./dictionary_text.ts";
 *
 * const [entry] = parseDictionary('# mine\n(0029,"ACME",10)\tLO\tAcmeRoom\t1\tPrivateTag\n');
 * assertEquals(entry, {
 *   tag: 0x00290010,
 *   keyword: "AcmeRoom",
 *   vr: "LO",
 *   vm: "1",
 *   retired: false,
 *   privateCreator: "ACME",
 * });
 * ```
 *
 * @param text The content of a dictionary file.
 * @returns Its attributes.
 * @throws {SyntaxError} If a line is no attribute; the message names its number.
 */
export function parseDictionary(text: string): DictionaryEntry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    return parseLine(line, index + 1);
  });
}

function parseLine(line: string, number: number): DictionaryEntry[] {
  const fail = (why: string): never => {
    throw new SyntaxError(`Cannot read line ${number} of the data dictionary: ${why}`);
  };
  const [tagText = "", vrText = "", name = "", vm = "1", version = ""] = line.trim().split(
    /\s*\t\s*/,
  );
  if (vrText === noVr) return [];
  const vr = isVr(vrText) ? vrText : openVrs[vrText] ?? fail("the second field is no VR");
  // DCMTK's own dictionaries have names with blanks and hyphens.
  if (!/^[\w =-]+$/.test(name)) fail("the third field is no keyword");
  const retired = /retired/i.test(version) || name.startsWith("RETIRED_");
  const entry = { keyword: name.replace(/^RETIRED_/, ""), vr, vm, retired };
  const ofCreator = /^\(([^,]+),"([^"]*)",([^,)]+)\)$/.exec(tagText);
  if (ofCreator !== null) {
    const [, groups = "", privateCreator = "", elements = ""] = ofCreator;
    const tags = tagsOf(groups, elements) ?? fail("the first field is no tag");
    return tags.map((tag) => ({ ...entry, tag, privateCreator }));
  }
  const [, groups = "", elements = ""] = /^\(([^,]+),([^,)]+)\)$/.exec(tagText) ?? [];
  const tags = tagsOf(groups, elements) ?? fail("the first field is no tag");
  return tags.map((tag) => ({ ...entry, tag }));
}

/** Every tag of a range of groups and one of elements; none where the range is too long to list. */
function tagsOf(groupText: string, elementText: string): number[] | undefined {
  const groups = numbersOf(groupText);
  const elements = numbersOf(elementText);
  if (groups === undefined || elements === undefined) return undefined;
  if (groups.length * elements.length > longestRange) return [];
  return groups.flatMap((group) => elements.map((each) => group * 0x1_0000 + each));
}

function numbersOf(text: string): number[] | undefined {
  const match = /^([0-9a-f]{1,4})(?:-(?:([ou])-)?([0-9a-f]{1,4}))?$/i.exec(text);
  if (match === null) return undefined;
  const first = parseInt(match[1] ?? "", 16);
  if (match[3] === undefined) return [first];
  const last = parseInt(match[3], 16);
  // Without a letter a range goes in steps of two: even numbers from an even one, odd ones with "o".
  const step = match[2] === "u" ? 1 : 2;
  return Array.from(
    { length: Math.max(0, Math.floor((last - first) / step) + 1) },
    (_, n) => first + n * step,
  );
}
