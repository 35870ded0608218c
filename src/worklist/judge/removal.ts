/**
 * When an item that is no longer returned counts as removed: confirmation and the brake.
 *
 * @module
 */

/** The rules of a query. */
export interface RemovalRules {
  /** Complete polls in a row that must miss an item. @default {2} */
  readonly confirmPolls: number;
  /** Ask for the item by its unique keys first. @default {false} */
  readonly verify: boolean;
  /** The share of the items, 0 to 1, whose loss at once is held back. @default {0.5} */
  readonly brake: number;
  /** Worklists with fewer items have no brake. @default {10} */
  readonly brakeMin: number;
  /** Complete polls that must agree before a held loss is believed. @default {3} */
  readonly brakePolls: number;
}

/** The brake as it is held: how many complete polls in a row agree, and whether a person released it. */
export interface Brake {
  readonly polls: number;
  readonly approved?: true;
}

/** What the rules say of one complete poll. */
export interface Verdict {
  /** The brake from now on; undefined if it is not held. */
  readonly brake: Brake | undefined;
  /** Whether nothing may be removed at this poll. */
  readonly isHeld: boolean;
  /** Complete polls in a row, this one included, that must have missed an item for it to be removed. */
  readonly requiredPolls: number;
  /** Whether the misses counted before this poll no longer count. */
  readonly startsAnew: boolean;
}

/**
 * Applies the rules to the loss of a complete poll.
 *
 * The brake is held while each complete poll in a row loses more than its share. When a poll loses less
 * before enough of them agreed, what they missed is forgotten: they were not to be trusted. A release by
 * hand is for what was missing then, so at least two polls must have missed an item.
 *
 * @param rules The rules.
 * @param items How many items should have been returned: those that did not leave the window.
 * @param missing How many of them were not.
 * @param before The brake as it was held after the last complete poll.
 */
export function judgeLoss(
  rules: RemovalRules,
  items: number,
  missing: number,
  before: Brake | undefined,
): Verdict {
  const { confirmPolls, brake, brakeMin, brakePolls } = rules;
  if (items < brakeMin || missing <= brake * items) {
    const startsAnew = before !== undefined && before.polls < brakePolls && !before.approved;
    return { brake: undefined, isHeld: false, requiredPolls: confirmPolls, startsAnew };
  }
  const polls = Math.min((before?.polls ?? 0) + 1, brakePolls);
  if (before?.approved) {
    const requiredPolls = Math.max(2, confirmPolls);
    return { brake: { polls, approved: true }, isHeld: false, requiredPolls, startsAnew: false };
  }
  return {
    brake: { polls },
    isHeld: polls < brakePolls,
    requiredPolls: Math.max(confirmPolls, brakePolls),
    startsAnew: false,
  };
}
