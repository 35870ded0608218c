/**
 * Tells answers that were cut from answers that are whole, by their counts.
 *
 * Peers cut silently, often at a round number, and call the answer complete. A count is suspect when it is
 * round, or the query's own `limit`, and the complete poll before had the same one: a worklist seldom rests
 * there, a cut always does. It is suspect at once where the peer is known to cut there. That a peer once sent
 * more says nothing: it may cut since. At its first such count nothing is told yet, and nothing removed.
 *
 * Any other count is doubted when it does not fall although items go, since others came in the same poll: a peer
 * that returns the first 40 pushes one off its end for each that comes. While the peer returns as many, each removal
 * needs the proof of a targeted C-FIND. If that finds the item, the count is known as a limit.
 *
 * @module
 */

/** What is remembered of match counts. */
export interface CountMemory {
  /** The count of the last complete poll. */
  readonly count?: number;
  /** The count of the last complete poll, if a limit may have cut it. */
  readonly limitCount?: number | undefined;
  /** A count that did not fall although items went, since others came; until the peer returns more. */
  readonly oddCount?: number;
  /** A count of which a person said that it is no limit, while the peer returns as many. */
  readonly approvedCount?: number;
  /** Counts at which the peer is known to cut, until it sends more. */
  readonly limits: readonly number[];
  /** The repetitions of the last believed answer; absent if it had none. */
  readonly repeats?: Repeats;
  /** Complete polls in a row with more repetitions than that, and nothing missing. */
  readonly risingPolls?: number;
  /** The repetitions of the last answer, if they were doubted. */
  readonly doubtedRepeats?: Repeats;
}

/** How an answer repeats matches. */
export interface Repeats {
  /** Matches that say nothing that another match of the answer does not. */
  readonly repeated: number;
  /** The other matches. */
  readonly distinct: number;
}

/** Shorter worklists rest at round numbers all the time; 50 alone is chosen as often as 100. */
const smallLimits = new Set([50]);
const roundSignificands = new Set([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9]);
/** No peer is known to cut below; shorter worklists keep their length while steps come and go. */
const smallestOddCut = 10;

/**
 * Tells whether a count is one that people choose as a limit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isLimitCount } from "./suspect.ts";
 *
 * assertEquals([50, 100, 250, 512, 1000].every((count) => isLimitCount(count)), true);
 * assertEquals([10, 60, 99, 101, 260, 1001].some((count) => isLimitCount(count)), false);
 * assertEquals(isLimitCount(12, 12), true);
 * ```
 *
 * @param count A number of matches.
 * @param ownLimit The `limit` of the query: the peer may have been told the same number. @default {Infinity}
 */
export function isLimitCount(count: number, ownLimit: number = Infinity): boolean {
  if (count === ownLimit || smallLimits.has(count)) return true;
  if (count < 100) return false;
  if (Number.isInteger(Math.log2(count))) return true;
  return roundSignificands.has(count / 10 ** Math.floor(Math.log10(count)));
}

/**
 * Tells whether a limit may have cut an answer that says it is complete: what it lacks may be there all the same.
 *
 * @param count The number of matches received.
 * @param memory What is remembered.
 * @param ownLimit The `limit` of the query. @default {Infinity}
 */
export function mayBeCut(count: number, memory: CountMemory, ownLimit: number = Infinity): boolean {
  if (memory.approvedCount === count) return false;
  return memory.limits.includes(count) || isLimitCount(count, ownLimit);
}

/**
 * Tells whether an answer that may be cut is one to be told of: the second in a row, or at a known limit.
 *
 * @param count The number of matches received.
 * @param memory What is remembered.
 * @param ownLimit The `limit` of the query. @default {Infinity}
 */
export function isSuspectCount(
  count: number,
  memory: CountMemory,
  ownLimit: number = Infinity,
): boolean {
  const isKnown = memory.limitCount === count || memory.limits.includes(count);
  return isKnown && mayBeCut(count, memory, ownLimit);
}

