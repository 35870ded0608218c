/**
 * What a sink is: where committed changes, or the current items, go.
 *
 * There are two kinds. An {@linkcode EventSink} is given every change once it is committed, in order
 * and at least once; a {@linkcode StateSink} is told that items changed and makes its files equal to
 * them. `deliver.ts` runs both; `sinks/` has one file for each type.
 *
 * @module
 */
import type { Item, PollRecord } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/clock.ts";

/** One event on its way to a sink. */
export interface OutgoingEvent {
  /** The CloudEvents `id`; the same at every attempt, also after a crash. */
  readonly id: string;
  /** The place in the query's journal; of merged events, that of the last. */
  readonly sequence: number;
  /** The CloudEvent as JSON text. */
  readonly line: string;
}

/** What is handed to an event sink in one go: events of one query in commit order. */
export interface Delivery {
  readonly query: string;
  readonly events: readonly OutgoingEvent[];
}

/** Which events a sink wants; all where nothing is said. */
export interface EventSelection {
  /** The last words of the event types wanted: `added`, `changed`, `removed`, `left_window`, `failed`, `recovered`, `suspect`. */
  readonly events?: readonly string[] | undefined;
  /** Key paths: of the `changed` events, only those in which one of these changed. */
  readonly changedIn?: readonly string[] | undefined;
}

/** How often and how long a failed delivery is tried again. */
export interface RetryPolicy {
  /** The waits between attempts in milliseconds; the last one repeats. */
  readonly scheduleMs: readonly number[];
  /** The share, 0 to 1, by which each wait varies at random to either side. */
  readonly jitter: number;
  /** Milliseconds after the first failure when the events become dead letters; undefined: never. */
  readonly giveUpAfterMs: number | undefined;
}

/** How the delivery loop treats one event sink. */
export interface DeliveryPolicy {
  readonly selection: EventSelection;
  /** The most events in one delivery. */
  readonly maxEvents: number;
  /** Milliseconds that an incomplete batch may wait for more events. */
  readonly maxWaitMs: number;
  /** Milliseconds during which changes of one item merge; 0: never. */
  readonly coalesceMs: number;
  /** Milliseconds after which an undelivered event is a dead letter; undefined: never. */
  readonly expiresAfterMs: number | undefined;
  /** Milliseconds between `webhook.heartbeat` events; undefined: none. */
  readonly heartbeatMs: number | undefined;
  readonly retry: RetryPolicy;
  /** The most deliveries under way at once, over all queries. */
  readonly concurrency: number;
  /** Whether the boundaries of a delivery must survive a crash, because an id depends on them. */
  readonly stableBatches: boolean;
}

/** A sink that takes events. */
export interface EventSink {
  readonly kind: "events";
  readonly policy: DeliveryPolicy;
  /**
   * Changes when the receiver becomes another one: a sink that its receiver stopped starts again
   * under a new value.
   */
  readonly receiver: string;
  /**
   * Prepares the sink.
   *
   * @returns For each query, the last event that the sink is known to have, where it can tell: a crash
   * may have kept that from being noted.
   */
  open(): Promise<ReadonlyMap<string, OutgoingEvent>>;
  /**
   * Hands over events; resolves once the sink has them for good.
   *
   * @throws {DeliveryError} If it could not; says what to do.
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The items of one query as a state sink is shown them. */
export interface QueryState {
  readonly query: string;
  readonly sequence: number;
  readonly poll: PollRecord | undefined;
  /** The items as of that sequence and poll; later commits do not change them. */
  readonly items: readonly Item[];
}

/** A sink that mirrors the current items. */
export interface StateSink {
  readonly kind: "state";
  /** Milliseconds after which the mirror is rewritten though no item changed; undefined: never. */
  readonly refreshMs: number | undefined;
  /** Milliseconds between two updates, at least. @default {0} */
  readonly leastIntervalMs?: number;
  /**
   * Makes the mirror equal to the items of all queries; the first call repairs whatever it finds.
   *
   * @throws {DeliveryError} If it could not; called again later.
   */
  update(queries: readonly QueryState[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a sink is given to work with. */
export interface SinkContext {
  /** The name of the sink in the configuration. */
  readonly name: string;
  readonly clock: Clock;
  /** Says what the sink met and mended; words without patient data. */
  readonly note: (message: string) => void;
}
