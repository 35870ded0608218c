/**
 * A list of waiters for one condition.
 *
 * @module
 */

/** Wakes those whose condition has become true; nobody polls. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /**
   * Waits until a condition holds.
   *
   * @param isSo The condition; looked at now and at each {@linkcode wake}.
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (isSo()) return resolve();
      const end = (): void => {
        this.#waiting.delete(look);
        signal.removeEventListener("abort", abort);
      };
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      const abort = (): void => {
        end();
        reject(signal.reason);
      };
      this.#waiting.add(look);
      signal.addEventListener("abort", abort);
    });
  }

  /** Lets everyone look. */
  wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}
