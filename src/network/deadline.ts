// Touches the world: timer and monotonic clock.
/**
 * One deadline that is set and lifted again for every wait, at the price of a number each time.
 *
 * A timer runs at most once per limit and looks whether the deadline moved meanwhile, so that ten
 * thousand waits do not make ten thousand timers.
 *
 * @module
 */
import { type CancelTimer, startTimer } from "../base/start_timer.ts";

/** A deadline on something that is waited for again and again. */
export class Deadline {
  readonly #onPassed: () => void;
  #cancelTimer: CancelTimer | undefined;
  /** When the timer fires. */
  #timerAt = Infinity;
  /** When the deadline passes; Infinity while it is lifted. */
  #dueAt = Infinity;
  #closed = false;

  /** `onPassed` is called once each time that the deadline passes. */
  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** Sets the deadline `limitMs` from now; Infinity lifts it. Does nothing once closed. */
  set(limitMs: number): void {
    if (this.#closed) return;
    this.#dueAt = performance.now() + limitMs;
    // In a microtask: the first timer of a program takes a millisecond, which can pass while the peer works.
    if (this.#dueAt < this.#timerAt) queueMicrotask(() => this.#ensureTimer());
  }

  /** Lifts the deadline; nothing is waited for. */
  lift(): void {
    this.#dueAt = Infinity;
  }

  /** Lifts the deadline for good and frees its timer. */
  close(): void {
    this.#closed = true;
    this.#dueAt = Infinity;
    this.#cancelTimer?.();
  }

  #ensureTimer(): void {
    if (this.#dueAt < this.#timerAt) this.#startTimer();
  }

  #startTimer(): void {
    this.#cancelTimer?.();
    this.#timerAt = this.#dueAt;
    const waitMs = Math.max(0, this.#dueAt - performance.now());
    this.#cancelTimer = startTimer(waitMs, () => this.#look());
  }

  #look(): void {
    this.#timerAt = Infinity;
    if (this.#dueAt === Infinity) return;
    if (performance.now() >= this.#dueAt) {
      this.#dueAt = Infinity;
      this.#onPassed();
    } else {
      this.#startTimer();
    }
  }
}
