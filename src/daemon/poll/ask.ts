/**
 * Asks a peer one question and tells how it ended: whole, or not and why.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import type { DecodeWarning } from "../../dicom/errors.ts";
import type { BatchOptions, FindSummary, PreparedQuery } from "../../query/find_batches.ts";
import type { ModelName } from "../../query/model.ts";
import type { Answer, ReceivedMatch } from "../../worklist/judge/answer.ts";
import type { PollEnd } from "../../worklist/judge/reconciliation.ts";
import { failureOf, statusDigits, statusOf } from "../failure.ts";

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
    options: BatchOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): Promise<
    Pick<FindSummary, "status" | "incomplete" | "limitedBy"> & { readonly ignoredKeys?: boolean }
  >;
}

/** What one C-FIND needs. */
export interface AskOptions {
  readonly model: ModelName;
  readonly identifier: DataSet;
  readonly asker: Asker;
  /** The most matches to take. */
  readonly limit: number;
  /** The most bytes of matches to take; as much memory may be kept for new and changed ones. @default {Infinity} */
  readonly maxAnswerBytes?: number;
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
  /** True if the answer had more bytes than it may: asking for it in parts would not make it smaller. */
  readonly isTooLarge?: boolean;
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
  const { maxAnswerBytes = Infinity } = options;
  const most = mostKept(maxAnswerBytes, answer.storedBytes);
  try {
    const { status, incomplete, limitedBy, ignoredKeys = false } = await asker.find(
      { model, identifier },
      { limit, maxAnswerBytes, signal, onWarning, isTransient: true },
      (matches) => {
        answer.add(matches);
        if (answer.keptBytes > most) throw new TooMuchKept();
      },
    );
    const odd = ignoredKeys ? { ignoredKeys } : {};
    if (limitedBy === "maxAnswerBytes") {
      return { ...tooLarge(`has more than ${megabytes(maxAnswerBytes)}`), ...odd };
    }
    if (incomplete === "limited") {
      const words = `the answer has more than the ${limit} matches of limit`;
      return { end: { complete: false, failure: { class: "limited", words } }, ...odd };
    }
    return { end: { complete: true, status: statusDigits(status) }, ...odd };
  } catch (error) {
    if (error instanceof TooMuchKept) {
      answer.drop();
      return tooLarge(
        `has new and changed matches that take more than ${megabytes(most)} of memory`,
      );
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const status = statusOf(error);
    return { end: { complete: false, failure, ...(status !== undefined && { status }) }, error };
  }
}

/** Thrown to end a C-FIND whose answer cannot be kept. */
class TooMuchKept extends Error {}

function tooLarge(why: string): AskEnd {
  const words = `the answer ${why}: raise max_answer of the query if the answer is right`;
  return { end: { complete: false, failure: { class: "limited", words } }, isTooLarge: true };
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 1e6).toPrecision(3))} MB`;
}

/**
 * The memory that may be kept of an answer, in bytes. Together with the stored items it is at most `max_answer`, or an
 * eighth of it, so that a full worklist can change. A peer that fills it with new items again and again gets ever less:
 * with the default of 200 MB an answer may bring 25 MB once 200 MB are stored, and 800 kB once 300 MB are.
 */
function mostKept(maxAnswerBytes: number, storedBytes: number): number {
  if (storedBytes > 1.5 * maxAnswerBytes) return Math.ceil(maxAnswerBytes / 256);
  return Math.ceil(Math.max(maxAnswerBytes - storedBytes, maxAnswerBytes / 8));
}
