/**
 * What went wrong, in words.
 *
 * @module
 */
import { withoutFlags } from "../base/capability.ts";

/**
 * Takes the message out of whatever was thrown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wordsOf } from "./words.ts";
 *
 * assertEquals(wordsOf(new Error("the disk is full")), "the disk is full");
 * ```
 *
 * @param error What was thrown.
 * @returns Its message, or the thing itself as text.
 */
export function wordsOf(error: unknown): string {
  return withoutFlags(error instanceof Error ? error.message : String(error));
}
