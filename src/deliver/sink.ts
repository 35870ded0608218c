/**
 * The interfaces of sinks, which receive committed changes or the current items.
 *
 * There are two kinds. An {@linkcode EventSink} receives every change after it is committed, in order and at
 * least once. A {@linkcode StateSink} is called after items changed, and makes its files equal to the items.
 * `deliver.ts` runs both; `sinks/` has one file for each type.
 *
 * @module
 */
import type { Item, PollRecord } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/clock.ts";

/** One event on its way to a sink. */
export interface OutgoingEvent {
  /** The CloudEvents `id`. It is the same at every attempt, also after a crash. */
  readonly id: string;
  /** The sequence in the query's journal; of merged events, that of the last one. */
  readonly sequence: number;
  /** The CloudEvent as JSON text. */
  readonly line: string;
}

/** Events of one query in commit order, handed to an event sink together. */
export interface Delivery {
  readonly query: string;
  readonly events: readonly OutgoingEvent[];
}

/** The events that a sink wants. If nothing is given, it wants all. */
export interface EventSelection {
  /**
   * The last parts of the wanted event types: `added`, `changed`, `removed`, `left_window`, `failed`,
   * `recovered`, `suspect`.
   */
  readonly events?: readonly string[] | undefined;
  /** Key paths. A `changed` event is wanted only if one of these attributes changed. */
  readonly changedIn?: readonly string[] | undefined;
}

/** The number and the times of further attempts for a failed delivery. */
export interface RetryPolicy {
  /** The waits between attempts in milliseconds. The last one repeats. */
  readonly scheduleMs: readonly number[];
  /** The share, 0 to 1, by which each wait varies at random to either side. */
  readonly jitter: number;
  /** Milliseconds after the first failure at which the events become dead letters; undefined: never. */
  readonly giveUpAfterMs: number | undefined;
}

/** The rules by which the delivery loop treats an event sink. */
export interface DeliveryPolicy {
  readonly selection: EventSelection;
  /** The most events in one delivery. */
  readonly maxEvents: number;
  /** Milliseconds that an incomplete batch may wait for more events. */
  readonly maxWaitMs: number;
  /** Milliseconds during which changes of one item are merged; 0: never. */
  readonly coalesceMs: number;
  /** Milliseconds after which an undelivered event is a dead letter; undefined: never. */
  readonly expiresAfterMs: number | undefined;
  /** Milliseconds between `webhook.heartbeat` events; undefined: none are sent. */
  readonly heartbeatMs: number | undefined;
  readonly retry: RetryPolicy;
  /** The most deliveries at the same time, over all queries. */
  readonly concurrency: number;
  /** True if the boundaries of a delivery must survive a crash, because an id depends on them. */
  readonly stableBatches: boolean;
}

/** A sink that takes events. */
export interface EventSink {
  readonly kind: "events";
  readonly policy: DeliveryPolicy;
  /** An identity of the receiver. A sink that its receiver stopped starts again once this value changes. */
  readonly receiver: string;
  /**
   * Prepares the sink.
   *
   * @returns For each query, the last event that the sink is known to have. It may be later than the stored
   * position if a crash came before the save.
   */
  open(): Promise<ReadonlyMap<string, OutgoingEvent>>;
  /**
   * Sends events. The promise resolves once the sink has them for good.
   *
   * @throws {DeliveryError} If the sink did not take them. The error has the remedy.
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The items of one query, as a state sink receives them. */
export interface QueryState {
  readonly query: string;
  readonly sequence: number;
  readonly poll: PollRecord | undefined;
  /** The items at that sequence. Later commits do not change the list. */
  readonly items: readonly Item[];
}

/** A sink that mirrors the current items. */
export interface StateSink {
  readonly kind: "state";
  /** Milliseconds after which the mirror is written again even if no item changed; undefined: never. */
  readonly refreshMs: number | undefined;
  /** The least time between two updates, in milliseconds. @default {0} */
  readonly leastIntervalMs?: number;
  /**
   * Makes the mirror equal to the items of all queries. The first call also repairs files that others
   * changed.
   *
   * @throws {DeliveryError} If that failed. It is called again later.
   */
  update(queries: readonly QueryState[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The context that a sink is made with. */
export interface SinkContext {
  /** The name of the sink in the configuration. */
  readonly name: string;
  readonly clock: Clock;
  /** Receives a message about a problem that the sink solved, without patient data. */
  readonly note: (message: string) => void;
}
