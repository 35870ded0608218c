/**
 * Where decoded elements come from: the bytes that they stand in, and what rules their reading.
 *
 * @module
 */
import { type CharacterSet, characterSetOf, type CharacterSetPolicy } from "./character_set.ts";
import type { DecodeWarning } from "./errors.ts";
import { decodeLatin1 } from "./latin1.ts";
import { Tag } from "./tag.ts";

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
  /** The values of the item's own Specific Character Set, once it was met. */
  ownTerms: readonly string[] | undefined;
  /** Whether the item's own Pixel Representation says that pixels are signed, once it was met. */
  ownPixelsAreSigned: boolean | undefined;
  readonly #parent: Origin | undefined;
  #characterSet: CharacterSet | undefined;

  constructor(encoded: EncodedBytes, littleEndian: boolean, parent: Origin | undefined) {
    this.encoded = encoded;
    this.littleEndian = littleEndian;
    this.#parent = parent;
  }

  /**
   * What its text is in: its own Specific Character Set, else its parent's (PS3.3 C.12.1.1.2). Where a peer
   * returns an empty one in an item, the parent's too.
   */
  get characterSet(): CharacterSet {
    return this.#characterSet ??= this.#findCharacterSet(this.ownTerms ?? []);
  }

  /** Whether pixels are signed, by its own Pixel Representation or that of the data sets around it. */
  get pixelsAreSigned(): boolean {
    return this.ownPixelsAreSigned ?? this.#parent?.pixelsAreSigned ?? false;
  }

  #findCharacterSet(terms: readonly string[]): CharacterSet {
    if (this.#parent !== undefined && terms.every((term) => term === "")) {
      return this.#parent.characterSet;
    }
    const { policy, warn } = this.encoded;
    const characterSet = characterSetOf(terms, policy);
    for (const message of characterSet.problems) {
      warn?.({ kind: "character", message, offset: 0, tag: Tag.SpecificCharacterSet });
    }
    return characterSet;
  }
}
