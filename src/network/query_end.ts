/**
 * The end of a query: one type from the association to the report of a poll.
 *
 * Only a {@linkcode CompleteEnd} can prove that an item is gone. A caller must look at `ending` before it finds out
 * anything else, so that no incomplete answer passes as a shorter list.
 *
 * @module
 */

/** The peer said that these were all matches (status 0x0000). */
export interface CompleteEnd {
  /** Distinguishes this end from the others. */
  readonly ending: "complete";
  /** The final DIMSE status. */
  readonly status: number;
}

/** A limit on our side was reached; there were more matches. */
export interface LimitedEnd {
  /** Distinguishes this end from the others. */
  readonly ending: "limited";
  /**
   * The limit: `limit` and `maxAnswerBytes` of the options; `memory`, if what had to be kept was too much; `peer`, if
   * the peer cuts its answers and asking in parts did not help.
   */
  readonly limitedBy: "limit" | "maxAnswerBytes" | "memory" | "peer";
}

/** This side cancelled the query, and the peer ended it (status 0xFE00). */
export interface CancelledEnd {
  /** Distinguishes this end from the others. */
  readonly ending: "cancelled";
  /** The final DIMSE status. */
  readonly status: number;
}

/** The peer refused the query, or the association failed. */
export interface FailedEnd {
  /** Distinguishes this end from the others. */
  readonly ending: "failed";
  /** The final DIMSE status, if one arrived. */
  readonly status?: number;
  /** The error. */
  readonly error?: unknown;
}

/** Every way in which a query ends. */
export type QueryEnd = CompleteEnd | LimitedEnd | CancelledEnd | FailedEnd;
