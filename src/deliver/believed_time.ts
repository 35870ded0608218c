/**
 * Measures how long a receiver has failed by a wall clock that may be set to another year.
 *
 * Events are given up after days of failures. A host whose clock is set to 2099 would give up all of them at once.
 * While a process runs, its monotonic clock is believed if both disagree. Over a restart nothing measures the time,
 * so a long gap does not count. Example: a receiver fails since Monday, and the host starts again on Tuesday with its clock
 * in 2099. At the first attempt after the start no time has passed for the receiver, instead of 73 years.
 *
 * @module
 */
import { type Clock, isBefore } from "../base/clock.ts";

/** A clock that advances only by time that is proven. */
export class BelievedTime {
  readonly #clock: Clock;
  readonly #tolerance: Temporal.Duration;
  readonly #longestGap: Temporal.Duration;
  /** The last time that was believed, and the monotonic clock then. */
  #last: { readonly at: Temporal.Instant; readonly monotonicMs: number } | undefined;

  /**
   * @param clock The wall clock and the monotonic clock.
   * @param tolerance The most by which the wall clock may be set while the process runs.
   * @param longestGap The longest time for which no process may have run. After a longer gap the wall clock is doubted.
   */
  constructor(clock: Clock, tolerance: Temporal.Duration, longestGap: Temporal.Duration) {
    this.#clock = clock;
    this.#longestGap = longestGap;
    this.#tolerance = tolerance;
  }

  /**
   * Returns the present time.
   *
   * @param known A time that an earlier process believed. Only the first call uses it.
   * @returns The time of the wall clock. If that was set, the time by the monotonic clock.
   */
  now(known?: Temporal.Instant): Temporal.Instant {
    const wall = this.#clock.now();
    const monotonicMs = this.#clock.monotonicMs();
    const at = this.#last === undefined ? this.#first(wall, known) : this.#next(
      wall,
      this.#last.at.add({ milliseconds: Math.round(monotonicMs - this.#last.monotonicMs) }),
    );
    this.#last = { at, monotonicMs };
    return at;
  }

  #first(wall: Temporal.Instant, known: Temporal.Instant | undefined): Temporal.Instant {
    return known !== undefined && isBefore(known.add(this.#longestGap), wall) ? known : wall;
  }

  #next(wall: Temporal.Instant, expected: Temporal.Instant): Temporal.Instant {
    const isAhead = isBefore(expected.add(this.#tolerance), wall);
    const isBehind = isBefore(wall, expected.subtract(this.#tolerance));
    return isAhead || isBehind ? expected : wall;
  }
}
