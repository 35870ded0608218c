/**
 * Asks a peer one question and tells how it ended: whole, or not and why.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { findBatches, type Match } from "../query/find.ts";
import type { ModelName } from "../query/model.ts";
import type { Answer } from "../worklist/answer.ts";
import type { PollEnd } from "../worklist/reconcile.ts";
import type { AssociationHolder } from "./association_holder.ts";
import { failureOf, formatStatus, statusOf } from "./failure.ts";

/** What one C-FIND needs. */
export interface AskOptions {
  readonly model: ModelName;
  readonly identifier: DataSet;
  readonly holder: AssociationHolder;
  /** The most matches to take. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Is told of each thing that was wrong in a match but could be read. */
  readonly onWarning: () => void;
}

/** How a question ended, and the error that ended it, if one did. */
export interface AskEnd {
  readonly end: PollEnd;
  readonly error?: unknown;
}

/**
 * Asks, and adds the matches to an answer as they come.
 *
 * @param answer Takes the matches.
 * @param options What to ask and where.
 * @returns How it ended; an error of the peer or the network is an end, not an exception.
 */
export async function ask(answer: Answer, options: AskOptions): Promise<AskEnd> {
  try {
    const summary = await receive(options, (matches) => answer.add(matches));
    const status = formatStatus(summary.status);
    if (summary.incomplete === "limited") {
      const words = `the answer has more than the ${options.limit} matches of limit`;
      return { end: { complete: false, failure: { class: "limited", words } } };
    }
    return { end: { complete: true, status } };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const status = statusOf(error);
    return { end: { complete: false, failure, ...(status !== undefined && { status }) }, error };
  }
}

/**
 * Sends one C-FIND and hands on its matches as they come.
 *
 * @param options What to ask and where.
 * @param take Is given the matches.
 * @returns How it ended, where it did not fail.
 */
export async function receive(
  options: AskOptions,
  take: (matches: Match[]) => void,
): Promise<{ readonly status: number; readonly incomplete?: string }> {
  const { model, identifier, holder, limit, signal, onWarning } = options;
  let received = false;
  return await holder.use(async (to) => {
    const batches = findBatches(to, { model, identifier }, { limit, signal, onWarning });
    for (;;) {
      const { done, value } = await batches.next();
      if (done) return value;
      received = true;
      take(value);
    }
  }, () => received);
}
