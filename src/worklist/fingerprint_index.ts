/**
 * A table from fingerprints to values. A look-up creates no strings and no objects.
 *
 * The table uses open addressing over a typed array. The first half of a fingerprint chooses the slot,
 * because its bits are well mixed. Values cannot be removed; to remove some, make a new table.
 *
 * @module
 */
import type { Fingerprint } from "./fingerprint.ts";

/** A map whose keys are fingerprints. */
export class FingerprintIndex<T extends object | number> {
  #slots: Int32Array;
  #values: (T | undefined)[];
  #size = 0;

  /** @param expected The number of values that the table can hold without growing. */
  constructor(expected: number = 0) {
    const capacity = capacityFor(expected);
    this.#slots = new Int32Array(capacity * 2);
    this.#values = new Array(capacity).fill(undefined);
  }

  /** The number of fingerprints with a value. */
  get size(): number {
    return this.#size;
  }

  /**
   * Finds the value of a fingerprint.
   *
   * @param key The fingerprint.
   * @returns Its value, or undefined.
   */
  get(key: Fingerprint): T | undefined {
    return this.#values[this.#find(key[0] ?? 0, key[1] ?? 0)];
  }

  /**
   * Sets the value of a fingerprint.
   *
   * @param key The fingerprint. It is copied.
   * @param value The value. It replaces an earlier one.
   */
  set(key: Fingerprint, value: T): void {
    if (this.#size * 2 >= this.#values.length) this.#grow();
    this.#put(key[0] ?? 0, key[1] ?? 0, value);
  }

  /** The values, in no particular order. */
  *values(): Generator<T> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  #put(high: number, low: number, value: T): void {
    const at = this.#find(high, low);
    if (this.#values[at] === undefined) this.#size++;
    this.#values[at] = value;
    this.#slots[at * 2] = high;
    this.#slots[at * 2 + 1] = low;
  }

  /** The slot that holds the key, or the free slot where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#values.length - 1;
    let at = high & mask;
    while (
      this.#values[at] !== undefined &&
      (this.#slots[at * 2] !== high || this.#slots[at * 2 + 1] !== low)
    ) at = at + 1 & mask;
    return at;
  }

  #grow(): void {
    const slots = this.#slots;
    const values = this.#values;
    this.#slots = new Int32Array(slots.length * 2);
    this.#values = new Array(values.length * 2).fill(undefined);
    this.#size = 0;
    values.forEach((value, at) => {
      if (value !== undefined) this.#put(slots[at * 2] ?? 0, slots[at * 2 + 1] ?? 0, value);
    });
  }
}

/** A power of two of which at most half is used. */
function capacityFor(expected: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(8, expected * 2 + 1)));
}
