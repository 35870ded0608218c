/**
 * Chooses the next delivery of a lane: a range of the journal, and the events made of it.
 *
 * @module
 */
import { parseKeyPath } from "../query/key_path.ts";
import type { CommittedEvent, JournalSource } from "../worklist/journal/journal.ts";
import { type Clock, isBefore } from "../base/clock.ts";
import { type CloudEvent, idOf, parseEvent } from "./cloud_event.ts";
import { coalesce } from "./coalesce.ts";
import type { DeliveryPolicy, OutgoingEvent } from "./sink.ts";
import type { LaneState } from "./sink_state.ts";

/** The most journal events that are merged together. */
const coalesceLimit = 1000;
/** The number of events that are read from the journal at once while there is a backlog. */
const pageSize = 64;

/** The options of a {@linkcode WindowReader}. */
export interface WindowContext {
  readonly policy: DeliveryPolicy;
  readonly clock: Clock;
  /** Returns true if the sink wants an event; undefined: it wants all. */
  readonly wants: ((event: CloudEvent) => boolean) | undefined;
}

/** The events to deliver next. */
export interface Window {
  /** The last sequence that the window covers. */
  readonly upTo: number;
  /** The events in ascending order; empty if the sink wants none of those that the window covers. */
  readonly events: readonly OutgoingEvent[];
  /** Boundaries that must be saved before anything is sent, because ids depend on them. */
  readonly fresh: LaneState["window"];
}

/** Events while they are collected. */
interface Collected {
  upTo: number;
  readonly limit: number;
  /** True if unwanted events are taken as well. */
  readonly takesAll: boolean;
  readonly events: CommittedEvent[];
}

/** Reads windows from one journal. */
export class WindowReader {
  readonly #source: JournalSource;
  readonly #context: WindowContext;
  #ahead: CommittedEvent[] = [];

  /**
   * @param source The journal.
   * @param context The policy, the clock and the selection.
   */
  constructor(source: JournalSource, context: WindowContext) {
    this.#source = source;
    this.#context = context;
  }

  /**
   * Reads the events after a position. Of an interrupted window, it reads the rest of that same window.
   *
   * @param state The position of the sink. There must be an event after it.
   * @param signal Ends the wait for more events.
   * @returns The window.
   */
  async next(state: LaneState, signal: AbortSignal): Promise<Window> {
    const { policy } = this.#context;
    const replaying = state.position < (state.replayTo ?? 0);
    const merged = policy.coalesceMs > 0 && !replaying;
    const toEvents = (events: CommittedEvent[]): OutgoingEvent[] =>
      merged ? this.#merge(events) : events.map(toOutgoing);
    if (state.window?.merged === merged) {
      const { done } = state.window;
      const { upTo, events } = await this.#collect(state.position, {
        limit: Infinity,
        end: state.window.upTo,
        takesAll: merged,
      });
      return {
        upTo,
        events: toEvents(events).filter(({ sequence }) => sequence > done),
        fresh: undefined,
      };
    }
    const limit = merged ? coalesceLimit : policy.maxEvents;
    const end = state.replayTo ?? Infinity;
    const collected = await this.#collect(state.position, { limit, end, takesAll: merged });
    if (!replaying) await this.#hold(collected, signal);
    const { upTo } = collected;
    const events = toEvents(collected.events);
    const isKept = events.length > 0 && (policy.stableBatches || merged);
    return { upTo, events, fresh: isKept ? { upTo, done: state.position, merged } : undefined };
  }

  /** Drops events that were read ahead, because the next delivery may be long in coming. */
  forget(): void {
    this.#ahead = [];
  }

  /**
   * Merges events, then chooses those that the sink wants. The choice comes second, because only the merged
   * event shows what became of an item.
   */
  #merge(events: readonly CommittedEvent[]): OutgoingEvent[] {
    const { wants } = this.#context;
    const committed = new Map(events.map((event) => [event.sequence, event]));
    const ignore = (this.#source.ignore ?? []).map(parseKeyPath);
    const merged = coalesce(events.map(({ line }) => parseEvent(line)), ignore);
    return merged.filter((event) => wants?.(event) ?? true).map((event) => {
      const sequence = Number(event.sequence);
      const source = committed.get(sequence);
      if (source !== undefined && event.data.sources === undefined) return toOutgoing(source);
      return { id: event.id, sequence, line: JSON.stringify(event) };
    });
  }

  /** Reads events after a position: at most `limit`, up to the sequence `end`, only wanted ones or all. */
  async #collect(
    after: number,
    { limit, end, takesAll }: { limit: number; end: number; takesAll: boolean },
  ): Promise<Collected> {
    const collected: Collected = { upTo: after, limit, takesAll, events: [] };
    await this.#collectMore(collected, end);
    return collected;
  }

  async #collectMore(collected: Collected, end: number): Promise<void> {
    while (collected.events.length < collected.limit && collected.upTo < end) {
      const next = await this.#read(collected.upTo);
      if (next === undefined || next.sequence > end) return;
      collected.upTo = next.sequence;
      const isTaken = collected.takesAll || (this.#context.wants?.(parseEvent(next.line)) ?? true);
      if (isTaken) collected.events.push(next);
    }
  }

  async #read(after: number): Promise<CommittedEvent | undefined> {
    while (this.#ahead[0] !== undefined && this.#ahead[0].sequence <= after) this.#ahead.shift();
    if (this.#ahead[0]?.sequence !== after + 1) {
      this.#ahead = await this.#source.read(after, pageSize);
    }
    return this.#ahead[0];
  }

  /** Waits for more events, as long as the policy lets the first one wait. */
  async #hold(collected: Collected, signal: AbortSignal): Promise<void> {
    const { policy, clock } = this.#context;
    const holdMs = policy.coalesceMs || policy.maxWaitMs;
    const first = collected.events[0];
    if (holdMs === 0 || first === undefined) return;
    const until = Temporal.Instant.from(parseEvent(first.line).time).add({ milliseconds: holdMs });
    while (collected.events.length < collected.limit && isBefore(clock.now(), until)) {
      await firstOf(signal, [
        (either) => this.#source.whenCommitted(collected.upTo, either),
        (either) => clock.sleepUntil(until, either),
      ]);
      await this.#collectMore(collected, Infinity);
    }
  }
}

function toOutgoing({ sequence, line }: CommittedEvent): OutgoingEvent {
  return { id: idOf(line) ?? parseEvent(line).id, sequence, line };
}

/** Waits for the first of several promises and cancels the others. */
async function firstOf(
  signal: AbortSignal,
  waits: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const others = new AbortController();
  const either = AbortSignal.any([signal, others.signal]);
  try {
    await Promise.race(waits.map((wait) => wait(either)));
  } finally {
    others.abort();
  }
}
