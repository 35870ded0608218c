/**
 * The clock that whatever waits is given, so that tests drive time instead of sleeping.
 *
 * @module
 */

/** Gives the time and waits for it. */
export interface Clock {
  /** The time of day, for what is shown, stored or compared with stored times. */
  now(): Temporal.Instant;
  /** Milliseconds since some moment; never goes back. For measuring durations. */
  monotonicMs(): number;
  /**
   * Waits until a time of day.
   *
   * @param instant When to resolve; at once if it is past.
   * @param signal Ends the wait: the promise rejects with the signal's reason.
   */
  sleepUntil(instant: Temporal.Instant, signal?: AbortSignal): Promise<void>;
}

/**
 * Compares times.
 *
 * @param a One time.
 * @param b Another.
 * @returns True if the first is before the second.
 */
export function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}

/**
 * Writes a time in the form of events, state files and status.
 *
 * @param instant The time.
 * @returns RFC 3339, UTC, milliseconds.
 */
export function timeText(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: "millisecond" });
}
