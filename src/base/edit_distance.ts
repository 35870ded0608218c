/**
 * Finds the known name that a misspelt one was probably meant to be.
 *
 * @module
 */

/**
 * Finds the word nearest to a misspelt one: fewest characters inserted, deleted, replaced or swapped
 * with their neighbour, case not counted.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearestOf } from "./edit_distance.ts";
 *
 * assertEquals(nearestOf("PateintName", ["PatientID", "PatientName"]), "PatientName");
 * assertEquals(nearestOf("colour", ["PatientID", "PatientName"]), undefined);
 * ```
 *
 * @param text The misspelt word.
 * @param words The known names; of equally near ones the first is taken.
 * @returns The nearest, or undefined if all differ in more than a third of the text's characters.
 */
export function nearestOf(text: string, words: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase().slice(0, 64);
  let limit = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: string | undefined;
  for (const word of words) {
    if (Math.abs(word.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, word.toLowerCase());
    if (distance > limit) continue;
    nearest = word;
    limit = distance - 1;
    if (distance === 0) break;
  }
  return nearest;
}

/** Optimal string alignment distance: each character is edited at most once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
