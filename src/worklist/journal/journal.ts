/**
 * The journal of one query, as its readers see it.
 *
 * A journal is a file of JSON lines, of three kinds:
 * - an event: the CloudEvent of a change, exactly as sinks deliver it;
 * - an item that was taken over without an event (`initial: silent`, a new configuration);
 * - a commit, which closes the lines of one poll. Lines after the last commit line are not committed.
 *
 * This file has the types. `store.ts` keeps the lines on disk.
 *
 * @module
 */

/** A committed change: the CloudEvent as JSON text, exactly as in the journal. */
export interface CommittedEvent {
  /** The position in the query's journal, from 1. */
  readonly sequence: number;
  /** The CloudEvent as JSON text, without a line feed. */
  readonly line: string;
}

/** One item of the worklist as it was last committed. */
export interface Item {
  /**
   * The identity as unambiguous text, `key` as JSON. It is unique in its query. It holds patient data and is
   * never shown.
   */
  readonly id: string;
  /** The identity as events have it: key path to value. */
  readonly key: Readonly<Record<string, string>>;
  /** A keyed hash of the identity, `k1-…`. It may be shown and used in file names. */
  readonly subject: string;
  /** 16 hex digits over the data set as the peer encoded it. */
  readonly fingerprint: string;
  /** The data set in the DICOM JSON Model (PS3.18 Annex F). */
  readonly json: string;
  /** The Specific Character Set of the peer, values joined by `\`; undefined if the peer sent none. */
  readonly characterSet: string | undefined;
  /** The sequence of the event that last added or changed the item; 0 if it was taken over without an event. */
  readonly sequence: number;
  /** The number of the configuration under which the data set was received. */
  readonly configuration: number;
}

/** Every way in which a poll can be incomplete. */
export const failureClasses = [
  "unreachable",
  "rejected",
  "timed-out",
  "aborted",
  "refused",
  "undecodable",
  "limited",
] as const;

/** The class of the failure that made a poll incomplete. */
export type FailureClass = typeof failureClasses[number];

/** The failure that made a poll incomplete, for programs and for people. It holds no patient data. */
export interface PollFailure {
  readonly class: FailureClass;
  /** The message: what failed, and where. */
  readonly words: string;
}

/** The completeness of an answer in JSON (invariant 1), with the reason if it is incomplete. */
export type Completeness =
  | { readonly complete: true; readonly failure?: undefined }
  | { readonly complete: false; readonly failure: PollFailure };

/** The outcome of a poll in JSON. */
export type PollOutcome = Completeness & {
  /** The final DIMSE status as four hex digits, if one arrived. */
  readonly status?: string;
};

/** One poll, as events, snapshots and status show it. */
export type PollRecord = PollOutcome & {
  readonly id: string;
  /** The moment when it began: RFC 3339, UTC, milliseconds. */
  readonly started: string;
  /**
   * The number of matches received, with duplicates and rejected ones. Parts of an answer that overlap count
   * once.
   */
  readonly matches: number;
};

/** The part of a query's state that a sink may read. */
export interface JournalSource {
  /** The name of the query, such as `ct-today` or `ct-today[CT1]`. */
  readonly query: string;
  /** The last committed sequence; 0 before the first commit. */
  readonly lastSequence: number;
  /**
   * The last used sequence. It is higher than `lastSequence` if the end of the journal was lost after sinks
   * had received it. A sink's position may be that high.
   */
  readonly usedSequence: number;
  /** The oldest sequence that is still kept; `lastSequence + 1` if none is. */
  readonly oldestSequence: number;
  /** Key paths that the query does not compare; absent before the first poll. */
  readonly ignore?: readonly string[];
  /** The most recent poll, also if it changed nothing; undefined before the first since the start. */
  readonly lastPoll: PollRecord | undefined;
  /**
   * Reads committed events in ascending order.
   *
   * @param after The sequence before the first event to read. If that event is no longer kept, reading begins
   * at `oldestSequence`. The caller sees the gap by comparing sequences.
   * @param limit The most events to return.
   * @returns The events; empty at the end of the journal.
   */
  read(after: number, limit: number): Promise<CommittedEvent[]>;
  /**
   * Waits for the next committed event.
   *
   * @param after Resolves once `lastSequence` is higher.
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  whenCommitted(after: number, signal: AbortSignal): Promise<void>;
  /** The number of changes of items since the start, also those without an event (`initial: silent`). */
  readonly revision: number;
  /**
   * Waits until the items changed, for sinks that mirror the items.
   *
   * @param revision Resolves once `revision` is higher.
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  whenRevised(revision: number, signal: AbortSignal): Promise<void>;
  /** The current items in no particular order. */
  items(): Iterable<Item>;
}
