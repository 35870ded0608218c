/**
 * The circuit breaker of one receiver. It lets the queries of a sink send at the same time, up to a limit.
 *
 * After five failures in a row the breaker opens: for 30 s nothing is sent. A receiver that answers with
 * Retry-After opens it at once, for the time it asks. Then one delivery tries the receiver. If that fails as
 * well, the time doubles, up to 5 minutes. If it succeeds, the breaker closes and deliveries go on as before.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { DeliveryError } from "./delivery_error.ts";
import { longestRetryAfterMs } from "./retry.ts";

/** This number of failures in a row, over all queries, opens the breaker. */
const failuresToOpen = 5;
/** Time in milliseconds that the breaker stays open at first. It doubles each time the trial delivery fails as well. */
const shortestOpenMs = 30_000;
const longestOpenMs = 5 * 60_000;

/** Limits and interrupts the deliveries to one receiver. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #failures = 0;
  /** A time of the monotonic clock. A wall clock that is set back must not keep the breaker open. */
  #openUntilMs: number | undefined;

  /**
   * @param clock The time.
   * @param concurrency The most deliveries that run at the same time.
   */
  constructor(clock: Clock, concurrency: number) {
    this.#clock = clock;
    this.#concurrency = concurrency;
  }

  /** Time of the next trial delivery; undefined while the breaker is closed and everything is let through. */
  get openUntil(): Temporal.Instant | undefined {
    if (this.#openUntilMs === undefined) return undefined;
    const leftMs = Math.max(0, this.#openUntilMs - this.#clock.monotonicMs());
    return this.#clock.now().add({ milliseconds: Math.ceil(leftMs) });
  }

  /**
   * Runs a delivery as soon as the breaker and the limit allow it.
   *
   * A failure counts against the receiver. An event that the receiver refuses does not: the receiver answered, so it is up.
   *
   * @param task The delivery.
   * @param signal Ends the wait.
   * @returns The result of the delivery.
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#acquire(signal);
    try {
      const until = this.openUntil;
      if (until) await this.#clock.sleepUntil(until, signal);
      signal.throwIfAborted();
      const result = await task();
      this.#failures = 0;
      this.#openUntilMs = undefined;
      return result;
    } catch (error) {
      if (!signal.aborted) this.#count(error);
      throw error;
    } finally {
      this.#active--;
      this.#admit();
    }
  }

  #count(error: unknown): void {
    if (error instanceof DeliveryError && error.remedy !== "retry") {
      this.#failures = 0;
      this.#openUntilMs = undefined;
      return;
    }
    this.#failures++;
    const asked = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    if (asked === undefined && this.#failures < failuresToOpen) return;
    const doubled = shortestOpenMs * 2 ** (this.#failures - failuresToOpen);
    const ms = asked === undefined
      ? Math.min(doubled, longestOpenMs)
      : Math.min(asked, longestRetryAfterMs);
    this.#openUntilMs = this.#clock.monotonicMs() + ms;
  }

  get #limit(): number {
    return this.#openUntilMs !== undefined ? 1 : this.#concurrency;
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#active < this.#limit && this.#waiting.length === 0) {
      this.#active++;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(turn.resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      turn.reject(signal.reason);
    };
    this.#waiting.push(turn.resolve);
    signal.addEventListener("abort", giveUp, { once: true });
    await turn.promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  #admit(): void {
    while (this.#active < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#active++;
      next();
    }
  }
}
