/**
 * Keeps a lane running: it can be ended and started again, and goes on after trouble.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Lane } from "./lane.ts";

/**
 * What is done about trouble that a lane cannot deal with by itself, such as with our own disk; the lane
 * goes on when it resolves.
 */
export type OnTrouble = (error: unknown, query: string, signal: AbortSignal) => Promise<void>;

/** A lane that runs or can run. */
export class LaneRunner {
  readonly lane: Lane;
  readonly source: JournalSource;
  readonly #onTrouble: OnTrouble;
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /**
   * @param lane The lane.
   * @param source The journal that it reads.
   * @param onTrouble Called when it cannot go on by itself.
   */
  constructor(lane: Lane, source: JournalSource, onTrouble: OnTrouble) {
    this.lane = lane;
    this.source = source;
    this.#onTrouble = onTrouble;
  }

  /** Starts the lane; it must not be running. */
  start(): void {
    this.#ending = new AbortController();
    this.#running = this.#run(this.#ending.signal);
  }

  /** Asks the lane to end; a request under way goes on. */
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
