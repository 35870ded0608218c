// Touches the world: timers.
/**
 * Timers that a program of one query can afford.
 *
 * Deno loads Node's timers with the first `setTimeout()` of a program, which takes 10 ms: an eighth of a C-FIND for
 * one match, from start to exit. `AbortSignal.timeout()` takes 1 ms. It cannot be cancelled, though, so a cancelled
 * one stays in memory until its time has come. The first timers of a program are therefore signals, and the rest of
 * a daemon's are not.
 *
 * @module
 */
import { timerMs } from "./timer.ts";

/** The timers of a program that are signals; `find` needs 4 for one query. */
const firstTimers = 32;

let started = 0;

/** Cancels a timer. It may have passed already. */
export type CancelTimer = () => void;

/**
 * Starts a timer.
 *
 * The program does not end before the timer has passed or is cancelled.
 *
 * @param durationMs The time in milliseconds.
 * @param onPassed Called once, unless the timer is cancelled before.
 * @returns A function that cancels the timer.
 */
export function startTimer(durationMs: number, onPassed: () => void): CancelTimer {
  const ms = timerMs(durationMs);
  if (started >= firstTimers) {
    const id = setTimeout(onPassed, ms);
    return () => clearTimeout(id);
  }
  started++;
  const signal = AbortSignal.timeout(ms);
  const listener = (): void => onPassed();
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
