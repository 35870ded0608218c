/**
 * Keeps a lane running: it can be ended and started again, and goes on after trouble.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal.ts";
import { DeliveryError } from "./delivery_error.ts";
import type { Lane } from "./lane.ts";

/** What happens to a running lane that it cannot deal with by itself. */
export interface LaneEvents {
  /** The receiver wants nothing more; the lane has ended. */
  readonly onStop: (error: DeliveryError) => Promise<void>;
  /** Something else went wrong, such as our own disk; the lane goes on when this resolves. */
  readonly onTrouble: (error: unknown, query: string, signal: AbortSignal) => Promise<void>;
}

/** A lane that runs or can run. */
export class LaneRunner {
  readonly lane: Lane;
  readonly source: JournalSource;
  readonly #events: LaneEvents;
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /**
   * @param lane The lane.
   * @param source The journal that it reads.
   * @param events Called when it cannot go on by itself.
   */
  constructor(lane: Lane, source: JournalSource, events: LaneEvents) {
    this.lane = lane;
    this.source = source;
    this.#events = events;
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
        if (error instanceof DeliveryError && error.remedy === "stop") {
          return await this.#events.onStop(error);
        }
        await this.#events.onTrouble(error, this.lane.query, signal);
      }
    }
  }
}
