/**
 * Ends what takes too long, by a clock that a test can drive.
 *
 * @module
 */
import type { Clock } from "./system_clock.ts";

/** A running deadline; disposing of it lifts it. */
export interface Deadline extends Disposable {
  /** Aborted when the time is over, or with the signal that was given. */
  readonly signal: AbortSignal;
}

/**
 * Starts a deadline.
 *
 * @param clock Measures the time; the time of day may be set meanwhile.
 * @param limitMs The limit, in milliseconds.
 * @param reason Makes the reason with which the signal is aborted when the time is over.
 * @param outer Another signal that aborts it sooner.
 * @returns The deadline.
 */
export function startDeadline(
  clock: Clock,
  limitMs: number,
  reason: () => unknown,
  outer?: AbortSignal,
): Deadline {
  const over = new AbortController();
  const lifted = new AbortController();
  const onOuter = (): void => over.abort(outer?.reason);
  if (outer?.aborted) onOuter();
  outer?.addEventListener("abort", onOuter, { once: true });
  const endMs = clock.monotonicMs() + limitMs;
  const wait = async (): Promise<void> => {
    for (let restMs = limitMs; restMs > 0; restMs = endMs - clock.monotonicMs()) {
      const until = clock.now().add({ milliseconds: Math.ceil(restMs) });
      await clock.sleepUntil(until, lifted.signal);
    }
    over.abort(reason());
  };
  // Lifting it ends the sleep by an exception, which is what was wanted.
  wait().catch(() => {});
  return {
    signal: over.signal,
    [Symbol.dispose](): void {
      lifted.abort();
      outer?.removeEventListener("abort", onOuter);
    },
  };
}
