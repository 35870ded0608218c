/**
 * Asks a peer one question and tells how it ended: whole, or not and why.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import type { DecodeWarning } from "../../dicom/errors.ts";
import type { FindOptions, FindSummary, PreparedQuery } from "../../query/find.ts";
import type { ModelName } from "../../query/model.ts";
import type { Answer, ReceivedMatch } from "../../worklist/judge/answer.ts";
import type { PollEnd } from "../../worklist/judge/reconciliation.ts";
import { failureOf, formatStatus, statusOf } from "../failure.ts";

/** Whom C-FINDs are sent to: the peer over associations, or the canned answers of a test case. */
export interface Asker {
  /**
   * Sends one C-FIND.
   *
   * @param query What to ask.
   * @param options Limit, signal, warnings.
   * @param take Is given the matches as they come.
   * @returns How it ended; what fails throws, after the matches that came before.
   */
  find(
    query: PreparedQuery,
    options: FindOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): Promise<Pick<FindSummary, "status" | "incomplete"> & { readonly ignoredKeys?: boolean }>;
}

/** What one C-FIND needs. */
export interface AskOptions {
  readonly model: ModelName;
  readonly identifier: DataSet;
  readonly asker: Asker;
  /** The most matches to take. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Is told of each thing that was wrong in a match but could be read. */
  readonly onWarning: (warning: DecodeWarning) => void;
}

/** How a question ended, and the error that ended it, if one did. */
export interface AskEnd {
  readonly end: PollEnd;
  readonly error?: unknown;
  /** True if the peer said that it does not support some of the optional keys (status 0xFF01). */
  readonly ignoredKeys?: boolean;
}

/**
 * Asks, and adds the matches to an answer as they come.
 *
 * @param answer Takes the matches.
 * @param options What to ask and where.
 * @returns How it ended; an error of the peer or the network is an end, not an exception.
 */
export async function ask(answer: Answer, options: AskOptions): Promise<AskEnd> {
  const { model, identifier, asker, limit, signal, onWarning } = options;
  try {
    const { status, incomplete, ignoredKeys = false } = await asker.find(
      { model, identifier },
      { limit, signal, onWarning, isTransient: true },
      (matches) => answer.add(matches),
    );
    const odd = ignoredKeys ? { ignoredKeys } : {};
    if (incomplete === "limited") {
      const words = `the answer has more than the ${limit} matches of limit`;
      return { end: { complete: false, failure: { class: "limited", words } }, ...odd };
    }
    return { end: { complete: true, status: formatStatus(status) }, ...odd };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const status = statusOf(error);
    return { end: { complete: false, failure, ...(status !== undefined && { status }) }, error };
  }
}
