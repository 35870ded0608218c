/**
 * The compiled keys of a station. They decide which items match, and which attributes are returned.
 *
 * PS3.4 sections C.2.2.2 and K.4.1.3. The configuration may add keys to those of a station. In a sequence one
 * and the same item must match both. Of a sequence only the items that match are returned. A value that
 * cannot be read (`202611` as a date) does not exclude an item.
 *
 * @module
 */
import { type DataElement, DataSet, element } from "../dicom/data_set.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, Tag } from "../dicom/tag.ts";
import { compileJudge, type Judge, type MatchOptions, mayMatch } from "../worklist/match/match.ts";
import type { SupportedKeys } from "./supported_keys.ts";

/** Keys of the configuration. Their sequences have one item each. */
export interface AddedKeys {
  readonly keys: DataSet;
  /** True if an absent attribute matches. */
  readonly absentMatches: boolean;
}

/** The options for reading keys. */
export interface StationKeyOptions {
  /** Keys of the configuration, which an item must match as well. */
  readonly added?: readonly AddedKeys[] | undefined;
  /** The keys that can be answered; undefined: every attribute that an item has. */
  readonly supported?: SupportedKeys | undefined;
  readonly match?: MatchOptions | undefined;
  /** Timezone Offset From UTC of the whole identifier. */
  readonly offset?: DataElement | undefined;
}

/** Attributes that describe how others are read. They are neither matched nor unsupported. */
const notKeys: ReadonlySet<number> = new Set([
  Tag.SpecificCharacterSet,
  Tag.TimezoneOffsetFromUTC,
  Tag.QueryRetrieveLevel,
]);

/** A sequence key: one of its items, or the item that the configuration adds. */
interface SequenceKey {
  readonly tag: number;
  readonly alternatives: readonly StationKeys[];
}

/** The keys of a data set or of an item in it. */
export class StationKeys {
  /** True if each key is supported. Then the status of a match is 0xFF00, otherwise 0xFF01. */
  readonly isSupported: boolean;
  readonly #asked: DataSet;
  readonly #judges: readonly Judge[];
  readonly #sequences: readonly SequenceKey[];
  readonly #unsupported: ReadonlySet<number>;
  readonly #hasOffset: boolean;

  /**
   * @param identifier The Identifier of the station, or an item of it.
   * @param options The options.
   * @param path The sequences around the item.
   */
  constructor(identifier: DataSet, options: StationKeyOptions = {}, path: readonly number[] = []) {
    const { added = [], supported, match = {} } = options;
    this.#asked = identifier;
    const keys = [...identifier.elements()].filter(isKey);
    this.#unsupported = new Set(
      keys.map(({ tag }) => tag).filter((tag) => supported?.has([...path, tag]) === false),
    );
    const plain = keys.filter((key) => isMatched(key) && !this.#unsupported.has(key.tag));
    const offset = identifier.get(Tag.TimezoneOffsetFromUTC) ?? options.offset;
    this.#hasOffset = offset !== undefined && offset.value.length > 0;
    const own = {
      keys: offset === undefined || plain.length === 0 ? plain : [...plain, offset],
      absentMatches: false,
    };
    const others = added.map(({ keys, absentMatches }) => ({
      keys: [...keys.elements()].filter(isMatched),
      absentMatches,
    }));
    this.#judges = [own, ...others].filter(({ keys }) => keys.length > 0)
      .map(({ keys, absentMatches }) =>
        compileJudge(new DataSet(keys), {
          ...match,
          combineDateAndTime: true,
          absentMatches,
          emptyMatches: absentMatches,
        })
      );
    this.#sequences = sequenceTags([identifier, ...added.map(({ keys }) => keys)])
      .filter((tag) => !this.#unsupported.has(tag))
      .map((tag) => {
        const asked = identifier.items(tag);
        const below = { ...options, offset, added: added.flatMap(inside(tag)) };
        const alternatives = (asked.length > 0 ? asked : [nothingAsked])
          .map((item) => new StationKeys(item, below, [...path, tag]));
        return { tag, alternatives };
      });
    this.isSupported = this.#unsupported.size === 0 &&
      this.#sequences.every(({ alternatives }) => alternatives.every((one) => one.isSupported));
  }

  /** True if no key has a value: everything matches. */
  get isUniversal(): boolean {
    return this.#judges.length === 0 &&
      this.#sequences.every(({ alternatives }) => alternatives.some((one) => one.isUniversal));
  }

  /**
   * The keys of the items of a sequence, one entry for each item of the Identifier; `undefined` if all of the
   * sequence matches.
   *
   * @param tag The sequence.
   */
  inside(tag: number): readonly StationKeys[] | undefined {
    return this.#sequences.find((sequence) => sequence.tag === tag)?.alternatives;
  }

  /**
   * True if a key is returned empty when an item does not have it.
   *
   * @param key The key.
   */
  returnsEmpty(key: DataElement): boolean {
    // An absent sequence is left out: many are of type 1C and must not be empty (PS3.4 Table K.6-1).
    return !this.#unsupported.has(key.tag) && isKey(key) && key.vr !== "SQ";
  }

  /**
   * True if a data set matches. A value that cannot be read matches, so that no station loses a patient by
   * it. Example: a step dated `202611` is returned to a station that asks for 20261127.
   *
   * @param dataSet The data set.
   */
  matches(dataSet: DataSet): boolean {
    if (!this.#judges.every((judge) => mayMatch(judge(dataSet)))) return false;
    return this.#sequences.every(({ tag, alternatives }) => {
      if (alternatives.some((one) => one.isUniversal)) return true;
      if (isUnreadable(dataSet.get(tag))) return true;
      const items = dataSet.items(tag);
      // Without an item, its attributes are absent.
      return (items.length > 0 ? items : [nothingAsked]).some((item) => {
        const inZone = this.#inZoneOf(dataSet, item);
        return alternatives.some((one) => one.matches(inZone));
      });
    });
  }

