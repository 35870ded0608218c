/**
 * A peer whose answers a test case gives.
 *
 * @module
 */
import type { FindOptions, PreparedQuery } from "../query/find_batches.ts";
import { models } from "../query/model.ts";
import { defaultMatchLimits } from "../query/peer.ts";
import type { ReceivedMatch } from "../worklist/judge/answer.ts";
import { compileMatcher } from "../worklist/match/match.ts";
import type { Asker, FoundEnd } from "../daemon/poll/ask.ts";
import type { PeerConfig } from "../daemon/config.ts";
import type { CannedMatch } from "./canned_data_set.ts";

/** The answers of a peer in one poll. */
export interface CannedAnswer {
  /** The answer to the query itself, including matches that do not match the keys. */
  readonly matches: readonly CannedMatch[];
  /** Further matches, found by questions for single items and for parts of the dates. */
  readonly elsewhere: readonly CannedMatch[];
  /** The most matches that it returns. */
  readonly cap: number;
  /** The error that ends the answer to the query itself; `undefined` if it is complete. */
  readonly error: Error | undefined;
}

/**
 * Makes the peer for a query that the case itself defines. Nothing is ever sent to it.
 *
 * @param name The name and host.
 * @returns The peer, as if it were configured.
 */
export function peerNamed(name: string): PeerConfig {
  return {
    name,
    host: name,
    port: 104,
    aeTitle: "PEER",
    callingAeTitle: "WORKLISTD",
    maxPduLength: 0,
    transferSyntaxes: [],
    maxAssociations: 1,
    findsPerAssociation: 1,
    timeouts: { connectMs: 10_000, associateMs: 10_000, responseMs: 30_000, releaseMs: 5_000 },
    totalMs: 600_000,
    characterSet: {},
    timeZone: "UTC",
    tls: undefined,
    limits: defaultMatchLimits,
  };
}

/** Answers the questions of one poll. */
export class CannedPeer implements Asker {
  readonly #answer: CannedAnswer;
  #questions = 0;

  /** @param answer The answers. */
  constructor(answer: CannedAnswer) {
    this.#answer = answer;
  }

  /**
   * Answers a question. The first gets the canned answer. Each other gets those of all matches that match its
   * keys.
   */
  find(
    query: PreparedQuery,
    { limit = Infinity }: FindOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): Promise<FoundEnd> {
    const { matches, elsewhere, cap, error } = this.#answer;
    const isFirst = ++this.#questions === 1;
    const found = isFirst ? matches : matching([...matches, ...elsewhere], query);
    const sent = found.slice(0, cap).map(({ received }) => received);
    take(sent.slice(0, limit));
    if (isFirst && error !== undefined) return Promise.reject(error);
    return Promise.resolve(
      sent.length > limit
        ? { ending: "limited", limitedBy: "limit" }
        : { ending: "complete", status: 0x0000 },
    );
  }
}

function matching(
  all: readonly CannedMatch[],
  { identifier, model }: PreparedQuery,
): CannedMatch[] {
  const { combinesDateAndTime } = models[model];
  const unmatched = compileMatcher(identifier, { combineDateAndTime: combinesDateAndTime });
  return all.filter(({ dataSet }) => dataSet !== undefined && unmatched(dataSet) === undefined);
}