/**
 * Tells whether a count does not fall although items go, as that of an answer cut at an odd number does not.
 *
 * @param count The number of matches received.
 * @param memory What is remembered.
 * @param exchanges Whether items came and others went since the last complete poll.
 */
export function isOddCut(count: number, memory: CountMemory, exchanges: boolean): boolean {
  if (memory.approvedCount === count || count < smallestOddCut) return false;
  return memory.oddCount === count || (exchanges && count >= (memory.count ?? 0));
}

/**
 * Tells whether an answer has more repetitions than the last believed one, by their number and by their share.
 * A server that overwrites a match sends another one in its place.
 *
 * @param repeats The repetitions of the answer.
 * @param memory What is remembered.
 */
export function repeatsMore(
  { repeated, distinct }: Repeats,
  { repeats = { repeated: 0, distinct: 1 } }: CountMemory,
): boolean {
  return repeated > repeats.repeated &&
    repeated * repeats.distinct > repeats.repeated * distinct;
}

/** So many answers in a row make a habit of repetitions that nothing was missing for. */
const habitPolls = 3;

/**
 * Takes the repetitions of a believed answer into the memory. More of them than before are taken over only when they
 * have become a habit: some may stand in the place of items that are not known yet.
 *
 * @param repeats The repetitions.
 * @param memory What was remembered before.
 * @param isFirst Whether it is the first answer of the peer.
 * @returns What is remembered of repetitions from now on.
 */
export function rememberRepeats(
  repeats: Repeats,
  memory: CountMemory,
  isFirst: boolean,
): Pick<CountMemory, "repeats" | "risingPolls"> {
  const before = memory.repeats ? { repeats: memory.repeats } : {};
  // An answer without a match has nothing to repeat.
  if (repeats.repeated + repeats.distinct === 0) return before;
  const risingPolls = (memory.risingPolls ?? 0) + 1;
  if (!isFirst && risingPolls < habitPolls && repeatsMore(repeats, memory)) {
    return { ...before, risingPolls };
  }
  return repeats.repeated > 0 ? { repeats } : {};
}

/** What a complete poll found out besides its count. */
export interface CountFindings {
  /** The `limit` of the query. @default {Infinity} */
  readonly ownLimit?: number;
  /** Whether the count is one of {@linkcode isOddCut}. @default {false} */
  readonly isOdd?: boolean;
  /** Whether the peer has items that the answer should have had. @default {false} */
  readonly isProven?: boolean;
}

/**
 * Takes the count of a complete poll into the memory.
 *
 * @param count The number of matches received.
 * @param memory What was remembered before.
 * @param findings What else the poll found out.
 * @returns What is remembered from now on.
 */
export function rememberCount(
  count: number,
  memory: CountMemory,
  findings: CountFindings = {},
): CountMemory {
  const { ownLimit, isOdd = false, isProven = false } = findings;
  const limits = memory.limits.filter((limit) => limit >= count);
  if (memory.approvedCount === count) return { count, limits, approvedCount: count };
  const isKnown = isProven || isSuspectCount(count, memory, ownLimit);
  if (isKnown && !limits.includes(count)) limits.push(count);
  const { oddCount = 0 } = memory;
  const odd = isOdd ? { oddCount: count } : oddCount > count ? { oddCount } : {};
  return mayBeCut(count, { limits }, ownLimit)
    ? { count, limitCount: count, ...odd, limits }
    : { count, ...odd, limits };
}

/**
 * Takes a person's word that the last count was no limit; it holds while the peer returns as many.
 *
 * @param memory What was remembered before.
 * @returns What is remembered from now on; undefined if there was no such count.
 */
export function approveCount(memory: CountMemory): CountMemory | undefined {
  const { limitCount, oddCount, ...rest } = memory;
  const count = limitCount ?? oddCount;
  if (count === undefined) return undefined;
  return { ...rest, limits: rest.limits.filter((limit) => limit !== count), approvedCount: count };
}
