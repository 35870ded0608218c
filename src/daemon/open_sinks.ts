// Touches the world: through the sinks that it makes.
/**
 * The sinks of a configuration: opened, closed and opened anew together.
 *
 * @module
 */
import { Deliveries, type DeliveryOptions } from "../deliver/deliver.ts";
import type { SinkStatus } from "../deliver/sink_status.ts";
import { messageOf } from "../deliver/message.ts";
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/system_clock.ts";
import type { Config } from "./config.ts";
import { startDeadline } from "../base/deadline.ts";

/** What sinks work with. */
export interface OpenSinksOptions {
  readonly clock: Clock;
  /** A number from 0 to 1, for the jitter of retries. */
  random(): number;
  /** Is told what happens at the sinks. */
  readonly report: DeliveryOptions["report"];
  /** False once another process holds the state folder. */
  mayWrite(): boolean;
  /** Is told what could not be kept. */
  onNote(message: string): void;
  /** The journal of a query; `undefined` where it is not open. */
  sourceOf(query: string): JournalSource | undefined;
}

/** How long sinks may take to finish what they are sending when they are closed. */
const closingMs = 5_000;

/** The sinks of a configuration. */
export class OpenSinks {
  readonly #options: OpenSinksOptions;
  #deliveries: Deliveries | undefined;

  constructor(options: OpenSinksOptions) {
    this.#options = options;
  }

  /** The sinks at work. */
  get deliveries(): Deliveries {
    if (this.#deliveries === undefined) throw new Error("The sinks are being opened: try again");
    return this.#deliveries;
  }

  /** Events of a query after this sequence are needed; all of them, while the sinks are closed. */
  neededAfter(query: string): number {
    return this.#deliveries?.neededAfter(query) ?? 0;
  }

  /** How each sink fares. */
  status(): SinkStatus[] {
    return this.#deliveries?.status() ?? [];
  }

  /**
   * Opens the sinks and begins to deliver.
   *
   * @param config The configuration.
   * @throws {Error} If what must be on disk before the first poll cannot be written.
   */
  async open({ stateDir, sinks, queries }: Config): Promise<void> {
    const { clock, report } = this.#options;
    this.#deliveries = await Deliveries.open({
      stateDir,
      clock,
      report,
      random: () => this.#options.random(),
      mayWrite: () => this.#options.mayWrite(),
      sinks: [...sinks.values()].map(({ name, options }) => ({
        name,
        options: options.reveal(),
        sources: [...queries.values()].filter((query) => query.sinks.includes(name))
          .flatMap((query) => this.#options.sourceOf(query.name) ?? []),
      })),
    });
  }

  /** Closes the sinks to open them anew. What of their progress cannot be kept is repeated, under the same ids. */
  async pause(): Promise<void> {
    const deliveries = this.#deliveries;
    this.#deliveries = undefined;
    try {
      await this.#close(deliveries);
    } catch (error) {
      this.#options.onNote(`sinks are opened anew: ${messageOf(error)}`);
    }
  }

  /**
   * Closes the sinks for good.
   *
   * @param deadline Until when what is being sent may still succeed; after 5 s it may not in any case.
   * @throws {AggregateError} If the state of a sink could not be kept.
   */
  async close(deadline: AbortSignal): Promise<void> {
    await this.#close(this.#deliveries, deadline);
  }

  async #close(deliveries: Deliveries | undefined, outer?: AbortSignal): Promise<void> {
    const reason = (): Error => new Error("its sink is being closed");
    using deadline = startDeadline(this.#options.clock, closingMs, reason, outer);
    await deliveries?.close(deadline.signal);
  }
}
