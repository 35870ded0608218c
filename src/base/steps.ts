/**
 * Long computations in small steps, so that whoever runs them can do something else in between.
 *
 * A step may take some milliseconds. The computation knows nothing of time: it only says where it may be interrupted.
 *
 * @module
 */

/** A computation that yields between its steps and returns its result. */
export type Steps<T> = Generator<void, T, void>;

/**
 * Runs a computation to its end without a break.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { finish, type Steps } from "./steps.ts";
 *
 * function* sumOf(numbers: readonly number[]): Steps<number> {
 *   let sum = 0;
 *   for (const number of numbers) {
 *     yield;
 *     sum += number;
 *   }
 *   return sum;
 * }
 * assertEquals(finish(sumOf([1, 2, 3])), 6);
 * ```
 *
 * @param steps The computation.
 * @returns Its result.
 */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
