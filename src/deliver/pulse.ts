/**
 * Wakes those who wait for something to have happened.
 *
 * @module
 */
import { abortable } from "../base/abortable.ts";

/** Something that happens again and again. */
export class Pulse {
  #next = Promise.withResolvers<void>();

  /** It happened: everyone who waits goes on. */
  beat(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /**
   * Waits until it happens the next time.
   *
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await abortable(this.#next.promise, signal);
  }
}
