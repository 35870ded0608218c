/**
 * Specific Character Set (0008,0005): from its defined terms to what reads and writes text.
 *
 * PS3.3 section C.12.1.1.2 and PS3.5 section 6.1.2. Terms that peers misspell are understood, with
 * a problem to report; so are the names that the Web gives to encodings (`windows-1252`,
 * `shift_jis`), for the sake of a peer's configured `default` and `override`.
 *
 * @module
 */

import {
  ascii,
  type CodeElement,
  gb2312,
  jisX0208,
  jisX0212,
  katakana,
  ksX1001,
  romaji,
  singleByteG1,
  webCodeElement,
} from "../code_element.ts";

/** A site's rule for the character set of a peer that names none, or a wrong one. */
export interface CharacterSetPolicy {
  /**
   * Terms for data sets that name no character set, or one that nobody knows. Several are separated
   * by `\`.
   */
  readonly default?: string;
  /** Terms in place of whatever a data set names. */
  readonly override?: string;
}

/** Single bytes and code extensions, as ISO 2022 has them. */
export interface Iso2022Coding {
  readonly kind: "iso2022";
  /** The sets in force at the start of a value and after each delimiter. */
  readonly g0: CodeElement;
  readonly g1: CodeElement | undefined;
  /**
   * The reading of bytes from 0x80 if nothing is designated to G1: senders forget escape
   * sequences.
   */
  readonly impliedG1: CodeElement | undefined;
  /**
   * Every code element that the terms name, in their order. More than `g0` and `g1`: escapes may be
   * written.
   */
  readonly declared: readonly CodeElement[];
}

/** An encoding that stands alone and that `TextDecoder` reads. */
export interface WebCoding {
  readonly kind: "web";
  readonly decoder: TextDecoder;
}

/** A resolved Specific Character Set. */
export interface CharacterSet {
  /** The terms as the standard spells them; none for the default repertoire, ASCII. */
  readonly terms: readonly string[];
  /** The faults of the terms; a message repeats nothing that a peer sent. */
  readonly problems: readonly string[];
  readonly coding: Iso2022Coding | WebCoding;
}

interface Term {
  readonly canonical: string;
  readonly isCanonical: boolean;
  /** Of ISO 2022: the code elements for G0 and G1. */
  readonly elements?: readonly CodeElement[];
  /** Stands alone. */
  readonly label?: string;
}

const codeElements: ReadonlyMap<number, readonly CodeElement[]> = new Map([
  [6, [ascii]],
  [13, [romaji, katakana]],
  [87, [jisX0208]],
  [159, [jisX0212]],
  [149, [ksX1001]],
  [58, [gb2312]],
  ...[...singleByteG1].map(([number, element]): [number, CodeElement[]] => [
    number,
    [ascii, element],
  ]),
]);

const isMultiByte = (number: number): boolean => [58, 87, 149, 159].includes(number);

/** Reads one defined term, however it is spelt; `undefined` if nobody knows it. */
function parseTerm(term: string, hasSeveral: boolean): Term | undefined {
  if (term === "") return { canonical: "", isCanonical: true, elements: [ascii] };
  const squeezed = term.toUpperCase().replaceAll(/[\s_-]+/g, "");
  if (squeezed === "GB18030" || squeezed === "ISOIRGB18030") {
    return { canonical: "GB18030", isCanonical: term === "GB18030", label: "gb18030" };
  }
  if (squeezed === "GBK" || squeezed === "ISO2022GBK") {
    return { canonical: "GBK", isCanonical: term === "GBK", label: "gbk" };
  }
  const digits = /^ISO(2022)?(?:IR)?(\d{1,3})$/.exec(squeezed)?.[2];
  if (digits === "192" || squeezed === "UTF8") {
    return { canonical: "ISO_IR 192", isCanonical: term === "ISO_IR 192", label: "utf-8" };
  }
  const number = Number(digits);
  const elements = codeElements.get(number);
  if (elements) {
    const canonical = hasSeveral || isMultiByte(number)
      ? `ISO 2022 IR ${number}`
      : `ISO_IR ${number}`;
    return { canonical, isCanonical: term === canonical, elements };
  }
  return parseWebLabel(term);
}

function parseWebLabel(term: string): Term | undefined {
  const label = term.trim().toLowerCase();
  try {
    const decoder = new TextDecoder(label);
    // UTF-16 and the like are not ASCII's supersets: a delimiter would look like part of a character.
    if (decoder.decode(Uint8Array.of(0x41, 0x5c)) !== "A\\") return undefined;
    if (decoder.encoding === "utf-8") {
      return { canonical: "ISO_IR 192", isCanonical: false, label: "utf-8" };
    }
    const isSingleByte = /^(?:windows-|iso-8859-|koi8-|ibm|macintosh|x-mac)/.test(decoder.encoding);
    if (!isSingleByte) return { canonical: label, isCanonical: true, label };
    return { canonical: label, isCanonical: true, elements: [ascii, webCodeElement(label)] };
  } catch {
    return undefined;
  }
}

