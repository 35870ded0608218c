/**
 * Decides when a missing item counts as removed: confirmation and the brake.
 *
 * @module
 */

/** The rules for removal of a query. Their defaults are in the schema of the configuration. */
export interface RemovalRules {
  /** Complete polls in a row that must miss an item. */
  readonly confirmPolls: number;
  /** True if an item is asked for by its unique keys before it is removed. */
  readonly verify: boolean;
  /** The share of the items, 0 to 1. The loss of more at once is held back. */
  readonly brake: number;
  /** The number of items below which a loss is held back only if it is the loss of all items. */
  readonly brakeMin: number;
  /** The number of complete polls that must agree before a held loss is believed. */
  readonly brakePolls: number;
  /** The time for which they must agree, in milliseconds. */
  readonly brakeHoldMs: number;
}

/** A loss that is held back. */
export interface Brake {
  /** The number of complete polls in a row that agree. */
  readonly polls: number;
  /** The most items that one of the held answers lost. */
  readonly loss: number;
  /** The time for which the answers have agreed, in milliseconds of the monotonic clock. */
  readonly heldMs: number;
  /**
   * Present if some of the lost items have returned since. Then `polls` and `heldMs` count the answers that
   * lose as little as the last one.
   */
  readonly hasFallen?: true;
  /** Present if a person released the brake. */
  readonly approved?: true;
}

/** The loss of one complete poll. */
export interface Loss {
  /** The number of items that should have been returned, because they did not leave the window. */
  readonly expected: number;
  /** The number of them that are missing. */
  readonly missing: number;
  /** The number of missing items that the last complete answer still had. */
  readonly newlyMissing: number;
  /** The number of items that the answer has and that the held answers lacked. */
  readonly returned: number;
  /** The number of items that the held answers lacked and that have left the window since. */
  readonly left: number;
  /** Milliseconds since the last poll. */
  readonly elapsedMs: number;
}

/** The verdict of the rules about one complete poll. */
export interface Verdict {
  /** The brake from now on; undefined if no loss is held. */
  readonly brake: Brake | undefined;
  /** True if nothing may be removed at this poll. */
  readonly isHeld: boolean;
  /**
   * The number of complete polls in a row, this one included, that must have missed an item before it is
   * removed.
   */
  readonly requiredPolls: number;
  /** True if misses counted before this poll no longer count. */
  readonly restartsMisses: boolean;
}

/** The factor by which more polls than `brakePolls` must agree if some of the lost items returned. */
const steadyFactor = 10;
/** The time, in milliseconds, that suffices in place of these polls. */
const steadyMs = 900_000;

/**
 * Applies the rules to the loss of a complete poll.
 *
 * The brake holds a loss of more than its share, or of all items. The loss is believed once `brakePolls` complete
 * polls agree and `brakeHoldMs` has passed. Only an answer that loses at least as much
 * agrees with a held loss. An answer that returns a lost item restarts the agreement. Example: of 60 items
 * the answers return 0, 0, 23, 0. The second agrees with the first. The third shows that 23 items were there
 * all the time, so the fourth begins another outage. An answer that also loses all, or most, of the items
 * that the held answers still had begins another outage as well.
 *
 * A peer that returns some of the lost items may still be starting. It must then lose the same items for ten
 * times `brakePolls` polls, or for 15 minutes. Example: the answers return 0, 0, then 50 of 60 items for 30
 * polls. Then the 10 are removed.
 *
 * A release by a person covers only the items that were missing at that time, so at least two polls must have
 * missed an item.
 *
 * @param rules The rules.
 * @param loss The loss of the poll.
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
    return { brake, isHeld: false, requiredPolls, restartsMisses: false };
  }
  if (loss.missing === 0 || (before === undefined && !isGreat)) {
    return { brake: undefined, isHeld: false, requiredPolls: confirmPolls, restartsMisses: false };
  }
  const { brake, restartsMisses } = brakeAfter(rules, loss, before);
  const isSteady = !brake.hasFallen || brake.heldMs >= steadyMs ||
    brake.polls >= brakePolls * steadyFactor;
  return {
    brake,
    isHeld: brake.polls < brakePolls || brake.heldMs < brakeHoldMs || !isSteady,
    requiredPolls: Math.max(confirmPolls, brakePolls),
    restartsMisses,
  };
}

/**
 * Restarts the agreement on a held loss, because an incomplete answer returned some of the lost items.
 *
 * @param brake The brake after the last poll.
 */
export function restartAgreement(brake: Brake): Brake {
  return { ...brake, polls: 0, heldMs: 0 };
}

/**
 * Adds time to a held loss, at a poll that neither agrees nor disagrees.
 *
 * @param brake The brake after the last poll.
 * @param elapsedMs Milliseconds since the last poll.
 * @param rules The rules.
 */
export function heldLonger(brake: Brake, elapsedMs: number, rules: RemovalRules): Brake {
  // Until the first answer agrees, no time is counted.
  if (brake.polls === 0) return brake;
  const mostMs = Math.max(rules.brakeHoldMs, steadyMs);
  return { ...brake, heldMs: Math.min(brake.heldMs + Math.round(elapsedMs), mostMs) };
}

/** True if a loss is more than the brake's share, or the loss of all items. */
function isGreatLoss({ brake, brakeMin }: RemovalRules, { expected, missing }: Loss): boolean {
  if (missing > 0 && missing >= expected) return true;
  return expected >= brakeMin && missing > brake * expected;
}

/** True if the answer loses a great part of the items that the held answers still had. That is another outage. */
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
): { brake: Brake; restartsMisses: boolean } {
  const { missing, returned, left } = loss;
  if (before === undefined) {
    return { brake: { polls: 1, loss: missing, heldMs: 0 }, restartsMisses: false };
  }
  const held = Math.max(0, before.loss - left);
  const hasFallen = missing < held;
  const agrees = returned === 0 && hasFallen === (before.hasFallen ?? false) &&
    !isAnother(rules, loss);
  if (agrees) {
    return { brake: agreeing({ ...before, loss: held }, loss, rules), restartsMisses: false };
  }
  return {
    brake: {
      polls: 1,
      loss: Math.max(held, missing),
      heldMs: 0,
      ...(hasFallen && { hasFallen: true as const }),
    },
    restartsMisses: true,
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
