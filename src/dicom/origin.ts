/**
 * The origin of decoded elements: their bytes, and the attributes that rule how they are read.
 *
 * @module
 */
import {
  type CharacterSet,
  characterSetOf,
  type CharacterSetPolicy,
} from "./text/character_set.ts";
import type { DecodeWarning } from "./errors.ts";
import { knowsPrivateAttributes } from "./dictionary/dictionary.ts";
import { decodeLatin1 } from "./text/latin1.ts";
import { isPrivateCreatorTag, privateCreatorTagOf, Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";

/** A value that is not a sequence. */
export type PlainValue = readonly string[] | readonly number[] | readonly bigint[] | Uint8Array;

/** An element, as far as it may rule how others are read. */
export interface NotedElement {
  readonly tag: number;
  readonly vr: Vr;
  readonly origin: Origin;
  /** Offset of its value's first byte. */
  readonly start: number;
  /** Offset after its value's last byte. */
  readonly end: number;
  readonly value: PlainValue;
}

/** Encoded bytes that elements refer to for as long as they live. */
export class EncodedBytes {
  readonly bytes: Uint8Array;
  readonly policy: CharacterSetPolicy | undefined;
  readonly warn: ((warning: DecodeWarning) => void) | undefined;
  #text: string | undefined;

  constructor(
    bytes: Uint8Array,
    policy?: CharacterSetPolicy,
    warn?: (warning: DecodeWarning) => void,
  ) {
    this.bytes = bytes;
    this.policy = policy;
    this.warn = warn;
  }

  /** All bytes as ISO 8859-1, decoded at once: ASCII values are cut out of it. */
  get text(): string {
    return this.#text ??= decodeLatin1(this.bytes);
  }
}

/** One data set or item among encoded bytes. */
export class Origin {
  readonly encoded: EncodedBytes;
  readonly littleEndian: boolean;
  /** Of an item: the length as sent, 0xFFFF_FFFF where a delimiter ends it. */
  length = 0;
  readonly #parent: Origin | undefined;
  /** The values of its own Specific Character Set, once it was met. */
  #ownTerms: readonly string[] | undefined;
  /** True if its own Pixel Representation says that pixels are signed; undefined until it was met. */
  #ownPixelsAreSigned: boolean | undefined;
  /** The Private Creators by tag, kept only if the dictionary has private attributes. */
  #privateCreators: Map<number, string> | undefined;
  #characterSet: CharacterSet | undefined;

  constructor(encoded: EncodedBytes, littleEndian: boolean, parent: Origin | undefined) {
    this.encoded = encoded;
    this.littleEndian = littleEndian;
    this.#parent = parent;
  }

  /** Takes note of an element if it rules the reading of others; of several with one tag, the first counts. */
  note(element: NotedElement): void {
    const { tag } = element;
    if (tag === Tag.SpecificCharacterSet) {
      this.#ownTerms ??= termsOf(element);
    } else if (tag === Tag.PixelRepresentation) {
      this.#ownPixelsAreSigned ??= element.value[0] === 1 &&
        !(element.value instanceof Uint8Array);
    } else if (isPrivateCreatorTag(tag) && knowsPrivateAttributes()) {
      const [creator] = stringsOf(element.value);
      this.#privateCreators ??= new Map();
      if (creator !== undefined && !this.#privateCreators.has(tag)) {
        this.#privateCreators.set(tag, creator);
      }
    }
  }

  /** The Private Creator of an element's block; undefined if the dictionary has no private attributes. */
  privateCreator(tag: number): string | undefined {
    return this.#privateCreators?.get(privateCreatorTagOf(tag));
  }

  /**
   * Its character set: its own Specific Character Set, otherwise its parent's (PS3.3 C.12.1.1.2). An empty
   * one in an item counts as none.
   */
  get characterSet(): CharacterSet {
    return this.#characterSet ??= this.#findCharacterSet(this.#ownTerms ?? noTerms);
  }

  /** True if pixels are signed, by its own Pixel Representation or that of the data sets around it. */
  get pixelsAreSigned(): boolean {
    return this.#ownPixelsAreSigned ?? this.#parent?.pixelsAreSigned ?? false;
  }

  #findCharacterSet(terms: readonly string[]): CharacterSet {
    if (this.#parent !== undefined && terms.every(isEmpty)) {
      return this.#parent.characterSet;
    }
    const { policy, warn } = this.encoded;
    const characterSet = lookUp(terms, policy);
    for (const message of characterSet.problems) {
      warn?.({ kind: "character", message, offset: 0, tag: Tag.SpecificCharacterSet });
    }
    return characterSet;
  }
}

const noTerms: readonly string[] = [];
const isEmpty = (term: string): boolean => term === "";

function stringsOf(value: PlainValue): readonly string[] {
  return !(value instanceof Uint8Array) && typeof value[0] === "string" ? value as string[] : [];
}

/** The last look-up of the terms kept below. */
let lastLookup: {
  readonly terms: readonly string[];
  readonly policy: CharacterSetPolicy | undefined;
  readonly characterSet: CharacterSet;
} | undefined;

/** Looks up a character set, but that of kept terms only once for all matches of an answer. */
function lookUp(terms: readonly string[], policy: CharacterSetPolicy | undefined): CharacterSet {
  if (lastLookup?.terms === terms && lastLookup.policy === policy) return lastLookup.characterSet;
  const characterSet = characterSetOf(terms, policy);
  if (terms === lastTerms?.terms) lastLookup = { terms, policy, characterSet };
  return characterSet;
}

/** The last Specific Character Set that was read: all matches of an answer have the same. */
let lastTerms: { readonly bytes: Uint8Array; readonly terms: readonly string[] } | undefined;

/** Longer ones are not kept; no data set in order has them. */
const longestKept = 128;

/** The terms of a Specific Character Set. */
function termsOf(element: NotedElement): readonly string[] {
  const { vr, origin, start, end } = element;
  const { bytes } = origin.encoded;
  if (vr !== "CS" || end - start > longestKept) return stringsOf(element.value);
  if (lastTerms !== undefined && isSame(lastTerms.bytes, bytes, start, end)) return lastTerms.terms;
  const terms = stringsOf(element.value);
  const ownBytes = bytes.slice(start, end);
  // What is no ASCII is warned of each time.
  if (ownBytes.every((byte) => byte >= 0x20 && byte < 0x7F)) lastTerms = { bytes: ownBytes, terms };
  return terms;
}

function isSame(whole: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (whole.length !== end - start) return false;
  for (let index = 0; index < whole.length; index++) {
    if (whole[index] !== bytes[start + index]) return false;
  }
  return true;
}
