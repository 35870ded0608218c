// Touches the world: through sinks and their state files.
/**
 * Delivers committed changes: one loop for each sink, independent of each other.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/clock.ts";
import { DeadLetters } from "./dead_letters.ts";
import { EventSinkLoop } from "./event_sink_loop.ts";
import { Pulse } from "./pulse.ts";
import type { ReplayStart } from "./replay.ts";
import type { Resent } from "./resend.ts";
import type { DeliveryReport, SinkLoop } from "./sink_loop.ts";
import { readSinkState, type SinkState, SinkStateFile } from "./sink_state.ts";
import type { SinkStatus } from "./sink_status.ts";
import { UnopenedSink } from "./unopened_sink.ts";
import { makeSink, type SinkOptions } from "./sinks/sink_types.ts";
import { StateSinkLoop } from "./state_sink_loop.ts";

/** A configured sink and what it is to be told. */
export interface SinkConfig {
  readonly name: string;
  readonly options: SinkOptions;
  /** The journals of the queries that name this sink. */
  readonly sources: readonly JournalSource[];
}

/** What a delivery is opened with. */
export interface DeliveryOptions {
  /** The state folder; held by this process. */
  readonly stateDir: string;
  readonly sinks: readonly SinkConfig[];
  readonly clock: Clock;
  /** Told what happens at the sinks. */
  readonly report: (report: DeliveryReport) => void;
  /** A number from 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  /** False once another process holds the state folder. @default {() => true} */
  readonly mayWrite?: () => boolean;
}

/** All sinks at work. */
export class Deliveries {
  readonly #loops: ReadonlyMap<string, SinkLoop>;
  readonly #progress: Pulse;

  private constructor(loops: ReadonlyMap<string, SinkLoop>, progress: Pulse) {
    this.#loops = loops;
    this.#progress = progress;
  }

  /**
   * Opens all sinks and begins to deliver. To be called before the first poll: a sink that is new to a
   * query is told what is committed from here on, and that is on disk when this returns.
   *
   * @param options The sinks and what they work with.
   * @returns The deliveries under way.
   * A sink that cannot be opened is tried again, and keeps nobody from starting.
   */
  static async open(options: DeliveryOptions): Promise<Deliveries> {
    const progress = new Pulse();
    const loops = await Promise.all(
      options.sinks.map((sink) => openOrRetry(sink, options, () => progress.beat())),
    );
    for (const loop of loops) loop.start();
    return new Deliveries(new Map(loops.map((loop) => [loop.name, loop])), progress);
  }

