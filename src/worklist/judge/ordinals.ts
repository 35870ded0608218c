/**
 * Keeps the ordinals of items that share an identity.
 *
 * @module
 */
import { idOf, type ItemKey, splitOrdinal } from "../item.ts";

/** The id and the key of an item. */
interface Identified {
  readonly id: string;
  readonly key: ItemKey;
}

/** The ordinals in use. An identity that never had a second item takes no memory here. */
export class Ordinals {
  readonly #used = new Map<string, Set<number>>();

  /** True if ordinals of an identity are in use. The identity is one text without an ordinal. */
  has(baseId: string): boolean {
    return this.#used.has(baseId);
  }

  /**
   * Returns the ordinals of an identity, ascending.
   *
   * @param baseId The identity as one text, without an ordinal.
   * @returns The ordinals; undefined if at most one item has the identity, without an ordinal.
   */
  of(baseId: string): number[] | undefined {
    const ordinals = this.#used.get(baseId);
    return ordinals && [...ordinals].sort((one, other) => one - other);
  }

  /**
   * Adds the ordinal of an item.
   *
   * @param item The item.
   * @param items All items by their ids, this one included.
   */
  add({ id, key }: Identified, items: ReadonlyMap<string, unknown>): void {
    const { base, ordinal } = splitOrdinal(key);
    const ordinals = this.#used.get(base === key ? id : idOf(base));
    if (ordinals) ordinals.add(ordinal);
    else if (ordinal > 1) {
      const baseId = idOf(base);
      this.#used.set(baseId, new Set(items.has(baseId) ? [1, ordinal] : [ordinal]));
    }
  }

  /** Removes the ordinal of an item. */
  remove({ id, key }: Identified): void {
    const { base, ordinal } = splitOrdinal(key);
    const baseId = base === key ? id : idOf(base);
    const ordinals = this.#used.get(baseId);
    ordinals?.delete(ordinal);
    if (ordinals?.size === 0) this.#used.delete(baseId);
  }
}
