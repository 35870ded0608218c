/**
 * Tells answers that were cut from answers that are whole, by their counts.
 *
 * Peers cut silently, often at a round number, and call the answer complete. A count is suspect when it is
 * round, or the query's own `limit`, and the complete poll before had the same one: a worklist seldom rests
 * there, a cut always does. It is suspect at once where the peer is known to cut there. That a peer once sent
 * more says nothing: it may cut since. At its first such count nothing is told yet, and nothing removed.
 *
 * @module
 */

/** What is remembered of match counts. */
export interface CountMemory {
  /** The count of the last complete poll, if a limit may have cut it. */
  readonly limitCount?: number | undefined;
  /** A count of which a person said that it is no limit, while the peer returns as many. */
  readonly approvedCount?: number;
  /** Counts at which the peer is known to cut, until it sends more. */
  readonly limits: readonly number[];
}

/** Shorter worklists rest at round numbers all the time; 50 alone is chosen as often as 100. */
const smallLimits = new Set([50]);
const roundSignificands = new Set([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9]);

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
 * Takes the count of a complete poll into the memory.
 *
 * @param count The number of matches received.
 * @param memory What was remembered before.
 * @param ownLimit The `limit` of the query. @default {Infinity}
 * @returns What is remembered from now on.
 */
export function rememberCount(
  count: number,
  memory: CountMemory,
  ownLimit: number = Infinity,
): CountMemory {
  const limits = memory.limits.filter((limit) => limit >= count);
  if (memory.approvedCount === count) return { limits, approvedCount: count };
  if (isSuspectCount(count, memory, ownLimit) && !limits.includes(count)) limits.push(count);
  return mayBeCut(count, { limits }, ownLimit) ? { limitCount: count, limits } : { limits };
}

/**
 * Takes a person's word that the last count was no limit; it holds while the peer returns as many.
 *
 * @param memory What was remembered before.
 * @returns What is remembered from now on; undefined if there was no such count.
 */
export function approveCount({ limitCount, limits }: CountMemory): CountMemory | undefined {
  if (limitCount === undefined) return undefined;
  return { limits: limits.filter((limit) => limit !== limitCount), approvedCount: limitCount };
}
