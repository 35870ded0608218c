/**
 * Data elements and data sets (PS3.5 section 7), and how programs make them.
 *
 * @module
 */
import { lookupTag } from "./dictionary/dictionary.ts";
import type { Origin, PlainValue } from "./origin.ts";
import { formatTag, privateCreatorTagOf, Tag } from "./tag.ts";
import { toValue } from "./to_value.ts";
import { decodeValue } from "./value.ts";
import type { Vr } from "./vr.ts";

/** The value of a data element, by its VR: {@linkcode DataElement.value}. */
export type Value = PlainValue | readonly DataSet[];

/** The bytes of a decoded element's value within its origin. */
interface Place {
  readonly origin: Origin;
  readonly start: number;
  readonly end: number;
}

/** A data element. Of decoded ones, the value is decoded when it is read for the first time. */
export class DataElement {
  /** The tag, 0xGGGGEEEE. */
  readonly tag: number;
  /** The VR, by its two letters. */
  readonly vr: Vr;
  readonly #origin: Origin | undefined;
  readonly #start: number;
  readonly #end: number;
  #value: Value | undefined;

  /**
   * For decoders; programs call {@linkcode element}.
   *
   * @internal
   *
   * @param tag The tag.
   * @param vr The VR.
   * @param value The value, where it is known already.
   * @param origin The origin of the element.
   * @param start Offset of its value's first byte there.
   * @param end Offset after its last byte.
   */
  constructor(
    tag: number,
    vr: Vr,
    value: Value | undefined,
    origin?: Origin,
    start: number = 0,
    end: number = 0,
  ) {
    this.tag = tag;
    this.vr = vr;
    this.#value = value;
    this.#origin = origin;
    this.#start = start;
    this.#end = end;
  }

