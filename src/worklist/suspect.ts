/**
 * Tells answers that were cut from answers that are whole, by their counts.
 *
 * Peers cut silently, often at a round number, and call the answer complete. A count is suspect when it is
 * round, the complete poll before had the same one, and no complete poll ever had more: a peer that once
 * gave 101 does not cut at 100. It is suspect at once where the peer is known to cut there.
 *
 * @module
 */

/** What is remembered of match counts. */
export interface CountMemory {
  /** The count of the last complete poll, if a limit may have cut it. */
  readonly roundCount?: number | undefined;
  /** The most matches of any complete poll. */
  readonly largestCount: number;
  /** Counts at which the peer is known to cut. */
  readonly limits: readonly number[];
}

const smallestLimit = 100;
const roundSignificands = new Set([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9]);

/**
 * Tells whether a count is one that people choose as a limit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isRoundCount } from "./suspect.ts";
 *
 * assertEquals([100, 250, 512, 1000].every(isRoundCount), true);
 * assertEquals([99, 101, 260, 1001].some(isRoundCount), false);
 * ```
 *
 * @param count A number of matches.
 */
export function isRoundCount(count: number): boolean {
  if (count < smallestLimit) return false;
  if (Number.isInteger(Math.log2(count))) return true;
  return roundSignificands.has(count / 10 ** Math.floor(Math.log10(count)));
}

/**
 * Tells whether a limit may have cut an answer that says it is complete.
 *
 * @param count The number of matches received.
 * @param memory What is remembered.
 */
export function isSuspectCount(count: number, memory: CountMemory): boolean {
  if (count < memory.largestCount) return false;
  return memory.limits.includes(count) || (isRoundCount(count) && memory.roundCount === count);
}

/**
 * Takes the count of a complete poll into the memory.
 *
 * @param count The number of matches received.
 * @param memory What was remembered before.
 * @returns What is remembered from now on.
 */
export function rememberCount(count: number, memory: CountMemory): CountMemory {
  const largestCount = Math.max(count, memory.largestCount);
  const limits = memory.limits.filter((limit) => limit >= largestCount);
  if (isSuspectCount(count, memory) && !limits.includes(count)) limits.push(count);
  return isRoundCount(count) && count === largestCount
    ? { roundCount: count, largestCount, limits }
    : { largestCount, limits };
}
