/**
 * The outcomes of matching a value with a key, and how several of them make one.
 *
 * A value that cannot be read is a value of which nobody can say whether it matches. It is no reason to drop an item.
 *
 * @module
 */

/**
 * `matches`; `unreadable`: nobody knows; `case`: it differs from the key only in upper and lower case, which makes
 * it another value; `differs`.
 */
export type Outcome = "matches" | "unreadable" | "case" | "differs";

const ranks: Readonly<Record<Outcome, number>> = { matches: 3, unreadable: 2, case: 1, differs: 0 };

/**
 * Takes the better of two outcomes: one of several values, or of several items of a sequence, is enough.
 *
 * @param one An outcome.
 * @param other Another.
 */
export function better(one: Outcome, other: Outcome): Outcome {
  return ranks[one] >= ranks[other] ? one : other;
}

/**
 * True if the first of two outcomes says more against an item than the second: all keys must match.
 *
 * @param one An outcome.
 * @param other Another.
 */
export function isWorse(one: Outcome, other: Outcome): boolean {
  return ranks[one] < ranks[other];
}
