// Touches the world: reads the clock and waits.
/**
 * The clock of this machine.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

export type { Clock } from "./clock.ts";

/** The longest timer: a machine that was suspended, or whose time was set, is noticed so soon. */
const longestTimerMs = 30_000;

/**
 * The clock of this machine. Where it is set back during a sleep, the sleep ends early: what the caller
 * reckoned with no longer holds.
 */
export const systemClock: Clock = {
  now: () => Temporal.Now.instant(),
  monotonicMs: () => performance.now(),
  async sleepUntil(instant: Temporal.Instant, signal?: AbortSignal): Promise<void> {
    let lastRestMs = Infinity;
    for (;;) {
      signal?.throwIfAborted();
      const restMs = instant.since(Temporal.Now.instant()).total("milliseconds");
      if (restMs <= 0 || restMs > lastRestMs) return;
      lastRestMs = restMs;
      await timer(Math.min(Math.ceil(restMs), longestTimerMs), signal);
    }
  },
};

function timer(durationMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const id = setTimeout(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  }, durationMs);
  const onAbort = (): void => {
    clearTimeout(id);
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}
