// Touches the world: clock and event loop.
/**
 * Divides processor time among users. The user that has used the least goes first, and all other tasks run
 * between two turns.
 *
 * Without turns, a hundred stations that ask for everything at once would be answered first. A poll, or a station that
 * asks for one step, would wait for all of them.
 *
 * @module
 */

/** The length of one turn, in milliseconds. */
export const turnMs = 4;

/** The time after which used time counts half, in milliseconds. */
const halfLifeMs = 1000;

/** The most users that are remembered. If there are more, all begin again at 0. */
const mostUsers = 10_000;

interface Waiting {
  readonly user: string;
  readonly start: () => void;
}

interface Usage {
  ms: number;
  at: number;
}

/** Hands out turns. */
export class Turns {
  readonly #waiting: Waiting[] = [];
  readonly #usage = new Map<string, Usage>();
  #isScheduled = false;

  /**
   * Waits for a turn.
   *
   * @param user The user. The time that a user has used counts for all of its turns.
   */
  next(user: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ user, start: resolve });
    this.#schedule();
    return promise;
  }

  /**
   * Adds to the time that a user has used.
   *
   * @param user The user.
   * @param ms The time in milliseconds.
   */
  used(user: string, ms: number): void {
    const now = performance.now();
    const usage = this.#usage.get(user);
    if (usage === undefined) {
      if (this.#usage.size >= mostUsers) this.#usage.clear();
      this.#usage.set(user, { ms, at: now });
    } else {
      usage.ms = faded(usage, now) + ms;
      usage.at = now;
    }
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      const [first] = this.#waiting.splice(this.#leastUsed(), 1);
      first?.start();
      this.#schedule();
    }, 0);
  }

  #leastUsed(): number {
    const now = performance.now();
    let least = 0;
    let leastMs = Infinity;
    for (const [index, { user }] of this.#waiting.entries()) {
      const usage = this.#usage.get(user);
      const ms = usage === undefined ? 0 : faded(usage, now);
      if (ms >= leastMs) continue;
      leastMs = ms;
      least = index;
    }
    return least;
  }
}

function faded({ ms, at }: Usage, now: number): number {
  return ms * 2 ** ((at - now) / halfLifeMs);
}
