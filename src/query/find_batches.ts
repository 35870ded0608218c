// Touches the world: through the association that it makes.
/**
 * C-FIND for the programs of this repository: matches in batches, over an association that may be shared.
 *
 * PS3.4 Annexes C, K and CC.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set.ts";
import type { DecodeOptions } from "../dicom/decode.ts";
import type { DataSetLimits } from "../dicom/limits.ts";
import { encodeDataSet } from "../dicom/encode.ts";
import { associate } from "../network/associate.ts";
import type { Association } from "../network/association.ts";
import type { Peculiarity } from "../network/message_assembler.ts";
import { PresentationContextError } from "../network/errors.ts";
import type { CancelledEnd, CompleteEnd, LimitedEnd } from "../network/query_end.ts";
import { describeContextResult } from "../network/reason.ts";
import { ReceivedMatch } from "./match.ts";
import { type ModelName, models } from "./model.ts";
import {
  associateOptionsOf,
  defaultMatchLimits,
  type MatchLimits,
  type Peer,
  type PeerOptions,
  transferSyntaxNames,
} from "./peer.ts";

/** A question whose identifier is built already. */
export interface PreparedQuery {
  /** The information model that is asked. */
  readonly model: ModelName;
  /** The identifier to send. */
  readonly identifier: DataSet;
}

/** Options of `find`. */
export interface FindOptions extends PeerOptions {
  /**
   * The most matches to take. One more, and the query is cancelled and its summary says `limited`.
   *
   * @default {Infinity}
   */
  readonly limit?: number | undefined;
  /**
   * The most bytes of matches to take, as encoded. If there are more, the query is cancelled and its summary says
   * `limited`.
   *
   * @default {Infinity}
   */
  readonly maxAnswerBytes?: number | undefined;
  /**
   * Send C-CANCEL after this number of matches, and take the matches that still come.
   *
   * @default {Infinity}
   */
  readonly cancelAfter?: number | undefined;
  /** One of `Priority`. @default {Priority.Medium} */
  readonly priority?: number | undefined;
  /** Called with each fault of a match that decoding could pass over. */
  readonly onWarning?: DecodeOptions["onWarning"];
}

/** Options of {@linkcode findBatches}. */
export interface BatchOptions extends FindOptions {
  /**
   * True if the caller uses a match only until it asks for the next ones. The bytes are overwritten then, and
   * memory does not grow with the number of matches.
   *
   * @default {false}
   */
  readonly isTransient?: boolean | undefined;
}

/** The end of a query that did not fail: `ending` distinguishes them. A query that failed throws. */
export type FindEnding = CompleteEnd | LimitedEnd | CancelledEnd;

/** The end of a query that did not fail, and what was counted. */
export type FindSummary = FindEnding & FindCounts;

/** Counts of one answer. */
export interface FindCounts {
  /** The number of matches that were yielded. */
  readonly matches: number;
  /** True if the peer said that it does not support some of the optional keys (status 0xFF01). */
  readonly ignoredKeys: boolean;
  /** Deviations of the peer from the standard, with their counts. */
  readonly peculiarities: ReadonlyMap<Peculiarity, number>;
}

/**
 * Asks a peer and yields its matches as they come, all that one read of the connection completed at once.
 *
 * @param to A peer, to make an association for this query only; or an association together with its peer.
 * @param query The query.
 * @param options Limits, a signal.
 * @returns Batches of matches, at least one each; the generator's return value is the summary.
 * @throws {Error} As `find` does.
 */
export async function* findBatches(
  to: Peer | { readonly association: Association; readonly peer: Peer },
  query: PreparedQuery,
  options: BatchOptions = {},
): AsyncGenerator<ReceivedMatch[], FindSummary> {
  if ("association" in to) return yield* matchesOf(to.association, to.peer, query, options);
  const { sopClassUid } = models[query.model];
  await using association = await associate(associateOptionsOf(to, [sopClassUid], options));
  return yield* matchesOf(association, to, query, options);
}

async function* matchesOf(
  association: Association,
  peer: Peer,
  { model, identifier }: PreparedQuery,
  { limit = Infinity, maxAnswerBytes = Infinity, cancelAfter = Infinity, ...options }: BatchOptions,
): AsyncGenerator<ReceivedMatch[], FindSummary> {
  const { sopClassUid } = models[model];
  requireContext(association, model);
  const decoding: DecodeOptions = {
    characterSet: peer.characterSet,
    onWarning: options.onWarning,
    limits: dataSetLimitsOf({ ...defaultMatchLimits, ...peer.limits }),
  };
  // Disposed of when we leave early: that cancels, and aborts where the peer does not stop.
  await using responses = association.find({
    sopClassUid,
    identifier: (transferSyntaxUid) => encodeDataSet(identifier, transferSyntaxUid),
    priority: options.priority,
    signal: options.signal,
    isTransient: options.isTransient,
  });
  let matches = 0;
  let bytes = 0;
  let ignoredKeys = false;
  const limited = (limitedBy: LimitedEnd["limitedBy"]): FindSummary => {
    const peculiarities = new Map<Peculiarity, number>();
    return { ending: "limited", limitedBy, matches, ignoredKeys, peculiarities };
  };
  for (;;) {
    const { done, value } = await responses.next();
    if (done) return { ...value, matches, ignoredKeys };
    const taken = value.length > limit - matches ? value.slice(0, limit - matches) : value;
    ignoredKeys ||= taken.some(({ status }) => status === someKeysIgnored);
    matches += taken.length;
    if (taken.length > 0) yield taken.map((response) => new ReceivedMatch(response, decoding));
    if (taken.length < value.length) return limited("limit");
    for (const { dataSet, droppedBytes = 0 } of taken) bytes += dataSet.length + droppedBytes;
    if (bytes > maxAnswerBytes) return limited("maxAnswerBytes");
    if (matches >= cancelAfter) await association.cancel();
  }
}

function dataSetLimitsOf({ bytes, ...limits }: MatchLimits): DataSetLimits {
  return { ...limits, inflatedBytes: bytes };
}

/** Pending, and "one or more optional keys were not supported" (PS3.4 sections C.4.1.1.4 and K.4.1.1.4). */
const someKeysIgnored = 0xFF01;

/** Throws a clear error if the peer does not serve the model at all. */
function requireContext(association: Association, model: ModelName): void {
  const { title, sopClassUid } = models[model];
  const isWanted = (context: { abstractSyntax: string }): boolean =>
    context.abstractSyntax === sopClassUid;
  if (association.acceptedContexts.some(isWanted)) return;
  const rejected = association.rejectedContexts.find(isWanted);
  const answer = rejected?.result === undefined
    ? "no answer"
    : describeContextResult(rejected.result);
  const offered = rejected?.transferSyntaxes.map(nameOf).join(", ") ?? "nothing";
  throw new PresentationContextError(
    sopClassUid,
    rejected?.result,
    `the peer does not take ${title} queries: ${answer} (proposed in ${offered})`,
  );
}

function nameOf(transferSyntaxUid: string): string {
  const known = Object.entries(transferSyntaxNames).find(([, uid]) => uid === transferSyntaxUid);
  return known?.[0] ?? transferSyntaxUid;
}