  /** How each sink fares, in the order of the configuration. */
  status(): SinkStatus[] {
    return [...this.#loops.values()].map((loop) => loop.status);
  }

  /**
   * Tells which part of a journal must be kept for the sinks.
   *
   * @param query The query.
   * @returns Events after this sequence are needed; Infinity if no sink needs any.
   */
  neededAfter(query: string): number {
    const needs = [...this.#loops.values()].map(openedOf).map((loop) =>
      loop instanceof EventSinkLoop
        ? loop.neededAfter(query)
        // How far it has come is not known.
        : loop instanceof UnopenedSink
        ? 0
        : Infinity
    );
    return Math.min(Infinity, ...needs);
  }

  /**
   * Delivers committed events again under their old ids, in order, and goes on from there.
   *
   * @param sink The name of an event sink; one that its receiver stopped starts again.
   * @param start The first event.
   * @param query Only the events of this query.
   * @returns How many events of the journals that is, wanted by the sink or not.
   * @throws {RangeError} If there is no such sink, or it has no events.
   */
  replay(sink: string, start: ReplayStart, query?: string): Promise<number> {
    return this.#eventLoop(sink).replay(start, query);
  }

  /**
   * Sends dead letters again, oldest first, until one fails.
   *
   * @param sink The name of an event sink.
   * @param ids The ids of the events; undefined: all.
   * @param signal Ends it.
   * @returns How many were taken, and how many dead letters are left.
   * @throws {RangeError} If there is no such sink, or it has no events.
   * @throws {DeliveryError} If one was not taken.
   */
  resend(sink: string, ids: readonly string[] | undefined, signal: AbortSignal): Promise<Resent> {
    return this.#eventLoop(sink).resend(ids, signal);
  }

  /**
   * Waits until every sink has all that was committed before, or is stopped.
   *
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  async drained(signal: AbortSignal): Promise<void> {
    while ([...this.#loops.values()].some((loop) => !loop.isIdle)) {
      await this.#progress.next(signal);
    }
  }

  /**
   * Ends all deliveries and keeps how far they came.
   *
   * @param deadline Until when what is being sent may still succeed.
   * @throws {AggregateError} If the state of a sink could not be kept.
   */
  async close(deadline: AbortSignal): Promise<void> {
    const ends = await Promise.allSettled([...this.#loops.values()].map((l) => l.close(deadline)));
    const errors = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
    if (errors.length > 0) {
      throw new AggregateError(errors, `Cannot keep the state of ${errors.length} sinks`);
    }
  }

  #eventLoop(name: string): EventSinkLoop {
    const found = this.#loops.get(name);
    if (found === undefined) throw new RangeError(`There is no sink "${name}"`);
    const loop = openedOf(found);
    if (loop instanceof EventSinkLoop) return loop;
    if (loop instanceof UnopenedSink) {
      throw new Error(`Sink "${name}" could not be opened yet: ${loop.status.lastError}`);
    }
    throw new RangeError(
      `Sink "${name}" mirrors the current items: it has no events to deliver again`,
    );
  }
}

/** The loop of a sink that could not be opened at first, if it is open now. */
function openedOf(loop: SinkLoop): SinkLoop {
  return loop instanceof UnopenedSink ? loop.opened ?? loop : loop;
}

/** Opens a sink, or leaves that for later if it cannot be opened. */
async function openOrRetry(
  sink: SinkConfig,
  options: DeliveryOptions,
  onProgress: () => void,
): Promise<SinkLoop> {
  const { name, options: { type }, sources } = sink;
  // What is committed until it can be opened is delivered as well.
  const starts = new Map(sources.map(({ query, lastSequence }) => [query, lastSequence]));
  const open = (): Promise<SinkLoop> => openLoop(sink, options, onProgress, starts);
  try {
    return await open();
  } catch (error) {
    const { clock, report } = options;
    return new UnopenedSink({ name, type, clock, report, open, error });
  }
}

async function openLoop(
  { name, options, sources }: SinkConfig,
  { stateDir, clock, report, random, mayWrite }: DeliveryOptions,
  onProgress: () => void,
  starts: ReadonlyMap<string, number>,
): Promise<SinkLoop> {
  const note = (message: string): void => report({ kind: "note", sink: name, message });
  const sink = makeSink(options, { name, clock, note });
  const { state, isNew, isSealed } = await startingState(stateDir, name, starts, note);
  const stateFile = new SinkStateFile(stateDir, state, mayWrite);
  // What is on disk already needs no room there: a daemon starts on a full disk, too.
  if (isNew) await stateFile.save();
  else if (!isSealed) await stateFile.save().catch(() => {});
  const { type } = options;
  const context = { name, type, sources, clock, stateFile, report, random, onProgress };
  if (sink.kind === "state") return new StateSinkLoop(sink, context);
  return new EventSinkLoop(sink, await DeadLetters.open(stateDir, name, note), context);
}

/** What was kept, with a place for each query that is new to the sink: the present end of its journal. */
async function startingState(
  stateDir: string,
  name: string,
  starts: ReadonlyMap<string, number>,
  note: (message: string) => void,
): Promise<{ readonly state: SinkState; readonly isNew: boolean; readonly isSealed: boolean }> {
  const kept = await readSinkState(stateDir, name);
  const state: SinkState = kept.found === "state" ? kept.state : { sink: name, queries: {} };
  const isDamaged = kept.found === "damage";
  if (isDamaged) {
    note("how far it had come cannot be read: all that the journals hold is delivered again");
  }
  let isNew = kept.found !== "state";
  for (const [query, lastSequence] of starts) {
    if (state.queries[query] !== undefined) continue;
    state.queries[query] = { position: isDamaged ? 0 : lastSequence, delivered: 0 };
    isNew = true;
  }
  return { state, isNew, isSealed: kept.found === "state" && kept.isSealed };
}
