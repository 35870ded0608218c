// Touches the world: reads the clock and the machine's time zone where none is given.
/**
 * C-FIND as a program wants it: ask a peer, take the matches as they come, know how it ended.
 *
 * PS3.4 Annexes C, K and CC.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set.ts";
import { decodeDataSet, type DecodeOptions, outlineDataSet } from "../dicom/decode.ts";
import type { DataSetLimits } from "../dicom/limits.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import { encodeDataSet } from "../dicom/encode.ts";
import type { Outline } from "../dicom/outline.ts";
import { associate } from "../network/associate.ts";
import type { Association, FindResponse } from "../network/association.ts";
import type { Peculiarity } from "../network/message_assembler.ts";
import { PresentationContextError } from "../network/errors.ts";
import { describeContextResult } from "../network/reason.ts";
import { buildIdentifier } from "./identifier.ts";
import { hasContent, outlineHasContent, saysNothing } from "./match_content.ts";
import type { QueryDefinition } from "./query_definition.ts";
import { type ModelName, models } from "./model.ts";
import {
  associateOptionsOf,
  defaultMatchLimits,
  type MatchLimits,
  type Peer,
  type PeerOptions,
  transferSyntaxNames,
} from "./peer.ts";

export type { Peer } from "./peer.ts";
export type { Keys, QueryDefinition } from "./query_definition.ts";
export type { Level, ModelName } from "./model.ts";

/** A question whose identifier is built already. */
export interface PreparedQuery {
  readonly model: ModelName;
  readonly identifier: DataSet;
}

/** Options of {@linkcode find} and {@linkcode findBatches}. */
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
  /**
   * True if the caller uses a match only until it asks for the next ones. The bytes are overwritten then, and
   * memory does not grow with the number of matches.
   *
   * @default {false}
   */
  readonly isTransient?: boolean | undefined;
  /** Called with each fault of a match that decoding could pass over. */
  readonly onWarning?: DecodeOptions["onWarning"];
}

/** The end of a query that did not fail. */
export interface FindSummary {
  /** True if the peer said that these were all matches; a query that failed has thrown instead. */
  readonly complete: boolean;
  /** Why not: we took no more, or we cancelled. */
  readonly incomplete?: "limited" | "cancelled";
  /** Which limit it was. */
  readonly limitedBy?: "limit" | "maxAnswerBytes";
  /** The number of matches that were yielded. */
  readonly matches: number;
  /** The final status: 0x0000 or, cancelled, 0xFE00. */
  readonly status: number;
  /** True if the peer said that it does not support some of the optional keys (status 0xFF01). */
  readonly ignoredKeys: boolean;
  /** Deviations of the peer from the standard, with their counts. */
  readonly peculiarities: ReadonlyMap<Peculiarity, number>;
}

/** One match, as encoded by the peer; decoded when it is looked at. */
export class Match {
  /** The encoded identifier; it may be kept, unless matches are transient by {@linkcode FindOptions}. */
  readonly bytes: Uint8Array;
  readonly transferSyntaxUid: string;
  /** The length of a match that was longer than the limit and dropped: it has no bytes and cannot be decoded. */
  readonly droppedBytes: number | undefined;
  readonly #decoding: DecodeOptions;
  #dataSet: DataSet | undefined;

  /** Made by `find`. */
  constructor(
    { dataSet, transferSyntaxUid, droppedBytes }: FindResponse,
    decoding: DecodeOptions,
  ) {
    this.bytes = dataSet;
    this.transferSyntaxUid = transferSyntaxUid;
    this.droppedBytes = droppedBytes;
    this.#decoding = decoding;
  }

  /** True if the peer sent no Identifier, or one without a byte: then it cannot be decoded. */
  get isEmpty(): boolean {
    return this.bytes.length === 0;
  }

