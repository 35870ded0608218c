/**
 * A sink that could not be opened. It is tried again while the daemon and the other sinks go on.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { timeText } from "../base/clock.ts";
import type { DeliveryReport, SinkLoop } from "./sink_loop.ts";
import type { SinkStatus } from "./sink_status.ts";
import { messageOf } from "./message.ts";

/** The time between two attempts. */
const retryMs = 10_000;

/** The options of an {@linkcode UnopenedSink}. */
export interface UnopenedSinkOptions {
  readonly name: string;
  readonly type: string;
  readonly clock: Clock;
  readonly report: (report: DeliveryReport) => void;
  /** Opens the sink. */
  open(): Promise<SinkLoop>;
  /** The error of the first attempt. */
  readonly error: unknown;
}

/** Replaces a sink until it can be opened, and then passes calls on to it. */
export class UnopenedSink implements SinkLoop {
  readonly #options: UnopenedSinkOptions;
  readonly #ending = new AbortController();
  #error: unknown;
  #attempts = 1;
  #nextAttempt: string;
  #opened: SinkLoop | undefined;
  #trying: Promise<void> = Promise.resolve();

  /** @param options The sink to open. */
  constructor(options: UnopenedSinkOptions) {
    this.#options = options;
    this.#error = options.error;
    this.#nextAttempt = timeText(options.clock.now());
  }

  get name(): string {
    return this.#options.name;
  }

  /** The loop of the sink; undefined until it could be opened. */
  get opened(): SinkLoop | undefined {
    return this.#opened;
  }

  get isIdle(): boolean {
    return this.#opened?.isIdle ?? false;
  }

  get status(): SinkStatus {
    if (this.#opened !== undefined) return this.#opened.status;
    return {
      name: this.name,
      type: this.#options.type,
      state: "failing",
      backlog: 0,
      failures: this.#attempts,
      replaying: 0,
      lastSuccess: undefined,
      nextAttempt: this.#nextAttempt,
      lastError: messageOf(this.#error),
      stopped: undefined,
      positions: {},
      delivered: 0,
      deadLetters: 0,
    };
  }

  start(): void {
    this.#trying = this.#try();
  }

  async close(deadline: AbortSignal): Promise<void> {
    this.#ending.abort();
    await this.#trying;
    await this.#opened?.close(deadline);
  }

  async #try(): Promise<void> {
    const { clock, report, open, name: sink } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const next = clock.now().add({ milliseconds: retryMs });
      this.#nextAttempt = timeText(next);
      report({
        ...{ kind: "failed", sink, query: undefined },
        error: this.#error,
        nextAttempt: this.#nextAttempt,
      });
      await clock.sleepUntil(next, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        this.#opened = await open();
        this.#opened.start();
        return;
      } catch (error) {
        this.#error = error;
        this.#attempts++;
      }
    }
  }
}
