/**
 * Recognises answers that the peer may have cut, by their counts.
 *
 * Peers cut answers silently, often at a round number, and call them complete. A count is suspect if it is
 * round, or the query's own `limit`, and the complete poll before had the same count. A worklist seldom stays
 * at such a number; a cut answer always does. A count is suspect at once if the peer is known to cut there.
 * It does not help that the peer once sent more, because it may cut since then. At the first such count
 * nothing is reported yet, and nothing is removed.
 *
 * Any other count is doubted if it does not fall although items go, because others came in the same poll. A
 * peer that returns only the first 40 drops one from the end for each that comes. While the count stays, each
 * removal needs the proof of a targeted C-FIND. If that finds the item, the count is remembered as a limit.
 *
 * @module
 */

/** The observations of match counts. */
export interface CountMemory {
  /** The count of the last complete poll. */
  readonly count?: number;
  /** The count of the last complete poll, if a limit may have cut it. */
  readonly limitCount?: number | undefined;
  /**
   * A count that did not fall although items went, because others came. It is kept until the peer returns
   * more.
   */
  readonly oddCount?: number;
  /** A count that a person confirmed to be no limit. It is kept while the peer returns the same number. */
  readonly approvedCount?: number;
  /** The counts at which the peer is known to cut. A count is kept until the peer sends more. */
  readonly limits: readonly number[];
  /** The repetitions of the last believed answer; absent if it had none. */
  readonly repeats?: Repeats;
  /** The number of complete polls in a row with more repetitions than that, and nothing missing. */
  readonly risingPolls?: number;
  /** The repetitions of the last answer, if they were doubted. */
  readonly doubtedRepeats?: Repeats;
}

/** The repetitions in an answer. */
export interface Repeats {
  /** The number of matches whose content another match of the answer has. */
  readonly repeated: number;
  /** The number of the other matches. */
  readonly distinct: number;
}

/**
 * The small counts that are limits. Shorter worklists often stay at a round number; only 50 is as common a
 * limit as 100.
 */
const smallLimits = new Set([50]);
const roundSignificands = new Set([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9]);
/**
 * The smallest odd count that is doubted. No peer is known to cut below it, and shorter worklists often keep
 * their length while steps come and go.
 */
const smallestOddCut = 10;

/**
 * True if a count is one that people choose as a limit.
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
 * @param ownLimit The `limit` of the query, because the peer may be configured with the same number. @default
 * {Infinity}
 */
export function isLimitCount(count: number, ownLimit: number = Infinity): boolean {
  if (count === ownLimit || smallLimits.has(count)) return true;
  if (count < 100) return false;
  if (Number.isInteger(Math.log2(count))) return true;
  return roundSignificands.has(count / 10 ** Math.floor(Math.log10(count)));
}

/**
 * True if a limit may have cut an answer that says it is complete. The items that it lacks may still exist.
 *
 * @param count The number of matches received.
 * @param memory The observations of earlier counts.
 * @param ownLimit The `limit` of the query. @default {Infinity}
 */
export function mayBeCut(count: number, memory: CountMemory, ownLimit: number = Infinity): boolean {
  if (memory.approvedCount === count) return false;
  return memory.limits.includes(count) || isLimitCount(count, ownLimit);
}

/**
 * True if a cut is reported: at the second such count in a row, or at a known limit.
 *
 * @param count The number of matches received.
 * @param memory The observations of earlier counts.
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
 * True if a count does not fall although items go. The count of an answer that is cut at an odd number
 * behaves like that.
 *
 * @param count The number of matches received.
 * @param memory The observations of earlier counts.
 * @param exchanges True if items came and others went since the last complete poll.
 */
export function isOddCut(count: number, memory: CountMemory, exchanges: boolean): boolean {
  if (memory.approvedCount === count || count < smallestOddCut) return false;
  return memory.oddCount === count || (exchanges && count >= (memory.count ?? 0));
}

/**
 * True if an answer has more repetitions than the last believed one, both in number and in share. A server
 * that overwrites a match with another sends the other one twice.
 *
 * @param repeats The repetitions of the answer.
 * @param memory The observations of earlier counts.
 */
export function repeatsMore(
  { repeated, distinct }: Repeats,
  { repeats = { repeated: 0, distinct: 1 } }: CountMemory,
): boolean {
  return repeated > repeats.repeated &&
    repeated * repeats.distinct > repeats.repeated * distinct;
}

/** The number of answers in a row after which repetitions without missing items are accepted. */
const habitPolls = 3;

/**
 * Takes over the repetitions of a believed answer. More repetitions than before are accepted only after three
 * answers in a row. Until then they may replace items that are not known yet.
 *
 * @param repeats The repetitions.
 * @param memory The observations before.
 * @param isFirst True if it is the first answer of the peer.
 * @returns The observations of repetitions from now on.
 */
export function rememberRepeats(
  repeats: Repeats,
  memory: CountMemory,
  isFirst: boolean,
): Pick<CountMemory, "repeats" | "risingPolls"> {
  const before = memory.repeats ? { repeats: memory.repeats } : {};
  // An answer without a match has no repetitions.
  if (repeats.repeated + repeats.distinct === 0) return before;
  const risingPolls = (memory.risingPolls ?? 0) + 1;
  if (!isFirst && risingPolls < habitPolls && repeatsMore(repeats, memory)) {
    return { ...before, risingPolls };
  }
  return repeats.repeated > 0 ? { repeats } : {};
}

/** The findings of a complete poll besides its count. */
export interface CountFindings {
  /** The `limit` of the query. @default {Infinity} */
  readonly ownLimit?: number;
  /** True if the count is one of {@linkcode isOddCut}. @default {false} */
  readonly isOdd?: boolean;
  /** True if the peer has items that the answer should have had. @default {false} */
  readonly isProven?: boolean;
}

/**
 * Takes over the count of a complete poll.
 *
 * @param count The number of matches received.
 * @param memory The observations before.
 * @param findings The other findings of the poll.
 * @returns The observations from now on.
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
 * Takes over a person's statement that the last count was no limit. It holds while the peer returns the same
 * number.
 *
 * @param memory The observations before.
 * @returns The observations from now on; undefined if there was no such count.
 */
export function approveCount(memory: CountMemory): CountMemory | undefined {
  const { limitCount, oddCount, ...rest } = memory;
  const count = limitCount ?? oddCount;
  if (count === undefined) return undefined;
  return { ...rest, limits: rest.limits.filter((limit) => limit !== count), approvedCount: count };
}
