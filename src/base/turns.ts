// Touches the world: measures time, and waits for the event loop.
/**
 * Turns: a task that works for long lets others work in between.
 *
 * A task that always has something to do never gives the event loop back by itself: awaiting what is there already does
 * not. Timers, other connections and signals would wait until it has finished.
 *
 * @module
 */
import { startTimer } from "./start_timer.ts";
import type { Steps } from "./steps.ts";

/** The time that a task works before others have their turn, in milliseconds. A turn of the others costs it about one. */
const turnMs = 20;

/** The turn of one task. */
export class Turn {
  #begunAt = performance.now();

  /** Restarts the turn after the task has waited and others had their turn. */
  begin(): void {
    this.#begunAt = performance.now();
  }

  /** True if the task has worked for so long that it should {@linkcode pass}. */
  get isOver(): boolean {
    return performance.now() - this.#begunAt > turnMs;
  }

  /** Lets others work, then restarts the turn. */
  async pass(): Promise<void> {
    // Not setImmediate(): while one is waiting, Deno looks after timers, but hardly after connections.
    await new Promise((resolve) => startTimer(0, () => resolve(undefined)));
    this.begin();
  }
}

/**
 * Runs a long computation in turns.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inTurns } from "./turns.ts";
 *
 * const count = await inTurns((function* () {
 *   for (let step = 0; step < 1000; step++) yield;
 *   return 1000;
 * })());
 * assertEquals(count, 1000);
 * ```
 *
 * @param steps The computation.
 * @returns Its result.
 */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const turn = new Turn();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (turn.isOver) await turn.pass();
  }
}
