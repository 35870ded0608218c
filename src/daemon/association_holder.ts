/**
 * The association that queries due together share, made when the first of them needs it.
 *
 * @module
 */
import { associate, type Association } from "../network/association.ts";
import { AssociationAbortedError } from "../network/errors.ts";
import { type ModelName, models } from "../query/model.ts";
import { associateOptionsOf, type Peer } from "../query/peer.ts";

/** What a C-FIND is sent to: a peer, by an association of its own; or an association that stands. */
export type FindTarget = Peer | { readonly association: Association; readonly peer: Peer };

/** Where the C-FINDs of some queries go. */
export class AssociationHolder {
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
   * Calls what sends one C-FIND. Where a peer closed the shared association after the C-FIND before, which
   * many do, it is called again with a new one.
   *
   * @param send Sends the C-FIND; tells whether anything was received before it failed.
   * @returns What `send` returns.
   */
  async use<R>(send: (to: FindTarget) => Promise<R>, hasReceived: () => boolean): Promise<R> {
    if (!this.#isShared) return await send(this.#peer);
    const isUsed = this.#association !== undefined && !this.#association.ended;
    try {
      return await send(await this.#target());
    } catch (error) {
      const isClosed = error instanceof AssociationAbortedError && error.source !== "local";
      if (!isUsed || !isClosed || hasReceived()) throw error;
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
