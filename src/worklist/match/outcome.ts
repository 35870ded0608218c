/**
 * The outcomes of comparing a value with a key, and the rules for combining them.
 *
 * A value that cannot be read is no reason to drop an item.
 *
 * @module
 */

/**
 * `matches`. `unreadable`: the value cannot be compared. `case`: it differs from the key only in upper and
 * lower case, which makes it another value. `differs`.
 */
export type Outcome = "matches" | "unreadable" | "case" | "differs";

const ranks: Readonly<Record<Outcome, number>> = { matches: 3, unreadable: 2, case: 1, differs: 0 };

/**
 * Returns the better of two outcomes. One of several values, or of several items of a sequence, is enough for
 * a match.
 *
 * @param one An outcome.
 * @param other Another.
 */
export function better(one: Outcome, other: Outcome): Outcome {
  return ranks[one] >= ranks[other] ? one : other;
}

/**
 * True if the first of two outcomes is a stronger reason against an item. All keys must match.
 *
 * @param one An outcome.
 * @param other Another.
 */
export function isWorse(one: Outcome, other: Outcome): boolean {
  return ranks[one] < ranks[other];
}
