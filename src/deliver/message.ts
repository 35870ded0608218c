/**
 * What went wrong, in words.
 *
 * @module
 */
import { withoutFlags } from "../base/capability.ts";
import { descriptorsHint, isOutOfDescriptors } from "../worklist/journal/store_error.ts";

/**
 * Takes the message out of whatever was thrown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { messageOf } from "./message.ts";
 *
 * assertEquals(messageOf(new Error("the disk is full")), "the disk is full");
 * ```
 *
 * @param error What was thrown.
 * @returns Its message, or the thing itself as text. Where the process may open no more files, what to do about it.
 */
export function messageOf(error: unknown): string {
  const message = withoutFlags(error instanceof Error ? error.message : String(error));
  if (!isOutOfDescriptors(error) || message.includes("EMFILE")) return message;
  return `${message} (EMFILE: ${descriptorsHint})`;
}
