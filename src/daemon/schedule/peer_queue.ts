/**
 * Who may ask a peer next: no more associations at once than it bears, first come, first served.
 *
 * @module
 */

/** How a peer may be used. */
export interface PeerLimits {
  /** Associations open at once. */
  readonly maxAssociations: number;
  /** The most that may share one association. */
  readonly findsPerAssociation: number;
}

/** The queue in front of one peer. */
export class PeerQueue<T> {
  limits: PeerLimits;
  readonly #run: (batch: readonly T[]) => Promise<void>;
  readonly #waiting: T[] = [];
  #active = 0;

  /**
   * @param limits How the peer may be used; may be replaced at any time.
   * @param run Uses one association for what is handed to it, which is never empty. Must not reject.
   */
  constructor(limits: PeerLimits, run: (batch: readonly T[]) => Promise<void>) {
    this.limits = limits;
    this.#run = run;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Lines up what is due together.
   *
   * @param due What is due, in the order in which it came.
   */
  add(due: readonly T[]): void {
    this.#waiting.push(...due);
    this.#next();
  }

  /**
   * Takes something out of the line.
   *
   * @param one What no longer waits; nothing happens if it does not.
   */
  remove(one: T): void {
    const index = this.#waiting.indexOf(one);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #next(): void {
    while (this.#active < this.limits.maxAssociations && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.limits.findsPerAssociation);
      this.#active++;
      this.#run(batch).finally(() => {
        this.#active--;
        this.#next();
      });
    }
  }
}
