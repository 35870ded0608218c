/**
 * The limit of timers.
 *
 * @module
 */

/** A longer `setTimeout` or `AbortSignal.timeout` is over at once; one of 24.8 days is as good as a longer one. */
export const longestTimerMs: number = 2 ** 31 - 1;

/**
 * Makes a time one that every timer takes: whole milliseconds, none below 0. Node's `AbortSignal.timeout` throws for
 * others.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { longestTimerMs, timerMs } from "./timer.ts";
 *
 * assertEquals([9_998.87, -3, Infinity].map(timerMs), [9_999, 0, longestTimerMs]);
 * ```
 *
 * @param durationMs The time in milliseconds.
 */
export function timerMs(durationMs: number): number {
  return Math.min(Math.max(Math.ceil(durationMs), 0), longestTimerMs);
}
