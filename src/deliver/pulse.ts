/**
 * Wakes waiting tasks each time something happens.
 *
 * @module
 */
import { abortable } from "../base/abortable.ts";

/** An occurrence that repeats and that tasks can wait for. */
export class Pulse {
  #next = Promise.withResolvers<void>();

  /** Wakes all tasks that wait. */
  beat(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /**
   * Waits for the next occurrence.
   *
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await abortable(this.#next.promise, signal);
  }
}
