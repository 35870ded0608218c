// Touches the world: through the sinks that it makes.
/**
 * The sinks of a configuration: opened, closed and opened again together.
 *
 * @module
 */
import { Deliveries } from "../deliver/deliver.ts";
import type { SinkStatus } from "../deliver/sink_status.ts";
import { messageOf } from "../deliver/message.ts";
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Config } from "./config.ts";
import type { DaemonContext } from "./context.ts";
import { startDeadline } from "../base/deadline.ts";

/** The journals that sinks read, and the right to write. */
export interface SinkSources {
  /** Returns false once another process holds the state folder. */
  mayWrite(): boolean;
  /** Finds the journal of a query; `undefined` if it is not open. */
  sourceOf(query: string): JournalSource | undefined;
}

/** The longest time that sinks may take to finish a delivery when they are closed. */
const closingMs = 5_000;

/** The sinks of a configuration. */
export class OpenSinks {
  readonly #context: DaemonContext;
  readonly #from: SinkSources;
  #deliveries: Deliveries | undefined;

  /**
   * @param context Clock, chance and log.
   * @param from The journals that sinks read, and the right to write.
   */
  constructor(context: DaemonContext, from: SinkSources) {
    this.#context = context;
    this.#from = from;
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

  /** Returns the status of each sink. */
  status(): SinkStatus[] {
    return this.#deliveries?.status() ?? [];
  }

  /**
   * Opens the sinks and begins to deliver.
   *
   * @param config The configuration.
   * @throws {Error} If a file that must exist before the first poll cannot be written.
   */
  async open({ stateDir, sinks, queries }: Config): Promise<void> {
    const { clock, random, log } = this.#context;
    this.#deliveries = await Deliveries.open({
      stateDir,
      clock,
      random,
      report: (report) => log({ kind: "delivery", report }),
      mayWrite: () => this.#from.mayWrite(),
      sinks: [...sinks.values()].map(({ name, options }) => ({
        name,
        options: options.reveal(),
        sources: [...queries.values()].filter((query) => query.sinks.includes(name))
          .flatMap((query) => this.#from.sourceOf(query.name) ?? []),
      })),
    });
  }

  /** Closes the sinks to open them again. Deliveries whose progress cannot be kept are repeated, under the same ids. */
  async pause(): Promise<void> {
    const deliveries = this.#deliveries;
    this.#deliveries = undefined;
    try {
      await this.#close(deliveries);
    } catch (error) {
      const message = `sinks are opened again: ${messageOf(error)}`;
      this.#context.log({ kind: "state", message });
    }
  }

  /**
   * Closes the sinks for good.
   *
   * @param deadline Ends deliveries under way; they end after 5 s in any case.
   * @throws {AggregateError} If the state of a sink could not be kept.
   */
  async close(deadline: AbortSignal): Promise<void> {
    await this.#close(this.#deliveries, deadline);
  }

  async #close(deliveries: Deliveries | undefined, outer?: AbortSignal): Promise<void> {
    const reason = (): Error => new Error("its sink is being closed");
    using deadline = startDeadline(this.#context.clock, closingMs, reason, outer);
    await deliveries?.close(deadline.signal);
  }
}
