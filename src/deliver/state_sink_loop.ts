/**
 * Runs one state sink: whenever items change, its mirror is brought up to date.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal.ts";
import { Pulse } from "./pulse.ts";
import { retryDelayMs } from "./retry.ts";
import type { StateSink } from "./sink.ts";
import type { SinkLoop, SinkLoopContext, SinkStatus } from "./sink_loop.ts";

const retry = { scheduleMs: [1000, 5000, 15_000, 60_000], jitter: 0, giveUpAfterMs: undefined };

/** The loop of a state sink. */
export class StateSinkLoop implements SinkLoop {
  readonly #sink: StateSink;
  readonly #context: SinkLoopContext;
  readonly #ending = new AbortController();
  readonly #revised = new Pulse();
  readonly #mirrored = new Map<JournalSource, number>();
  #running: Promise<unknown> = Promise.resolve();
  #updates = 0;
  #failures = 0;
  #lastError: string | undefined;
  #nextAttempt: string | undefined;

  /**
   * @param sink The sink.
   * @param context What to work with.
   */
  constructor(sink: StateSink, context: SinkLoopContext) {
    this.#sink = sink;
    this.#context = context;
  }

  get name(): string {
    return this.#context.name;
  }

  get isIdle(): boolean {
    return this.#context.sources.every((s) => this.#mirrored.get(s) === s.revision);
  }

  get status(): SinkStatus {
    const { name, type, sources, stateFile: { state } } = this.#context;
    const backlog = sources.map((s) => s.revision - (this.#mirrored.get(s) ?? 0));
    return {
      name,
      type,
      state: this.#failures > 0 ? "failing" : "running",
      backlog: backlog.reduce((sum, n) => sum + n, 0),
      delivered: this.#updates,
      failures: this.#failures,
      deadLetters: 0,
      lastSuccess: state.lastSuccess,
      nextAttempt: this.#nextAttempt,
      lastError: this.#lastError,
      stopped: undefined,
      positions: Object.fromEntries(
        sources.map((s) => [s.query, state.queries[s.query]?.position ?? 0]),
      ),
    };
  }

  start(): void {
    const { signal } = this.#ending;
    const watches = this.#context.sources.map((source) => this.#watch(source, signal));
    this.#running = Promise.all([...watches, this.#run(signal)]);
  }

  async close(_deadline: AbortSignal): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#sink.close();
    await this.#context.stateFile.save();
  }

  async #watch(source: JournalSource, signal: AbortSignal): Promise<void> {
    for (let seen = source.revision; !signal.aborted; seen = source.revision) {
      await source.whenRevised(seen, signal).catch(() => {});
      this.#revised.beat();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#update(signal);
        await this.#untilWanted(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#pauseAfter(error, signal);
      }
    }
  }

  async #update(signal: AbortSignal): Promise<void> {
    const { sources, clock, stateFile } = this.#context;
    const seen = sources.map((source) => ({ source, revision: source.revision }));
    await this.#sink.update(
      sources.map((source) => ({
        query: source.query,
        sequence: source.lastSequence,
        poll: source.lastPoll,
        items: () => source.items(),
      })),
      signal,
    );
    for (const { source, revision } of seen) {
      this.#mirrored.set(source, revision);
      const position = source.lastSequence;
      stateFile.state.queries[source.query] = { position, delivered: position };
    }
    stateFile.state.lastSuccess = clock.now().toString();
    this.#updates++;
    this.#failures = 0;
    this.#lastError = this.#nextAttempt = undefined;
    void stateFile.save().catch(() => {});
    this.#context.onProgress();
  }

  async #untilWanted(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const { refreshMs } = this.#sink;
    while (this.isIdle) {
      const revised = this.#revised.next(signal);
      if (refreshMs === undefined) await revised;
      else {
        const enough = new AbortController();
        const due = clock.sleepUntil(
          clock.now().add({ milliseconds: refreshMs }),
          AbortSignal.any([signal, enough.signal]),
        );
        const isDue = await Promise.race([revised.then(() => false), due.then(() => true)])
          .finally(() => enough.abort());
        if (isDue) return;
      }
    }
  }

  async #pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, name, report, random } = this.#context;
    this.#failures++;
    this.#lastError = error instanceof Error ? error.message : "unknown";
    const delay = retryDelayMs(retry, this.#failures, random());
    const next = clock.now().add({ milliseconds: delay });
    this.#nextAttempt = next.toString();
    report({ kind: "failed", sink: name, query: undefined, error, nextAttempt: this.#nextAttempt });
    await clock.sleepUntil(next, signal).catch(() => {});
  }
}
