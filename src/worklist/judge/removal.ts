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
  /** Worklists with fewer items are braked only when an answer loses all of them. @default {10} */
  readonly brakeMin: number;
  /** Complete polls that must agree before a held loss is believed. @default {3} */
  readonly brakePolls: number;
  /** Milliseconds for which they must agree. @default {900_000} */
  readonly brakeHoldMs: number;
}

/** A loss that is held back. */
export interface Brake {
  /** Complete polls in a row that agree. */
  readonly polls: number;
  /** How many items the greatest of the held answers lost. */
  readonly loss: number;
  /** Milliseconds for which the answers have agreed, by the monotonic clock. */
  readonly heldMs: number;
  /** Items came back since, but not all: `polls` and `heldMs` count answers that lose as little as the last. */
  readonly hasFallen?: true;
  /** A person released it. */
  readonly approved?: true;
}

/** The loss of one complete poll. */
export interface Loss {
  /** How many items should have been returned: those that did not leave the window. */
  readonly expected: number;
  /** How many of them were not. */
  readonly missing: number;
  /** How many of those the last complete answer had. */
  readonly newlyMissing: number;
  /** How many items the answer has that the held answers lacked. */
  readonly returned: number;
  /** How many items the held answers lacked that have left the window since. */
  readonly left: number;
  /** Milliseconds since the last poll. */
  readonly elapsedMs: number;
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

/** A peer that recovers is waited for so many times longer than `brakePolls`, */
const steadyFactor = 10;
/** or for so long. */
const steadyMs = 900_000;

/**
 * Applies the rules to the loss of a complete poll.
 *
 * The brake is held while complete polls in a row lose more than its share, or all items. Only an answer that
 * loses at least as much agrees with the loss that is held, and any answer that returns a lost item restarts the
 * agreement. Example: of 60 items the answers return 0, 0, 23, 0. The second agrees with the first. The third
 * shows that 23 items were there all the time, so the fourth is the first of another outage. So is an answer that
 * loses all, or most, of what the held answers still had.
 *
 * A peer that returns some of the lost items may still be starting. It must lose the same items for ten times
 * `brakePolls` polls or for 15 minutes. Example: 0, 0, then 50 of 60 for 30 polls: the 10 are removed.
 *
 * A release by hand is for what was missing then, so at least two polls must have missed an item.
 *
 * @param rules The rules.
 * @param loss What the poll lost.
 * @param before The brake after the last poll.
 */
export function judgeLoss(rules: RemovalRules, loss: Loss, before: Brake | undefined): Verdict {
  const { confirmPolls, brakePolls, brakeHoldMs } = rules;
  const isGreat = isGreatLoss(rules, loss);
  if (before?.approved) {
    const brake = isGreat
      ? { ...agreeing(before, loss, rules), approved: true as const }
      : undefined;
    const requiredPolls = isGreat ? Math.max(2, confirmPolls) : confirmPolls;
    return { brake, isHeld: false, requiredPolls, startsAnew: false };
  }
  if (loss.missing === 0 || (before === undefined && !isGreat)) {
    return { brake: undefined, isHeld: false, requiredPolls: confirmPolls, startsAnew: false };
  }
  const { brake, startsAnew } = brakeAfter(rules, loss, before);
  const isSteady = !brake.hasFallen || brake.heldMs >= steadyMs ||
    brake.polls >= brakePolls * steadyFactor;
  return {
    brake,
    isHeld: brake.polls < brakePolls || brake.heldMs < brakeHoldMs || !isSteady,
    requiredPolls: Math.max(confirmPolls, brakePolls),
    startsAnew,
  };
}

/**
 * Restarts the agreement on a held loss, when an incomplete answer returns some of the lost items.
 *
 * @param brake The brake after the last poll.
 */
export function restartAgreement(brake: Brake): Brake {
  return { ...brake, polls: 0, heldMs: 0 };
}

/**
 * Lets time pass over a held loss at a poll that neither agrees nor disagrees.
 *
 * @param brake The brake after the last poll.
 * @param elapsedMs Milliseconds since then.
 * @param rules The rules.
 */
export function heldLonger(brake: Brake, elapsedMs: number, rules: RemovalRules): Brake {
  // Until the first answer agrees there is nothing to measure.
  if (brake.polls === 0) return brake;
  const mostMs = Math.max(rules.brakeHoldMs, steadyMs);
  return { ...brake, heldMs: Math.min(brake.heldMs + Math.round(elapsedMs), mostMs) };
}

/** Whether a loss is more than the brake's share, or all that there was. */
function isGreatLoss({ brake, brakeMin }: RemovalRules, { expected, missing }: Loss): boolean {
  if (missing > 0 && missing >= expected) return true;
  return expected >= brakeMin && missing > brake * expected;
}

/** Whether what the held answers still had is lost at once: that is an outage of its own. */
function isAnother(
  rules: RemovalRules,
  { expected, missing, newlyMissing, ...rest }: Loss,
): boolean {
  const there = expected - (missing - newlyMissing);
  const loss = { ...rest, expected: there, missing: newlyMissing, newlyMissing };
  return missing > newlyMissing && isGreatLoss(rules, loss);
}

function brakeAfter(
  rules: RemovalRules,
  loss: Loss,
  before: Brake | undefined,
): { brake: Brake; startsAnew: boolean } {
  const { missing, returned, left } = loss;
  if (before === undefined) {
    return { brake: { polls: 1, loss: missing, heldMs: 0 }, startsAnew: false };
  }
  const held = Math.max(0, before.loss - left);
  const hasFallen = missing < held;
  const agrees = returned === 0 && hasFallen === (before.hasFallen ?? false) &&
    !isAnother(rules, loss);
  if (agrees) return { brake: agreeing({ ...before, loss: held }, loss, rules), startsAnew: false };
  return {
    brake: {
      polls: 1,
      loss: Math.max(held, missing),
      heldMs: 0,
      ...(hasFallen && { hasFallen: true as const }),
    },
    startsAnew: true,
  };
}

function agreeing(before: Brake, { missing, elapsedMs }: Loss, rules: RemovalRules): Brake {
  const mostPolls = rules.brakePolls * (before.hasFallen ? steadyFactor : 1);
  return {
    ...heldLonger(before, elapsedMs, rules),
    polls: Math.min(before.polls + 1, mostPolls),
    loss: Math.max(before.loss, missing),
  };
}
