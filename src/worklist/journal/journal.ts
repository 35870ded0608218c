/**
 * The journal of one query: what it hands to those who read it.
 *
 * A journal is a file of JSON lines. Three kinds of line stand in it:
 * - an event, the CloudEvent of a change exactly as sinks deliver it;
 * - an item, taken over without an event (`initial: silent`, a new configuration);
 * - a commit, which closes the lines of one poll. What follows the last commit line is not committed.
 *
 * This file has the types and the text of the lines; `store.ts` keeps them on disk.
 *
 * @module
 */

/** A committed change: the CloudEvent as JSON text, exactly as it stands in the journal. */
export interface CommittedEvent {
  /** Its place in the query's journal, from 1. */
  readonly sequence: number;
  /** The CloudEvent as JSON text, without a line end. */
  readonly line: string;
}

/** One item of the worklist as it was last committed. */
export interface Item {
  /** The identity as unambiguous text, `key` as JSON; unique in its query. Holds patient data: never shown. */
  readonly id: string;
  /** The identity as events name it: key path to value. */
  readonly key: Readonly<Record<string, string>>;
  /** A keyed hash of the identity, `k1-…`: what may be shown and used in file names. */
  readonly subject: string;
  /** 16 hex digits over the data set as the peer encoded it. */
  readonly fingerprint: string;
  /** The data set in the DICOM JSON Model (PS3.18 Annex F). */
  readonly json: string;
  /** The peer's own Specific Character Set, values joined by `\`; undefined where it sent none. */
  readonly characterSet: string | undefined;
  /** The sequence of the event that last added or changed it; 0 if it was taken over silently. */
  readonly sequence: number;
  /** The number of the configuration under which the data set was asked for. */
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

/** Why a poll is incomplete. */
export type FailureClass = typeof failureClasses[number];

/** The reason of an incomplete poll, for programs and for people. No patient data. */
export interface PollFailure {
  readonly class: FailureClass;
  /** In words: what failed and where. */
  readonly words: string;
}

/** The outcome of a poll in JSON: complete (invariant 1), or the reason why not. */
export type PollOutcome =
  & ({
    readonly complete: true;
    readonly failure?: undefined;
  } | {
    readonly complete: false;
    /** The reason why it is incomplete. */
    readonly failure: PollFailure;
  })
  & {
    /** The final DIMSE status as four hex digits, if one arrived. */
    readonly status?: string;
  };

/** One poll, as events, snapshots and status show it. */
export type PollRecord = PollOutcome & {
  readonly id: string;
  /** The moment when it began: RFC 3339, UTC, milliseconds. */
  readonly started: string;
  /** Matches received, duplicates and rejected ones included; of an answer in parts, each once. */
  readonly matches: number;
};

/** What a sink may see of one query. */
export interface JournalSource {
  /** The name of the query, such as `ct-today` or `ct-today[CT1]`. */
  readonly query: string;
  /** The last committed sequence; 0 before the first commit. */
  readonly lastSequence: number;
  /**
   * The last sequence that is used up: higher than `lastSequence` where the end of the journal was lost after sinks had
   * it. A sink may be that far.
   */
  readonly usedSequence: number;
  /** The oldest sequence still kept; `lastSequence + 1` when none is. */
  readonly oldestSequence: number;
  /** Key paths that the query does not compare; none where there was no poll yet. */
  readonly ignore?: readonly string[];
  /** The most recent poll, also one that changed nothing; undefined before the first since the start. */
  readonly lastPoll: PollRecord | undefined;
  /**
   * Reads committed events in ascending order.
   *
   * @param after Read what has a higher sequence. Where that is no longer kept, reading begins at
   * `oldestSequence`; a caller sees the gap by comparing.
   * @param limit The most events to return.
   * @returns The events; empty at the end.
   */
  read(after: number, limit: number): Promise<CommittedEvent[]>;
  /**
   * Waits until there is something to read.
   *
   * @param after Resolves once `lastSequence` is higher.
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  whenCommitted(after: number, signal: AbortSignal): Promise<void>;
  /** How often items changed since the start, also without an event (`initial: silent`). */
  readonly revision: number;
  /**
   * Waits until the items changed: for those who mirror them rather than read events.
   *
   * @param revision Resolves once `revision` is higher.
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  whenRevised(revision: number, signal: AbortSignal): Promise<void>;
  /** The current items in no particular order. */
  items(): Iterable<Item>;
}