function webCharacterSet(term: Term & { label: string }, problems: string[]): CharacterSet {
  const decoder = new TextDecoder(term.label, { ignoreBOM: true });
  return { terms: [term.canonical], problems, coding: { kind: "web", decoder } };
}

const isAsciiOnly = ({ elements = [], label }: Term): boolean =>
  label === undefined && elements.every((element) => element === ascii);

function resolve(terms: readonly string[], policyDefault: readonly string[]): CharacterSet {
  const problems: string[] = [];
  const hasSeveral = terms.length > 1;
  const known: Term[] = [];
  for (const [index, text] of terms.entries()) {
    const term = parseTerm(text, hasSeveral);
    const where = `value ${index + 1} of Specific Character Set`;
    if (!term) {
      problems.push(`${where} is not a known term`);
      if (index > 0) continue;
      if (policyDefault.length === 0) known.push({ canonical: "", isCanonical: true });
      else {
        const fallback = resolve(policyDefault, []);
        return { ...fallback, problems: [...problems, ...fallback.problems] };
      }
      continue;
    }
    if (!term.isCanonical) problems.push(`${where} is not spelt ${term.canonical}`);
    if (hasSeveral && term.label !== undefined) {
      problems.push(`${where} does not allow code extensions`);
      // After nothing but ASCII, as in `\\ISO_IR 192`, it is what the sender writes: ASCII reads the same in it.
      if (!known.every(isAsciiOnly)) continue;
      return webCharacterSet({ ...term, label: term.label }, problems);
    }
    known.push(term);
  }
  const [first] = known;
  if (first?.label !== undefined) {
    return webCharacterSet({ ...first, label: first.label }, problems);
  }
  return iso2022CharacterSet(known, problems);
}

function iso2022CharacterSet(terms: readonly Term[], problems: string[]): CharacterSet {
  const first = terms[0]?.elements ?? [];
  const all = terms.flatMap((term) => term.elements ?? []);
  // Value 1 cannot be JIS X 0208 or 0212 by the standard; where it is, text still starts in ASCII.
  const g0 = first.find((element) => element === romaji) ?? ascii;
  const g1 = first.find((element) => element.half === "G1");
  return {
    terms: terms.length === 1 && terms[0]?.canonical === ""
      ? []
      : terms.map((term) => term.canonical),
    problems,
    coding: {
      kind: "iso2022",
      g0,
      g1,
      impliedG1: g1 ?? all.find((element) => element.half === "G1"),
      declared: [...new Set([g0, ...g1 ? [g1] : [], ...all])],
    },
  };
}

/** The most lists of terms that peers can make us remember. */
const CACHE_LIMIT = 256;
const cache = new Map<string, CharacterSet>();

const split = (terms: string | undefined): string[] => terms === undefined ? [] : terms.split("\\");

/**
 * Finds what reads and writes the text of a data set.
 *
 * PS3.3 section C.12.1.1.2. Nothing makes it fail: a term that nobody knows gives way to
 * `policy.default`, or else to ASCII, and `problems` says so.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { characterSetOf } from "./character_set.ts";
 *
 * assertEquals(characterSetOf(["iso-ir 100"]).terms, ["ISO_IR 100"]);
 * assertEquals(characterSetOf([]).terms, []);
 * assertEquals(characterSetOf([], { default: "ISO_IR 100" }).terms, ["ISO_IR 100"]);
 * ```
 *
 * @param terms The values of Specific Character Set (0008,0005), none where it is absent.
 * @param policy The site's rule.
 * @returns The same object for the same arguments, as a rule.
 */
export function characterSetOf(
  terms: readonly string[],
  policy: CharacterSetPolicy = {},
): CharacterSet {
  const key = `${terms.join("\\")}\n${policy.default ?? ""}\n${policy.override ?? ""}`;
  const cached = cache.get(key);
  if (cached) return cached;
  const named = policy.override === undefined ? terms : split(policy.override);
  const isNamed = named.some((term) => term !== "");
  const policyDefault = split(policy.default);
  const characterSet = isNamed
    ? resolve(named, policyDefault)
    : resolve(policyDefault.length > 0 ? policyDefault : [""], []);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, characterSet);
  return characterSet;
}
