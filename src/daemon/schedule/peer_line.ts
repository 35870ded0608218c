/**
 * The line in front of one peer: no more turns at once than the peer bears, first come, first served.
 *
 * @module
 */
import type { PeerConfig } from "../config.ts";

/** The line in front of one peer. */
export class PeerLine<T> {
  /** The peer as configured; a reload replaces it. */
  peer: PeerConfig;
  readonly #waiting: T[] = [];
  #turns = 0;

  /** @param peer The peer. */
  constructor(peer: PeerConfig) {
    this.peer = peer;
  }

  /**
   * Lines up those that are due together.
   *
   * @param due The ones that are due, in their order.
   */
  add(due: readonly T[]): void {
    this.#waiting.push(...due);
  }

  /**
   * Takes one out of the line.
   *
   * @param one The one that no longer waits; nothing happens if it does not.
   */
  remove(one: T): void {
    const index = this.#waiting.indexOf(one);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /**
   * Begins a turn.
   *
   * @returns The ones whose turn it is together. Empty if none waits, or if the peer bears no more turns now.
   */
  begin(): T[] {
    if (this.#turns >= this.peer.maxAssociations) return [];
    const batch = this.#waiting.splice(0, this.peer.findsPerAssociation);
    if (batch.length > 0) this.#turns++;
    return batch;
  }

  /** Ends a turn. */
  end(): void {
    this.#turns--;
  }
}
