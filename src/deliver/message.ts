/**
 * The message of an error.
 *
 * @module
 */
import { withoutFlags } from "../base/capability.ts";
import { descriptorsHint, isOutOfDescriptors } from "../worklist/journal/store_error.ts";

/**
 * Returns the message of a value that was thrown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { messageOf } from "./message.ts";
 *
 * assertEquals(messageOf(new Error("the disk is full")), "the disk is full");
 * ```
 *
 * @param error The value that was thrown, usually an error.
 * @returns Its message, or the value as text. If the process has too many files open, the message also says
 * what to do.
 */
export function messageOf(error: unknown): string {
  const message = withoutFlags(error instanceof Error ? error.message : String(error));
  if (!isOutOfDescriptors(error) || message.includes("EMFILE")) return message;
  return `${message} (EMFILE: ${descriptorsHint})`;
}