  /**
   * The data set.
   *
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  get dataSet(): DataSet {
    return this.#dataSet ??= this.decode();
  }

  /**
   * Decodes the data set, and keeps nothing of it: for those who look at each of very many matches once.
   *
   * @returns The data set.
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  decode(): DataSet {
    if (this.isEmpty) throw this.#whyEmpty();
    const dataSet = decodeDataSet(this.bytes, this.transferSyntaxUid, this.#decoding);
    if (!hasContent(dataSet)) throw saysNothing();
    return dataSet;
  }

  /**
   * Finds out where the elements of the data set stand: for those who print very many matches.
   *
   * @param outline The outline to fill; it is valid as long as the match's bytes.
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  outline(outline: Outline): void {
    if (this.isEmpty) throw this.#whyEmpty();
    outlineDataSet(outline, this.bytes, this.transferSyntaxUid, this.#decoding);
    if (!outlineHasContent(outline)) throw saysNothing();
  }

  #whyEmpty(): DicomDecodeError {
    if (this.droppedBytes === undefined) return saysNothing();
    const message = `it has ${this.droppedBytes} bytes, more than a match may have`;
    return new DicomDecodeError("data set", message, { offset: 0 });
  }
}

/**
 * Asks a peer and yields its matches one by one as they come.
 *
 * The association is made and released here. A query that fails throws, after the matches that came before:
 * it never looks like one with fewer matches. Leaving the loop early cancels the query.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../dicom/data_set.ts";
 * import { serveWorklist } from "../serve/worklist_scp.ts";
 * import { find } from "./find.ts";
 *
 * await using ris = serveWorklist({ port: 0 });
 * ris.items.set("1", new DataSet([element(0x00100010, ["Doe^Jane"]), element(0x00100020, ["P1"])]));
 *
 * const peer = { host: "127.0.0.1", port: ris.port, aeTitle: "RIS" };
 * const names: string[] = [];
 * for await (const { dataSet } of find(peer, { model: "worklist", keys: { PatientID: "P1" } })) {
 *   names.push(dataSet.string(0x00100010) ?? "");
 * }
 * assertEquals(names, ["Doe^Jane"]);
 * ```
 *
 * @param peer The peer.
 * @param query The query: keys, or an identifier that is built already.
 * @param options Limits, a signal.
 * @returns The matches; the generator's return value is the summary.
 * @throws {IdentifierError} If a key is wrong.
 * @throws {ConnectError} If there is no connection.
 * @throws {AssociationRejectedError} If the peer rejects the association.
 * @throws {AssociationAbortedError} If the association ends before the answer does.
 * @throws {PresentationContextError} If the peer does not offer the model.
 * @throws {DicomTimeoutError} If a deadline passes.
 * @throws {DimseStatusError} If the peer ends the query with a failure.
 * @throws {DicomDecodeError} If the peer breaks the protocol.
 */
export async function* find(
  peer: Peer,
  query: QueryDefinition | PreparedQuery,
  options: FindOptions = {},
): AsyncGenerator<Match, FindSummary> {
  await using batches = findBatches(peer, prepared(query, peer), options);
  for (;;) {
    const { done, value } = await batches.next();
    if (done) return value;
    yield* value;
  }
}

/**
 * Asks a peer and yields its matches as they come, all that one read of the connection completed at once.
 *
 * @param to A peer, to make an association for this query only; or an association together with its peer.
 * @param query The query.
 * @param options Limits, a signal.
 * @returns Batches of matches, at least one each; the generator's return value is the summary.
 * @throws {Error} As {@linkcode find} does.
 */
export async function* findBatches(
  to: Peer | { readonly association: Association; readonly peer: Peer },
  query: PreparedQuery,
  options: FindOptions = {},
): AsyncGenerator<Match[], FindSummary> {
  if ("association" in to) return yield* matchesOf(to.association, to.peer, query, options);
  const { sopClassUid } = models[query.model];
  await using association = await associate(associateOptionsOf(to, [sopClassUid], options));
  return yield* matchesOf(association, to, query, options);
}

async function* matchesOf(
  association: Association,
  peer: Peer,
  { model, identifier }: PreparedQuery,
  { limit = Infinity, maxAnswerBytes = Infinity, cancelAfter = Infinity, ...options }: FindOptions,
): AsyncGenerator<Match[], FindSummary> {
  const { sopClassUid } = models[model];
  requireContext(association, model);
  const decoding: DecodeOptions = {
    ...(peer.characterSet && { characterSet: peer.characterSet }),
    ...(options.onWarning && { onWarning: options.onWarning }),
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
  const limited = (limitedBy: "limit" | "maxAnswerBytes"): FindSummary => {
    const peculiarities = new Map<Peculiarity, number>();
    const counts = { matches, ignoredKeys, status: cancelled, peculiarities };
    return { complete: false, incomplete: "limited", limitedBy, ...counts };
  };
  for (;;) {
    const { done, value } = await responses.next();
    if (done) {
      const counts = { matches, ignoredKeys, ...value };
      return value.status === success
        ? { complete: true, ...counts }
        : { complete: false, incomplete: "cancelled", ...counts };
    }
    const taken = value.length > limit - matches ? value.slice(0, limit - matches) : value;
    ignoredKeys ||= taken.some(({ status }) => status === someKeysIgnored);
    matches += taken.length;
    if (taken.length > 0) yield taken.map((response) => new Match(response, decoding));
    if (taken.length < value.length) return limited("limit");
    for (const { dataSet, droppedBytes = 0 } of taken) bytes += dataSet.length + droppedBytes;
    if (bytes > maxAnswerBytes) return limited("maxAnswerBytes");
    if (matches >= cancelAfter) await association.cancel();
  }
}

function dataSetLimitsOf({ bytes, ...limits }: MatchLimits): DataSetLimits {
  return { ...limits, inflatedBytes: bytes };
}

const success = 0x0000;
const cancelled = 0xFE00;
/** Pending, and "one or more optional keys were not supported" (PS3.4 sections C.4.1.1.4 and K.4.1.1.4). */
const someKeysIgnored = 0xFF01;

function prepared(query: QueryDefinition | PreparedQuery, peer: Peer): PreparedQuery {
  if ("identifier" in query) return query;
  const { identifier } = buildIdentifier(query, {
    now: Temporal.Now.instant(),
    timeZone: peer.timeZone ?? Temporal.Now.timeZoneId(),
  });
  return { model: query.model, identifier };
}

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
