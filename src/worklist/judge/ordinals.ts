/**
 * Which ordinals the items of one identity have, where several have it.
 *
 * @module
 */
import { idOf, type ItemKey, splitOrdinal } from "../item.ts";

/** The part of an item that tells which of its identity it is. */
interface Identified {
  readonly id: string;
  readonly key: ItemKey;
}

/** The ordinals in use. An identity that only ever had one item takes no room here. */
export class Ordinals {
  readonly #used = new Map<string, Set<number>>();

  /** Whether ordinals of an identity are in use, given as one text without an ordinal. */
  has(baseId: string): boolean {
    return this.#used.has(baseId);
  }

  /**
   * The ordinals of an identity, ascending.
   *
   * @param baseId The identity as one text, without an ordinal.
   * @returns They; `undefined` where there is at most the item that has the identity as it is.
   */
  of(baseId: string): number[] | undefined {
    const ordinals = this.#used.get(baseId);
    return ordinals && [...ordinals].sort((one, other) => one - other);
  }

  /**
   * Notes the ordinal of an item.
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

  /** Forgets the ordinal of an item. */
  remove({ id, key }: Identified): void {
    const { base, ordinal } = splitOrdinal(key);
    const baseId = base === key ? id : idOf(base);
    const ordinals = this.#used.get(baseId);
    ordinals?.delete(ordinal);
    if (ordinals?.size === 0) this.#used.delete(baseId);
  }
}
