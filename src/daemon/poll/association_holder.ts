// Touches the world: through the associations that it holds.
/**
 * The association that queries due together share, made when the first of them needs it.
 *
 * @module
 */
import { associate } from "../../network/associate.ts";
import type { Association } from "../../network/association.ts";
import { AssociationAbortedError } from "../../network/errors.ts";
import {
  type BatchOptions,
  findBatches,
  type FindSummary,
  type PreparedQuery,
} from "../../query/find_batches.ts";
import type { ReceivedMatch } from "../../query/match.ts";
import { type ModelName, models } from "../../query/model.ts";
import { associateOptionsOf, type Peer } from "../../query/peer.ts";
import type { Asker } from "./ask.ts";

/** What a C-FIND is sent to: a peer, by an association of its own; or an association that stands. */
type FindTarget = Parameters<typeof findBatches>[0];

/** Where the C-FINDs of some queries go. */
export class AssociationHolder implements Asker {
  readonly #peer: Peer;
  readonly #modelNames: readonly ModelName[];
  readonly #isShared: boolean;
  readonly #signal: AbortSignal;
  #association: Association | undefined;

  /**
   * @param peer The peer.
   * @param modelNames The models of the queries.
   * @param isShared Whether they share one association; else each C-FIND has its own.
   * @param signal Aborts the association that is shared.
   */
  constructor(
    peer: Peer,
    modelNames: readonly ModelName[],
    isShared: boolean,
    signal: AbortSignal,
  ) {
    this.#peer = peer;
    this.#modelNames = modelNames;
    this.#isShared = isShared;
    this.#signal = signal;
  }

  /**
   * Sends one C-FIND. Where a peer closed the shared association after the C-FIND before, which many do, it
   * is sent again over a new one.
   *
   * @param query What to ask.
   * @param options Limit, signal, warnings.
   * @param take Is given the matches as they come.
   * @returns How it ended.
   * @throws {Error} As `findBatches` does.
   */
  async find(
    query: PreparedQuery,
    options: BatchOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): Promise<FindSummary> {
    let received = false;
    const send = async (to: FindTarget): Promise<FindSummary> => {
      // Disposed of also if a match cannot be taken: that cancels the query.
      await using batches = findBatches(to, query, options);
      for (;;) {
        const { done, value } = await batches.next();
        if (done) return value;
        received = true;
        take(value);
      }
    };
    if (!this.#isShared) return await send(this.#peer);
    const isUsed = this.#association !== undefined && !this.#association.ended;
    try {
      return await send(await this.#target());
    } catch (error) {
      const isClosed = error instanceof AssociationAbortedError && error.source !== "local";
      if (!isUsed || !isClosed || received) throw error;
      return await send(await this.#target());
    }
  }

  /** Releases the association that is shared. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#association?.release();
  }

  async #target(): Promise<FindTarget> {
    if (this.#association === undefined || this.#association.ended) {
      const sopClassUids = [...new Set(this.#modelNames.map((name) => models[name].sopClassUid))];
      const options = associateOptionsOf(this.#peer, sopClassUids, { signal: this.#signal });
      this.#association = await associate(options);
    }
    return { association: this.#association, peer: this.#peer };
  }
}
