/**
 * Assigns elements of one list to elements of another, as many as possible.
 *
 * @module
 */

/**
 * Finds a maximum matching of a bipartite graph by augmenting paths.
 *
 * Taking the first that fits is not enough. Example: of two expectations, "added" fits both events and "added S1" only
 * the first; if "added" takes the first event, nothing is left for "added S1".
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assign } from "./assignment.ts";
 *
 * assertEquals(assign(["any", "1"], ["1", "2"], (one, other) => one === "any" || one === other), [1, 0]);
 * ```
 *
 * @param left The elements to assign.
 * @param right The elements that they are assigned to.
 * @param fits Returns true if the first may be assigned to the second.
 * @returns For each element on the left, the index on the right, or -1.
 */
export function assign<L, R>(
  left: readonly L[],
  right: readonly R[],
  fits: (one: L, other: R) => boolean,
): number[] {
  const partners = left.map((one) => {
    const indexes: number[] = [];
    for (const [index, other] of right.entries()) if (fits(one, other)) indexes.push(index);
    return indexes;
  });
  const assigned = left.map(() => -1);
  /** The owner of each index on the right. */
  const owners = new Map<number, number>();
  for (const start of left.keys()) augment(start, partners, assigned, owners);
  return assigned;
}

/**
 * Assigns one more element, moving others if they fit elsewhere. The search is breadth first, because lists
 * may be long.
 */
function augment(
  start: number,
  partners: readonly (readonly number[])[],
  assigned: number[],
  owners: Map<number, number>,
): void {
  /** The next owner of each index on the right. */
  const takers = new Map<number, number>();
  const waiting = [start];
  for (const one of waiting) {
    for (const index of partners[one] ?? []) {
      if (takers.has(index)) continue;
      takers.set(index, one);
      const owner = owners.get(index);
      if (owner === undefined) return takePath(index, takers, assigned, owners);
      waiting.push(owner);
    }
  }
}

/** Gives a free index to its next owner, the index that this owner leaves to the next one, and so on. */
function takePath(
  end: number,
  takers: ReadonlyMap<number, number>,
  assigned: number[],
  owners: Map<number, number>,
): void {
  for (let index = end; index >= 0;) {
    const taker = takers.get(index);
    if (taker === undefined) return;
    const left = assigned[taker] ?? -1;
    owners.set(index, taker);
    assigned[taker] = index;
    index = left;
  }
}
