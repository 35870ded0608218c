// Touches the world: through the associations that it opens.
/**
 * A turn at a peer: its association, its deadline for each poll, and the C-FINDs sent meanwhile.
 *
 * @module
 */
import { type Deadline, startDeadline } from "../../base/deadline.ts";
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
import { associateOptionsOf } from "../../query/peer.ts";
import type { PeerConfig } from "../config.ts";
import type { PollContext } from "../context.ts";
import { PollTimeoutError } from "../failure.ts";
import type { Asker } from "./ask.ts";
import { peerOf } from "./question.ts";

/** The target of a C-FIND: a peer, for an association of its own, or an association that is open. */
type FindTarget = Parameters<typeof findBatches>[0];

/**
 * A turn at a peer, for one query or for several that are due together.
 *
 * Several queries share one association, made when the first of them needs it. A single query makes one for each
 * C-FIND.
 */
export class PeerTurn implements Asker, AsyncDisposable {
  readonly peer: PeerConfig;
  readonly #modelNames: readonly ModelName[];
  readonly #context: Pick<PollContext, "clock" | "stop">;
  #association: Association | undefined;

  /**
   * @param peer The peer.
   * @param modelNames The models of the queries, one for each query.
   * @param context The clock of the deadlines, and the signal that aborts the shared association.
   */
  constructor(
    peer: PeerConfig,
    modelNames: readonly ModelName[],
    context: Pick<PollContext, "clock" | "stop">,
  ) {
    this.peer = peer;
    this.#modelNames = modelNames;
    this.#context = context;
  }

  /** Starts the deadline of one poll: the peer's `timeouts.total`. */
  startDeadline(): Deadline {
    const { clock, stop } = this.#context;
    const { totalMs } = this.peer;
    return startDeadline(clock, totalMs, () => new PollTimeoutError(totalMs), stop);
  }

  /**
   * Sends one C-FIND. Many peers close an association after a C-FIND: it is sent again over a new one, unless the
   * peer answered with a match before.
   *
   * @param query The query.
   * @param options Limit, signal, warnings.
   * @param take Takes the matches as they come.
   * @returns The end of the answer.
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
    const isShared = this.peer.findsPerAssociation > 1 && this.#modelNames.length > 1;
    if (!isShared) return await send(peerOf(this.peer));
    const isUsed = this.#association !== undefined && !this.#association.ended;
    try {
      return await send(await this.#shared());
    } catch (error) {
      const isClosed = error instanceof AssociationAbortedError && error.source !== "local";
      if (!isUsed || !isClosed || received) throw error;
      return await send(await this.#shared());
    }
  }

  /** Releases the shared association. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#association?.release();
  }

  async #shared(): Promise<FindTarget> {
    const peer = peerOf(this.peer);
    if (this.#association === undefined || this.#association.ended) {
      const sopClassUids = [...new Set(this.#modelNames.map((name) => models[name].sopClassUid))];
      const signal = this.#context.stop;
      this.#association = await associate(associateOptionsOf(peer, sopClassUids, { signal }));
    }
    return { association: this.#association, peer };
  }
}
