/**
 * The outline of an encoded data set: its elements and items, and where each stands.
 *
 * This is what decoding finds out before a value is looked at. An outline is made for being filled again and
 * again: a million data sets that are looked at one after the other take no more memory than one.
 *
 * @module
 */
import { EncodedBytes, Origin, type PlainValue } from "./origin.ts";
import { decodeValue } from "./value.ts";
import type { Vr } from "./vr.ts";

/** An element or an item as it stands among encoded bytes. */
export class OutlineEntry {
  tag: number = 0;
  /** Of elements; UN of items. */
  vr: Vr = "UN";
  /** The attributes that rule how its value, or the elements of an item, are read. */
  origin: Origin = nowhere;
  /** Offset of the first byte of its value. */
  start = 0;
  /** Offset after its last byte. */
  end = 0;
  /** The length as sent: 0xFFFF_FFFF where a delimiter ends it. */
  length = 0;
  /** The number of items of a sequence, or of elements of an item. */
  size = 0;
  /** The number of entries that it takes: itself and all inside it. */
  span = 1;

  /** The value of an element that is not a sequence. */
  get value(): PlainValue {
    if (this.vr === "SQ") return [];
    return decodeValue(this.tag, this.vr, this.origin, this.start, this.end);
  }
}

const nowhere = new Origin(new EncodedBytes(new Uint8Array(0)), true, undefined);

/** Entries that are kept to be filled again; more are let go with the data set that had them. */
const mostKept = 4096;

/**
 * The entries of a data set in the order of their bytes, but elements ascend by tag: the data set itself as if it were an
 * item, then each of its elements; after a sequence come its items, after an item its elements.
 */
export class Outline {
  #entries: OutlineEntry[] = [];
  #length = 0;

  /** The number of entries. */
  get length(): number {
    return this.#length;
  }

  /** The entry at an index: 0 is the data set. */
  at(index: number): OutlineEntry {
    const entry = this.#entries[index];
    if (entry === undefined || index >= this.#length) {
      throw new RangeError(`Cannot take entry ${index} of an outline of ${this.#length}`);
    }
    return entry;
  }

  /** Adds an entry after the last. */
  add(tag: number, vr: Vr, origin: Origin, start: number, end: number): OutlineEntry {
    let entry = this.#entries[this.#length];
    if (entry === undefined) this.#entries.push(entry = new OutlineEntry());
    this.#length++;
    entry.tag = tag;
    entry.vr = vr;
    entry.origin = origin;
    entry.start = start;
    entry.end = end;
    entry.length = end - start;
    entry.size = 0;
    entry.span = 1;
    return entry;
  }

  /** Takes away all entries from an index on. */
  cut(index: number): void {
    this.#length = index;
  }

  /**
   * Puts the elements of the last item in order; of several with one tag the first stays.
   *
   * @param index The item; only its own elements follow it.
   * @returns The number of elements that were removed.
   */
  sort(index: number): number {
    const item = this.at(index);
    const elements: { readonly tag: number; readonly entries: OutlineEntry[] }[] = [];
    for (let at = index + 1; at < this.#length;) {
      const { tag, span } = this.at(at);
      elements.push({ tag, entries: this.#entries.slice(at, at + span) });
      at += span;
    }
    elements.sort((a, b) => a.tag - b.tag);
    const unique = elements.filter(({ tag }, place) => tag !== elements[place - 1]?.tag);
    this.#length = index + 1;
    // Entries that are left over are not filled again; entries after them may be.
    this.#entries.length = this.#length;
    for (const { entries } of unique) {
      for (const entry of entries) this.#entries.push(entry);
    }
    this.#length = this.#entries.length;
    item.size = unique.length;
    return elements.length - unique.length;
  }

  /** Forgets the data set, its bytes too. */
  clear(): void {
    if (this.#length > mostKept) this.#entries = [];
    for (let index = 0; index < this.#length && index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) entry.origin = nowhere;
    }
    this.#length = 0;
  }
}
