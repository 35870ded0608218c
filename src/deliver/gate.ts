/**
 * Lets the queries of one sink through to its receiver: some at once, and while the receiver is down
 * only one now and then (a circuit breaker).
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { DeliveryError } from "./delivery_error.ts";
import { longestRetryAfterMs } from "./retry.ts";

/** So many failures in a row, over all queries, close the gate. */
const failuresToClose = 5;
/** How long it stays closed; doubled each time the one let through fails too. */
const shortestClosedMs = 30_000;
const longestClosedMs = 5 * 60_000;

/** The way to one receiver. */
export class Gate {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #failures = 0;
  #closedUntil: Temporal.Instant | undefined;

  /**
   * @param clock The time.
   * @param concurrency The most tasks at once.
   */
  constructor(clock: Clock, concurrency: number) {
    this.#clock = clock;
    this.#concurrency = concurrency;
  }

  /** Until when nothing is let through; undefined while the gate is open. */
  get closedUntil(): Temporal.Instant | undefined {
    return this.#closedUntil;
  }

  /**
   * Runs a task once it may.
   *
   * @param task What to do; a {@linkcode DeliveryError} to be retried counts against the receiver.
   * @param signal Ends the wait.
   * @returns What the task returns.
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#acquire(signal);
    try {
      if (this.#closedUntil) await this.#clock.sleepUntil(this.#closedUntil, signal);
      signal.throwIfAborted();
      const result = await task();
      this.#failures = 0;
      this.#closedUntil = undefined;
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
      this.#closedUntil = undefined;
      return;
    }
    this.#failures++;
    const asked = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    if (asked === undefined && this.#failures < failuresToClose) return;
    const doubled = shortestClosedMs * 2 ** (this.#failures - failuresToClose);
    const ms = asked === undefined
      ? Math.min(doubled, longestClosedMs)
      : Math.min(asked, longestRetryAfterMs);
    this.#closedUntil = this.#clock.now().add({ milliseconds: ms });
  }

  get #limit(): number {
    return this.#closedUntil ? 1 : this.#concurrency;
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
