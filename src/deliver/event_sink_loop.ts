/**
 * Runs one event sink: a lane for each query, all through one circuit breaker to the receiver.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import { timeText } from "../base/clock.ts";
import type { DeadLetters } from "./dead_letters.ts";
import { DeliveryError } from "./delivery_error.ts";
import { CircuitBreaker } from "./circuit_breaker.ts";
import { sendHeartbeats } from "./heartbeat.ts";
import { Lane } from "./lane.ts";
import { LaneRunner } from "./lane_runner.ts";
import { passOver, type ReplayStart, rewind } from "./replay.ts";
import { resendDeadLetters, type Resent } from "./resend.ts";
import { compileSelection } from "./selection.ts";
import type { Delivery, EventSink, OutgoingEvent } from "./sink.ts";
import type { DeliveryReport, SinkLoop, SinkLoopContext } from "./sink_loop.ts";
import type { LaneState } from "./sink_state.ts";
import { keptStatus, type SinkStatus } from "./sink_status.ts";
import { messageOf } from "./message.ts";

/** The pause after a failure on our side, such as a full disk. */
const pauseAfterTroubleMs = 10_000;

/** The loop of an event sink. */
export class EventSinkLoop implements SinkLoop {
  readonly #sink: EventSink;
  readonly #context: SinkLoopContext;
  readonly #deadLetters: DeadLetters;
  readonly #breaker: CircuitBreaker;
  readonly #lanes: readonly LaneRunner[];
  /** Ends all waits. A request under way goes on. */
  readonly #ending = new AbortController();
  /** Ends requests under way as well. */
  readonly #aborting = new AbortController();
  #opened: Promise<void> = Promise.resolve();
  #isOpen = false;
  #turns: Promise<unknown> = Promise.resolve();
  #heartbeat: Promise<void> = Promise.resolve();
  #delivered = 0;
  #trouble: string | undefined;
  #saveFails = false;

