/**
 * Asks a peer one question and returns its end: complete, or not and why.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import type { DecodeWarning } from "../../dicom/errors.ts";
import type {
  BatchOptions,
  FindCounts,
  FindEnding,
  PreparedQuery,
} from "../../query/find_batches.ts";
import type { LimitedEnd } from "../../network/query_end.ts";
import type { ModelName } from "../../query/model.ts";
import type { Answer, ReceivedMatch } from "../../worklist/judge/answer.ts";
import type { PollEnd } from "../../worklist/judge/reconciliation.ts";
import { failureOf, statusOf } from "../failure.ts";

/** The receiver of C-FINDs: a peer over associations, or the canned answers of a test case. */
export interface Asker {
  /**
   * Sends one C-FIND. A failure throws, after the matches that came before.
   *
   * @param query The question.
   * @param options Limits, signal, warnings.
   * @param take Takes the matches as they come.
   * @returns The end of the answer.
   */
  find(
    query: PreparedQuery,
    options: BatchOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): Promise<FoundEnd>;
}

/** The end of an answer that did not fail. */
export type FoundEnd = FindEnding & Partial<Pick<FindCounts, "ignoredKeys">>;

/** One question, its limits and the peer. */
export interface AskOptions {
  readonly model: ModelName;
  readonly identifier: DataSet;
  readonly asker: Asker;
  /** The most matches to take. */
  readonly limit: number;
  /** The most bytes of matches to take; as much memory may be kept for new and changed ones. @default {Infinity} */
  readonly maxAnswerBytes?: number;
  readonly signal: AbortSignal;
  /** Called with each fault of a match that could be read around. */
  readonly onWarning: (warning: DecodeWarning) => void;
}

/** The end of a question. */
export interface AskEnd {
  readonly end: PollEnd;
  /** True if the peer said that it does not support some of the optional keys (status 0xFF01). */
  readonly ignoredKeys?: boolean;
}

/**
 * Asks one question, and adds the matches to an answer as they come.
 *
 * @param answer Takes the matches.
 * @param options The question, its limits and the peer.
 * @returns The end; an error of the peer or the network is an end, not an exception.
 */
export async function ask(answer: Answer, options: AskOptions): Promise<AskEnd> {
  const { model, identifier, asker, limit, signal, onWarning } = options;
  const { maxAnswerBytes = Infinity } = options;
  const most = mostKept(maxAnswerBytes, answer.storedBytes);
  try {
    const found = await asker.find(
      { model, identifier },
      { limit, maxAnswerBytes, signal, onWarning, isTransient: true },
      (matches) => {
        answer.add(matches);
        if (answer.keptBytes > most) throw new TooMuchKept();
      },
    );
    return { end: endOf(found, options), ...(found.ignoredKeys && { ignoredKeys: true }) };
  } catch (error) {
    if (error instanceof TooMuchKept) {
      answer.drop();
      const why = `has new and changed matches that take more than ${megabytes(most)} of memory`;
      return { end: limitedBy("memory", tooLarge(why)) };
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const status = statusOf(error);
    return { end: { ending: "failed", error, failure, ...(status !== undefined && { status }) } };
  }
}

/**
 * Makes the end of an answer that a limit cut.
 *
 * @param limit The limit.
 * @param words The message.
 */
export function limitedBy(limit: LimitedEnd["limitedBy"], words: string): PollEnd {
  return { ending: "limited", limitedBy: limit, failure: { class: "limited", words } };
}

/** True if an answer had more bytes than it may: asking for it in parts would not make it smaller. */
export function isTooLarge(end: PollEnd): boolean {
  return end.ending === "limited" &&
    (end.limitedBy === "maxAnswerBytes" || end.limitedBy === "memory");
}

function endOf(end: FindEnding, { limit, maxAnswerBytes = Infinity }: AskOptions): PollEnd {
  switch (end.ending) {
    case "complete":
      return { ending: "complete", status: end.status };
    case "limited":
      return limitedBy(
        end.limitedBy,
        end.limitedBy === "maxAnswerBytes"
          ? tooLarge(`has more than ${megabytes(maxAnswerBytes)}`)
          : `the answer has more than the ${limit} matches of limit`,
      );
    case "cancelled": {
      const { ending, status } = end;
      return { ending, status, failure: { class: "aborted", words: "the query was cancelled" } };
    }
  }
}

/** Thrown to end a C-FIND whose answer cannot be kept. */
class TooMuchKept extends Error {}

function tooLarge(why: string): string {
  return `the answer ${why}: raise max_answer of the query if the answer is right`;
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