  /**
   * Selects the attributes of a matching data set that were requested. They are empty if the item has no
   * value. Left out are attributes that are not supported, and sequences that the item does not have.
   *
   * @param dataSet The data set.
   */
  select(dataSet: DataSet): DataSet {
    const selected = new DataSet();
    for (const key of this.#asked.elements()) {
      if (key.tag === Tag.SpecificCharacterSet || isGroupLength(key.tag)) continue;
      if (isPrivateCreatorTag(key.tag)) continue;
      const found = this.#find(dataSet, key.tag);
      if (found !== undefined) selected.set(this.#selectElement(key, found, dataSet));
      else if (this.returnsEmpty(key)) {
        selected.set(element(key.tag, [], key.vr));
      }
    }
    for (const { tag } of [...selected.elements()].filter(({ tag }) => isPrivateTag(tag))) {
      const creator = this.#asked.get(privateCreatorTagOf(tag));
      if (creator !== undefined) selected.set(creator);
    }
    return selected;
  }

  #selectElement(key: DataElement, found: DataElement, dataSet: DataSet): DataElement {
    const sequence = found.vr === "SQ"
      ? this.#sequences.find(({ tag }) => tag === found.tag)
      : undefined;
    if (sequence === undefined) return found;
    const items = found.items.flatMap((item) => {
      const inZone = this.#inZoneOf(dataSet, item);
      const keys = sequence.alternatives.find((one) => one.matches(inZone));
      if (keys === undefined) return [];
      return [key.items.some(({ size }) => size > 0) ? keys.select(item) : item];
    });
    return element(found.tag, items, "SQ");
  }

  /** Returns an item of a sequence with the time zone of the data set around it, if that applies. */
  #inZoneOf(dataSet: DataSet, item: DataSet): DataSet {
    const offset = this.#hasOffset ? dataSet.get(Tag.TimezoneOffsetFromUTC) : undefined;
    if (offset === undefined || item.has(Tag.TimezoneOffsetFromUTC)) return item;
    return new DataSet([...item.elements(), offset]);
  }

  /** Finds an attribute. A private one is found by its creator, in any block of the item. */
  #find(dataSet: DataSet, tag: number): DataElement | undefined {
    const creator = isPrivateTag(tag) ? this.#asked.privateCreator(tag) : undefined;
    if (creator === undefined) return dataSet.get(tag);
    for (const each of dataSet.elements()) {
      const isIts = each.tag >>> 16 === tag >>> 16 && (each.tag & 0xFF) === (tag & 0xFF) &&
        !isPrivateCreatorTag(each.tag) && dataSet.privateCreator(each.tag) === creator;
      if (isIts) return element(tag, each.value as Parameters<typeof element>[1], each.vr);
    }
    return undefined;
  }
}

/** Returns the added keys for the items of a sequence. */
function inside(tag: number): (added: AddedKeys) => AddedKeys[] {
  return ({ keys, absentMatches }) =>
    keys.items(tag).slice(0, 1).map((item) => ({ keys: item, absentMatches }));
}

/** True if a sequence has another VR and a value. */
function isUnreadable(found: DataElement | undefined): boolean {
  return found !== undefined && found.vr !== "SQ" && found.value.length > 0;
}

const nothingAsked = new DataSet();

function isKey({ tag }: DataElement): boolean {
  return !notKeys.has(tag) && !isPrivateCreatorTag(tag) && !isGroupLength(tag);
}

function isGroupLength(tag: number): boolean {
  return (tag & 0xFFFF) === 0;
}

/** True if a key that is no sequence has a value that excludes items. */
function isMatched(key: DataElement): boolean {
  if (!isKey(key) || key.vr === "SQ" || key.value.length === 0) return false;
  // Some libraries (dcmjs) cannot leave a binary number empty. They send 0 for a Pregnancy Status that is
  // only requested.
  if (key.numbers.length > 0 && key.numbers.every((number) => number === 0)) return false;
  return key.strings.length === 0 || !key.strings.every((text) => /^\**$/.test(text.trim()));
}

/** The sequences with an item in one of the data sets. */
function sequenceTags(dataSets: readonly DataSet[]): number[] {
  const tags = dataSets.flatMap((dataSet) =>
    [...dataSet.elements()].filter(({ items }) => items.length > 0).map(({ tag }) => tag)
  );
  return [...new Set(tags)];
}