  /**
   * @param sink The sink.
   * @param deadLetters Its dead letters.
   * @param context The clock, the state and the reports. The state has a position for each of the sources.
   */
  constructor(sink: EventSink, deadLetters: DeadLetters, context: SinkLoopContext) {
    this.#sink = sink;
    this.#context = context;
    this.#deadLetters = deadLetters;
    this.#breaker = new CircuitBreaker(context.clock, sink.policy.concurrency);
    const wants = compileSelection(sink.policy.selection);
    this.#lanes = context.sources.map((source) =>
      new LaneRunner(
        this.#makeLane(source, wants),
        source,
        (error, query, signal) => this.#pauseAfter(error, query, signal),
      )
    );
    const { state } = context.stateFile;
    if (state.stopped?.receiver !== sink.receiver) delete state.stopped;
  }

  get name(): string {
    return this.#context.name;
  }

  get isIdle(): boolean {
    return this.#isStopped || this.#lanes.every(({ lane }) => lane.backlog === 0);
  }

  get status(): SinkStatus {
    const { name, type, sources, stateFile } = this.#context;
    const last = new Map(sources.map(({ query, lastSequence }) => [query, lastSequence]));
    const kept = keptStatus(stateFile.state, last);
    return {
      name,
      type,
      ...kept,
      state: kept.state !== "idle"
        ? kept.state
        : this.#trouble === undefined
        ? "running"
        : "failing",
      lastError: kept.lastError ?? this.#trouble,
      delivered: this.#delivered,
      deadLetters: this.#deadLetters.count,
    };
  }

  /**
   * Finds the part of a journal that the sink still needs.
   *
   * @param query The query.
   * @returns Events after this sequence are needed; Infinity if none are.
   */
  neededAfter(query: string): number {
    if (this.#isStopped) return Infinity;
    return this.#lanes.find(({ lane }) => lane.query === query)?.lane.state.position ?? Infinity;
  }

  start(): void {
    this.#opened = this.#open();
    this.#heartbeat = this.#sendHeartbeats();
  }

  async close(deadline: AbortSignal): Promise<void> {
    this.#ending.abort();
    const abort = (): void => this.#aborting.abort(deadline.reason);
    if (deadline.aborted) abort();
    else deadline.addEventListener("abort", abort, { once: true });
    await this.#opened;
    await this.#turns;
    await Promise.all(this.#lanes.map((runner) => runner.end()));
    await this.#heartbeat;
    deadline.removeEventListener("abort", abort);
    await this.#sink.close();
    await this.#context.stateFile.save();
  }

  /**
   * Delivers committed events again, with their ids, and goes on from there. A stopped sink starts again.
   *
   * @param start The first event.
   * @param query Replays only the events of this query.
   * @returns The number of events in the journals from there on.
   */
  replay(start: ReplayStart, query?: string): Promise<number> {
    return this.#inTurn(() => this.#replay(start, query));
  }

  /** Runs one piece of work after the other, if it moves or starts lanes. So a lane never runs twice at once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.then(() => {}, () => {});
    return turn;
  }

  /**
   * Sends dead letters again, oldest first, until one fails.
   *
   * @param ids The ids of the events; undefined: all dead letters.
   * @param signal Ends the sending.
   * @returns The number of letters that were sent, and the number of those that are left.
   * @throws {DeliveryError} If the receiver did not take a letter.
   * @throws {RangeError} If one of the ids is no dead letter. Then none is sent.
   */
  async resend(ids: readonly string[] | undefined, signal: AbortSignal): Promise<Resent> {
    const unknown = ids?.filter((id) => !this.#deadLetters.has(id)) ?? [];
    if (unknown.length > 0) {
      throw new RangeError(
        `Sink "${this.name}" has no dead letter ${unknown.join(", ")}: ` +
          `worklistd replay --dead --list ${this.name} shows those that it has`,
      );
    }
    const send = (delivery: Delivery): Promise<void> =>
      this.#breaker.run(() => this.#send(delivery, signal), signal);
    return await resendDeadLetters(this.#deadLetters, ids, send);
  }

  async #replay(start: ReplayStart, query: string | undefined): Promise<number> {
    const { stateFile } = this.#context;
    const chosen = this.#lanes.filter(({ lane }) => query === undefined || lane.query === query);
    if (chosen.length === 0 && query !== undefined) {
      throw new RangeError(
        `Query "${query}" does not name sink "${this.name}": it has no events of it`,
      );
    }
    const ended = this.#isStopped ? this.#lanes : chosen;
    await Promise.all(ended.map((runner) => runner.end()));
    try {
      const counts = await Promise.all(
        chosen.map(({ lane, source }) => rewind(lane.state, source, start)),
      );
      delete stateFile.state.stopped;
      await stateFile.save();
      return counts.reduce((sum, count) => sum + count, 0);
    } finally {
      if (this.#isOpen) this.#startLanes(ended);
    }
  }

  get #isStopped(): boolean {
    return this.#context.stateFile.state.stopped !== undefined;
  }

  #makeLane(source: JournalSource, wants: ReturnType<typeof compileSelection>): Lane {
    const { clock, random, stateFile: { state } } = this.#context;
    const laneState: LaneState = state.queries[source.query] ?? { position: 0, delivered: 0 };
    state.queries[source.query] = laneState;
    return new Lane(source, laneState, {
      policy: this.#sink.policy,
      clock,
      random,
      breaker: this.#breaker,
      deadLetters: this.#deadLetters,
      wants,
      send: (delivery) => this.#send(delivery, this.#aborting.signal),
      save: () => this.#save(),
      onDelivered: (query, events) => this.#onDelivered(query, events),
      onFailed: (query, error, nextAttempt) =>
        this.#report({ kind: "failed", query, error, nextAttempt }),
      onDead: (query, events, reason, error) =>
        this.#report({ kind: "dead", query, events, reason, error }),
      note: (message) => this.#report({ kind: "note", message }),
    });
  }

  /** Opens the sink, skips the events that it has already, and starts the lanes. */
  async #open(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        const last = await this.#sink.open();
        return await this.#inTurn(() => this.#startAll(last));
      } catch (error) {
        await this.#pauseAfter(error, undefined, this.#ending.signal);
      }
    }
  }

  async #startAll(last: ReadonlyMap<string, OutgoingEvent>): Promise<void> {
    for (const { lane, source } of this.#lanes) {
      await passOver(lane.state, source, last.get(lane.query));
    }
    this.#trouble = undefined;
    void this.#save();
    this.#isOpen = true;
    this.#startLanes(this.#lanes);
  }

  #startLanes(lanes: readonly LaneRunner[]): void {
    if (this.#isStopped || this.#ending.signal.aborted) return;
    for (const runner of lanes) runner.start();
  }

  /** Sends a delivery. Refuses once the receiver has said that it wants no more events. */
  async #send(delivery: Delivery, signal: AbortSignal): Promise<void> {
    if (this.#isStopped) {
      const problem = "its receiver wants no more events. Start it again with `worklistd replay`";
      throw new DeliveryError(this.name, problem, { remedy: "stop" });
    }
    try {
      await this.#sink.send(delivery, signal);
    } catch (error) {
      if (error instanceof DeliveryError && error.remedy === "stop") await this.#stop(error);
      throw error;
    }
  }

  async #stop(error: DeliveryError): Promise<void> {
    if (this.#isStopped) return;
    const { clock, stateFile: { state } } = this.#context;
    state.stopped = {
      at: timeText(clock.now()),
      reason: error.message,
      receiver: this.#sink.receiver,
    };
    for (const runner of this.#lanes) runner.abort();
    this.#report({ kind: "stopped", error });
    await this.#save();
  }

  async #pauseAfter(error: unknown, query: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    this.#trouble = messageOf(error);
    const next = clock.now().add({ milliseconds: pauseAfterTroubleMs });
    this.#report({ kind: "failed", query, error, nextAttempt: timeText(next) });
    await clock.sleepUntil(next, signal).catch(() => {});
  }

  #sendHeartbeats(): Promise<void> {
    const { name: sink, clock } = this.#context;
    return sendHeartbeats({
      sink,
      everyMs: this.#sink.policy.heartbeatMs,
      clock,
      breaker: this.#breaker,
      queries: () =>
        this.#lanes.map(({ lane, source }) => ({
          query: lane.query,
          committed: source.lastSequence,
          delivered: lane.state.delivered,
        })),
      send: (delivery) => this.#send(delivery, this.#aborting.signal),
    }, this.#ending.signal);
  }

  #onDelivered(query: string, events: number): void {
    const { clock, stateFile } = this.#context;
    this.#delivered += events;
    this.#trouble = undefined;
    stateFile.state.lastSuccess = timeText(clock.now());
    this.#report({ kind: "delivered", query, events });
  }

  /**
   * Saves the state. If that fails, deliveries go on: at worst, events are sent again under their ids after a
   * restart.
   */
  async #save(): Promise<void> {
    this.#context.onProgress();
    try {
      await this.#context.stateFile.save();
      this.#saveFails = false;
    } catch (error) {
      if (!this.#saveFails) {
        const message = `cannot save the position of the sink: ${messageOf(error)}`;
        this.#report({ kind: "note", message });
      }
      this.#saveFails = true;
    }
  }

  #report(report: DistributiveOmit<DeliveryReport, "sink">): void {
    this.#context.report({ ...report, sink: this.#context.name });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
