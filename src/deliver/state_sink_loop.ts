/**
 * Runs one state sink: updates its mirror after items changed.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import { timeText } from "../base/clock.ts";
import { Pulse } from "./pulse.ts";
import { retryDelayMs } from "./retry.ts";
import type { StateSink } from "./sink.ts";
import type { SinkLoop, SinkLoopContext } from "./sink_loop.ts";
import type { SinkStatus } from "./sink_status.ts";
import { messageOf } from "./message.ts";

const retry = { scheduleMs: [1000, 5000, 15_000, 60_000], jitter: 0, giveUpAfterMs: undefined };

/** The revision and the poll of a query that a mirror shows. */
interface Stand {
  readonly revision: number;
  readonly sequence: number;
}

/** The loop of a state sink. */
export class StateSinkLoop implements SinkLoop {
  readonly #sink: StateSink;
  readonly #context: SinkLoopContext;
  readonly #ending = new AbortController();
  readonly #revised = new Pulse();
  readonly #mirrored = new Map<JournalSource, Stand>();
  #running: Promise<unknown> = Promise.resolve();
  #updates = 0;
  /** The time of the last update, on the monotonic clock. */
  #updatedAtMs = -Infinity;
  #failures = 0;
  #lastError: string | undefined;
  #nextAttempt: string | undefined;

  /**
   * @param sink The sink.
   * @param context The clock, the sources and the reports.
   */
  constructor(sink: StateSink, context: SinkLoopContext) {
    this.#sink = sink;
    this.#context = context;
  }

  get name(): string {
    return this.#context.name;
  }

  get isIdle(): boolean {
    return this.#context.sources.every((source) => {
      const mirrored = this.#mirrored.get(source);
      return mirrored?.revision === source.revision && mirrored.sequence === source.lastSequence;
    });
  }

  get status(): SinkStatus {
    const { name, type, sources, stateFile: { state } } = this.#context;
    return {
      name,
      type,
      state: this.#failures > 0 ? "failing" : "running",
      backlog: this.isIdle ? 0 : 1,
      delivered: this.#updates,
      failures: this.#failures,
      deadLetters: 0,
      lastSuccess: state.lastSuccess,
      nextAttempt: this.#nextAttempt,
      lastError: this.#lastError,
      stopped: undefined,
      replaying: 0,
      positions: Object.fromEntries(
        sources.map((s) => [s.query, state.queries[s.query]?.position ?? 0]),
      ),
    };
  }

  start(): void {
    const { signal } = this.#ending;
    const watches = this.#context.sources.flatMap((source) => [
      this.#watch((seen) => source.whenRevised(seen, signal), () => source.revision, signal),
      this.#watch((seen) => source.whenCommitted(seen, signal), () => source.lastSequence, signal),
    ]);
    this.#running = Promise.all([...watches, this.#run(signal)]);
  }

  async close(_deadline: AbortSignal): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#sink.close();
    await this.#context.stateFile.save();
  }

  /**
   * Waits for changes. Items may change without an event, and an event (a poll that failed) may come without
   * a change of items.
   */
  async #watch(
    whenMore: (seen: number) => Promise<void>,
    now: () => number,
    signal: AbortSignal,
  ): Promise<void> {
    for (let seen = now(); !signal.aborted; seen = now()) {
      await whenMore(seen).catch(() => {});
      this.#revised.beat();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#untilAllowed(signal);
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
    const seen = sources.map((source) => ({
      source,
      stand: { revision: source.revision, sequence: source.lastSequence },
    }));
    await this.#sink.update(
      sources.map((source) => ({
        query: source.query,
        sequence: source.lastSequence,
        poll: source.lastPoll,
        items: [...source.items()],
      })),
      signal,
    );
    const isNews = !this.isIdle;
    for (const { source, stand } of seen) {
      this.#mirrored.set(source, stand);
      const position = stand.sequence;
      stateFile.state.queries[source.query] = { position, delivered: position };
    }
    stateFile.state.lastSuccess = timeText(clock.now());
    this.#updates++;
    this.#updatedAtMs = clock.monotonicMs();
    this.#failures = 0;
    this.#lastError = this.#nextAttempt = undefined;
    if (isNews) void stateFile.save().catch(() => {});
    this.#context.onProgress();
  }

  /** Waits until the least interval since the last update has passed. */
  async #untilAllowed(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const passedMs = clock.monotonicMs() - this.#updatedAtMs;
    const restMs = (this.#sink.leastIntervalMs ?? 0) - passedMs;
    if (restMs > 0) {
      await clock.sleepUntil(clock.now().add({ milliseconds: Math.ceil(restMs) }), signal);
    }
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
    this.#lastError = messageOf(error);
    const delay = retryDelayMs(retry, this.#failures, random());
    const next = clock.now().add({ milliseconds: delay });
    this.#nextAttempt = timeText(next);
    report({ kind: "failed", sink: name, query: undefined, error, nextAttempt: this.#nextAttempt });
    await clock.sleepUntil(next, signal).catch(() => {});
  }
}
