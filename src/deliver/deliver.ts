// Touches the world: through sinks and their state files.
/**
 * Delivers committed changes. Each sink has a loop of its own, so a failing sink delays no other.
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

/** A configured sink and the queries that name it. */
export interface SinkConfig {
  readonly name: string;
  readonly options: SinkOptions;
  /** The journals of the queries that name this sink. */
  readonly sources: readonly JournalSource[];
}

/** The options of {@linkcode Deliveries.open}. */
export interface DeliveryOptions {
  /** The state folder; held by this process. */
  readonly stateDir: string;
  readonly sinks: readonly SinkConfig[];
  readonly clock: Clock;
  /** Receives a report of each delivery and failure, for the log. */
  readonly report: (report: DeliveryReport) => void;
  /** Returns a number from 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  /** Returns false once another process holds the state folder. @default {() => true} */
  readonly mayWrite?: () => boolean;
}

/** The loops of all sinks. */
export class Deliveries {
  readonly #loops: ReadonlyMap<string, SinkLoop>;
  readonly #progress: Pulse;

  private constructor(loops: ReadonlyMap<string, SinkLoop>, progress: Pulse) {
    this.#loops = loops;
    this.#progress = progress;
  }

  /**
   * Opens all sinks and begins to deliver. Call it before the first poll.
   *
   * A sink that is new to a query gets the events that are committed from now on. That position is on disk
   * when this returns. A sink that cannot be opened is tried again and delays no other sink.
   *
   * @param options The sinks and what they work with.
   * @returns The running deliveries.
   */
  static async open(options: DeliveryOptions): Promise<Deliveries> {
    const progress = new Pulse();
    const loops = await Promise.all(
      options.sinks.map((sink) => openOrRetry(sink, options, () => progress.beat())),
    );
    for (const loop of loops) loop.start();
    return new Deliveries(new Map(loops.map((loop) => [loop.name, loop])), progress);
  }

  /** The status of each sink, in the order of the configuration. */
  status(): SinkStatus[] {
    return [...this.#loops.values()].map((loop) => loop.status);
  }

  /**
   * Finds the part of a journal that sinks still need. Only segments before it may be deleted.
   *
   * @param query The query.
   * @returns Events after this sequence are needed; Infinity if no sink needs any.
   */
  neededAfter(query: string): number {
    const needs = [...this.#loops.values()].map(openedOf).map((loop) =>
      loop instanceof EventSinkLoop
        ? loop.neededAfter(query)
        // The position of this sink is unknown, so everything is kept.
        : loop instanceof UnopenedSink
        ? 0
        : Infinity
    );
    return Math.min(Infinity, ...needs);
  }

  /**
   * Delivers committed events again, in order and with their ids, and goes on from there.
   *
   * @param sink The name of an event sink. A sink that its receiver stopped starts again.
   * @param start The first event.
   * @param query Only the events of this query.
   * @returns The number of events in the journals from there on, wanted by the sink or not.
   * @throws {RangeError} If no sink has this name, or if it takes no events.
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
   * @returns The number of letters that were sent, and the number of those that are left.
   * @throws {RangeError} If no sink has this name, or if it takes no events.
   * @throws {DeliveryError} If the receiver did not take a letter.
   */
  resend(sink: string, ids: readonly string[] | undefined, signal: AbortSignal): Promise<Resent> {
    return this.#eventLoop(sink).resend(ids, signal);
  }

  /**
   * Waits until every sink has delivered all that was committed before this call, or is stopped.
   *
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  async drained(signal: AbortSignal): Promise<void> {
    while ([...this.#loops.values()].some((loop) => !loop.isIdle)) {
      await this.#progress.next(signal);
    }
  }

  /**
   * Ends all deliveries and saves the position of each sink.
   *
   * @param deadline Aborts requests that are still under way when it fires.
   * @throws {AggregateError} If the state of a sink could not be saved.
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

/** The loop of a sink, also if the sink could be opened only later. */
function openedOf(loop: SinkLoop): SinkLoop {
  return loop instanceof UnopenedSink ? loop.opened ?? loop : loop;
}

/** Opens a sink. If that fails, returns a loop that tries it again. */
async function openOrRetry(
  sink: SinkConfig,
  options: DeliveryOptions,
  onProgress: () => void,
): Promise<SinkLoop> {
  const { name, options: { type }, sources } = sink;
  // A sink that is opened later delivers from here on, so that nothing is lost meanwhile.
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
  // A state that is on disk already is not written again, so that the daemon can start on a full disk.
  if (isNew) await stateFile.save();
  else if (!isSealed) await stateFile.save().catch(() => {});
  const { type } = options;
  const context = { name, type, sources, clock, stateFile, report, random, onProgress };
  if (sink.kind === "state") return new StateSinkLoop(sink, context);
  return new EventSinkLoop(sink, await DeadLetters.open(stateDir, name, note), context);
}

/**
 * Returns the stored state of a sink. A query that is new to the sink begins at the present end of its
 * journal.
 *
 * If the state is damaged, all events of the journals are delivered again. Example: of events 1 to 900 the
 * journal still holds 400 to 900; these 501 are sent again under their ids.
 */
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
    note(
      "its state file is damaged, so its position is unknown: all events of the journals are delivered again",
    );
  }
  let isNew = kept.found !== "state";
  for (const [query, lastSequence] of starts) {
    if (state.queries[query] !== undefined) continue;
    state.queries[query] = { position: isDamaged ? 0 : lastSequence, delivered: 0 };
    isNew = true;
  }
  return { state, isNew, isSealed: kept.found === "state" && kept.isSealed };
}