  /**
   * The value, by VR: strings without padding (DS and IS as sent); numbers (AT as 0xGGGGEEEE); bigints for
   * SV and UV; bytes, 16-bit and longer units in Little Endian order; data sets for SQ. Empty if the element is.
   */
  get value(): Value {
    if (this.#value !== undefined) return this.#value;
    const value = this.#origin === undefined
      ? []
      : decodeValue(this.tag, this.vr, this.#origin, this.#start, this.#end);
    this.#value = value;
    return value;
  }

  /**
   * The bytes that it was decoded from; undefined for elements that were not decoded.
   *
   * @internal
   */
  get place(): Place | undefined {
    if (this.#origin === undefined) return undefined;
    return { origin: this.#origin, start: this.#start, end: this.#end };
  }

  /** The values, if they are strings; none otherwise. */
  get strings(): readonly string[] {
    const { value } = this;
    return Array.isArray(value) && typeof value[0] === "string" ? value : [];
  }

  /** The values, if they are numbers; none otherwise. */
  get numbers(): readonly number[] {
    const { value } = this;
    return Array.isArray(value) && typeof value[0] === "number" ? value : [];
  }

  /** The items, if it is a sequence; none otherwise. */
  get items(): readonly DataSet[] {
    const { value } = this;
    return this.vr === "SQ" && Array.isArray(value) ? value : [];
  }
}

/**
 * Data elements, at most one of each tag, ascending by tag: a data set or an item of a sequence.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "./data_set.ts";
 * import { Tag } from "./tag.ts";
 *
 * const step = new DataSet([element(Tag.Modality, ["CT"])]);
 * const dataSet = new DataSet([
 *   element(Tag.ScheduledProcedureStepSequence, [step]),
 *   element(Tag.PatientName, ["Doe^Jane"]),
 * ]);
 * assertEquals(dataSet.string(Tag.PatientName), "Doe^Jane");
 * assertEquals(dataSet.items(Tag.ScheduledProcedureStepSequence)[0]?.string(Tag.Modality), "CT");
 * ```
 */
export class DataSet {
  readonly #elements: DataElement[];
  readonly #origin: Origin | undefined;
  /** True once Specific Character Set was set or deleted by the program. */
  #namesOwnCharacterSet = false;

  /**
   * Makes a data set.
   *
   * @param elements The elements, in any order; of several with one tag the last is kept.
   * @param origin For decoders: where the elements were decoded from; they must be an array ascending by
   * tag, and become the data set's own.
   */
  constructor(elements: Iterable<DataElement> = [], origin?: Origin) {
    this.#origin = origin;
    if (origin !== undefined && Array.isArray(elements)) {
      this.#elements = elements;
    } else {
      this.#elements = [];
      for (const each of elements) this.set(each);
    }
  }

  /** The number of elements; those inside items are not counted. */
  get size(): number {
    return this.#elements.length;
  }

  /** The elements, ascending by tag. */
  elements(): Iterable<DataElement> {
    return this.#elements;
  }

  /** The element of a tag, if there is one. */
  get(tag: number): DataElement | undefined {
    const index = this.#indexOf(tag);
    return index < 0 ? undefined : this.#elements[index];
  }

  /** Returns true if there is an element of a tag, empty or not. */
  has(tag: number): boolean {
    return this.#indexOf(tag) >= 0;
  }

  /** Adds an element, or replaces that of the same tag. */
  set(element: DataElement): void {
    const index = this.#indexOf(element.tag);
    if (index >= 0) this.#elements[index] = element;
    else this.#elements.splice(-index - 1, 0, element);
    if (element.tag === Tag.SpecificCharacterSet) this.#namesOwnCharacterSet = true;
  }

  /** Removes the element of a tag; returns true if there was one. */
  delete(tag: number): boolean {
    const index = this.#indexOf(tag);
    if (index < 0) return false;
    this.#elements.splice(index, 1);
    if (tag === Tag.SpecificCharacterSet) this.#namesOwnCharacterSet = true;
    return true;
  }

  /** The values of an element, if they are strings; none otherwise. */
  strings(tag: number): readonly string[] {
    return this.get(tag)?.strings ?? [];
  }

  /** The first value of an element, if it is a string. */
  string(tag: number): string | undefined {
    return this.get(tag)?.strings[0];
  }

  /** The values of an element, if they are numbers; none otherwise. */
  numbers(tag: number): readonly number[] {
    return this.get(tag)?.numbers ?? [];
  }

  /** The items of a sequence; none if it is empty or absent. */
  items(tag: number): readonly DataSet[] {
    return this.get(tag)?.items ?? [];
  }

  /**
   * The terms of the character set in force: of a decoded data set, those that it was decoded by, inherited
   * from the data set around an item or given by policy included; otherwise its own Specific Character Set.
   */
  get characterSet(): readonly string[] {
    if (this.#origin === undefined || this.#namesOwnCharacterSet) {
      return this.strings(Tag.SpecificCharacterSet);
    }
    return this.#origin.characterSet.terms;
  }

  /** The Private Creator that reserved the block of a private element, PS3.5 section 7.8.1. */
  privateCreator(tag: number): string | undefined {
    return this.string(privateCreatorTagOf(tag));
  }

  /** Of a decoded item: its length as sent, 0xFFFF_FFFF where a delimiter ended it. */
  get sentLength(): number | undefined {
    return this.#origin?.length;
  }

  /** The index of a tag, or -1 less the index where it would go. */
  #indexOf(tag: number): number {
    const elements = this.#elements;
    let low = 0;
    let high = elements.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = elements[middle]?.tag ?? 0;
      if (at === tag) return middle;
      if (at < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -low - 1;
  }
}

/**
 * Makes a data element.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { element } from "./data_set.ts";
 *
 * assertEquals(element(0x00280010, ["512"]).value, [512]);
 * assertEquals(element(0x00101030, [72.5]).value, ["72.5"]);
 * ```
 *
 * @param tag The tag.
 * @param value The value: strings for text, numbers or numeric strings for numbers, tags for AT as numbers
 * or as text, bytes (16-bit and longer units in Little Endian order), data sets; `[]` for an empty one.
 * @param vr The VR; that of the dictionary if left out.
 * @returns The element.
 * @throws {RangeError} If the VR is unknown or the value cannot be one of it; names the tag, never the value.
 */
export function element(
  tag: number,
  value: readonly (string | number | bigint)[] | Uint8Array | readonly DataSet[],
  vr: Vr | undefined = lookupTag(tag)?.vr,
): DataElement {
  if (vr === undefined) {
    throw new RangeError(
      `Cannot make ${formatTag(tag)} as the dictionary has no VR for it: give one`,
    );
  }
  if (vr !== "SQ") return new DataElement(tag, vr, toValue(tag, vr, value));
  const items: DataSet[] = [];
  for (const item of value) {
    if (!(item instanceof DataSet)) {
      throw new RangeError(`Cannot make ${formatTag(tag)} as a sequence holds data sets only`);
    }
    items.push(item);
  }
  return new DataElement(tag, vr, items);
}
