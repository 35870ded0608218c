/**
 * Decides if the wall clock can be believed. It is doubted if it contradicts the monotonic clock or the last
 * commit.
 *
 * Dates such as `today` are resolved by the wall clock. A host whose clock says 2099 asks for the steps of that
 * year, gets none, and would let today's steps leave their window. While the clock is doubted nothing leaves the
 * window by its date, and no history is deleted.
 *
 * The clock is doubted when it is set by more than five minutes while the process runs. At a start it is doubted
 * when it is before the last commit or more than a day after it. It is believed again when it agrees with
 * the monotonic clock. It is also believed when it has run steadily for an hour and the peer returns matches for its
 * dates, or when a person approves it. Example: set to 2099 at 10:00 and back at 10:20, it is doubted for those
 * 20 minutes only.
 *
 * @module
 */

/** One reading of both clocks. */
export interface ClockReading {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Milliseconds since some moment of this process; never goes back. */
  readonly monotonicMs: number;
}

/** Observations of the clocks. They are kept only in memory: a restart makes them again. */
export interface ClockMemory {
  readonly last: ClockReading;
  /**
   * The last reading that was believed. After a start in doubt, it is the time of the last commit with the
   * monotonic time of the start.
   */
  readonly believed: ClockReading;
  /** The longest time for which no process may have run before this one, in milliseconds. */
  readonly gapMs: number;
  /** The monotonic time since which the wall clock has run at the speed of the monotonic clock. */
  readonly steadySinceMs: number;
}

/** The state of the clock that is kept over restarts. */
export interface ClockState {
  /** The time since which the clock has been believed: RFC 3339. Absent while it is doubted. */
  readonly since?: string;
  /** The last time that was believed: RFC 3339. Present while it is doubted. */
  readonly believed?: string;
  /** Present if a person said that the clock is right. */
  readonly approved?: true;
}

/** The input of {@linkcode judgeClock}. */
export interface ClockInput {
  readonly reading: ClockReading;
  /** The observations of the last poll; undefined at the first poll after the start. */
  readonly memory: ClockMemory | undefined;
  readonly clockState: ClockState | undefined;
  /** The time at which the last committed poll began, in milliseconds since 1970; undefined before the first. */
  readonly lastPollMs: number | undefined;
  /** True if the peer returned matches for the dates that the clock gave. */
  readonly hasMatches: boolean;
  /** True if the worklist is empty, so that nothing could leave the window. */
  readonly isEmpty: boolean;
}

/** The verdict about the clock. */
export interface ClockVerdict {
  readonly isDoubted: boolean;
  readonly memory: ClockMemory;
  readonly clockState: ClockState;
  /** Milliseconds since the last poll; 0 if no reliable clock measures them. */
  readonly elapsedMs: number;
}

/** The tolerated difference. NTP sets a clock by less, and no window depends on five minutes. */
const toleranceMs = 300_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * Judges the wall clock.
 *
 * @param input The readings and the state of the clock.
 */
export function judgeClock(input: ClockInput): ClockVerdict {
  const { reading, clockState, lastPollMs } = input;
  const referenceMs = clockState?.believed === undefined
    ? lastPollMs
    : Date.parse(clockState.believed);
  const before = input.memory ?? atStart(reading, referenceMs);
  const { last, believed } = before;
  const elapsedMs = Math.max(0, reading.monotonicMs - last.monotonicMs);
  const hasJumped = Math.abs(reading.wallMs - last.wallMs - elapsedMs) > toleranceMs;
  const steadySinceMs = input.memory !== undefined && hasJumped
    ? reading.monotonicMs
    : before.steadySinceMs;

  const expectedMs = believed.wallMs + reading.monotonicMs - believed.monotonicMs;
  const aheadMs = reading.wallMs - expectedMs;
  const isInLine = aheadMs >= -toleranceMs && aheadMs <= before.gapMs + toleranceMs;
  const isSteady = input.hasMatches && reading.monotonicMs - steadySinceMs >= hourMs;
  if (isInLine || isSteady || input.isEmpty || clockState?.approved) {
    const now = new Date(reading.wallMs).toISOString();
    const since = isInLine && clockState?.believed === undefined ? clockState?.since ?? now : now;
    return {
      isDoubted: false,
      memory: { last: reading, believed: reading, gapMs: 0, steadySinceMs },
      clockState: { since },
      elapsedMs: input.memory === undefined ? gapSince(lastPollMs, reading) : elapsedMs,
    };
  }
  return {
    isDoubted: true,
    memory: { ...before, last: reading, steadySinceMs },
    clockState: { believed: clockState?.believed ?? new Date(believed.wallMs).toISOString() },
    elapsedMs,
  };
}

/**
 * True if a clock has been believed for a day, so that old history may be deleted by it.
 *
 * @param clockState The state of the clock.
 * @param wallMs The present by that clock, in milliseconds since 1970.
 */
export function mayPrune(clockState: ClockState | undefined, wallMs: number): boolean {
  return clockState?.since !== undefined && wallMs - Date.parse(clockState.since) >= dayMs;
}

function atStart(reading: ClockReading, referenceMs: number | undefined): ClockMemory {
  const { monotonicMs } = reading;
  return {
    last: reading,
    believed: { wallMs: referenceMs ?? reading.wallMs, monotonicMs },
    gapMs: referenceMs === undefined ? 0 : dayMs,
    steadySinceMs: monotonicMs,
  };
}

function gapSince(lastPollMs: number | undefined, { wallMs }: ClockReading): number {
  return lastPollMs === undefined ? 0 : Math.max(0, wallMs - lastPollMs);
}
