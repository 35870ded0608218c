/**
 * Keeps a lane running: starts and ends it, and starts it again after a failure on our side.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Lane } from "./lane.ts";

/**
 * Handles a failure that the lane cannot handle, such as one of our own disk. The lane starts again when the
 * promise resolves.
 */
export type OnTrouble = (error: unknown, query: string, signal: AbortSignal) => Promise<void>;

/** A lane that can be started and ended. */
export class LaneRunner {
  readonly lane: Lane;
  readonly source: JournalSource;
  readonly #onTrouble: OnTrouble;
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /**
   * @param lane The lane.
   * @param source The journal that it reads.
   * @param onTrouble Called if the lane cannot go on.
   */
  constructor(lane: Lane, source: JournalSource, onTrouble: OnTrouble) {
    this.lane = lane;
    this.source = source;
    this.#onTrouble = onTrouble;
  }

  /** Starts the lane. The lane must not be running. */
  start(): void {
    this.#ending = new AbortController();
    this.#running = this.#run(this.#ending.signal);
  }

  /** Ends the lane. A request under way goes on. */
  abort(): void {
    this.#ending.abort();
  }

  /** Ends the lane and waits until it has ended. */
  async end(): Promise<void> {
    this.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.lane.run(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#onTrouble(error, this.lane.query, signal);
      }
    }
  }
}
