/**
 * The limit of timers.
 *
 * @module
 */

/** A longer `setTimeout` or `AbortSignal.timeout` is over at once; one of 24.8 days is as good as a longer one. */
export const longestTimerMs: number = 2 ** 31 - 1;

/**
 * Shortens a time to what a timer can wait.
 *
 * @param durationMs The time in milliseconds.
 */
export function timerMs(durationMs: number): number {
  return Math.min(durationMs, longestTimerMs);
}
