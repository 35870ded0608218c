/**
 * Errors as one line for people.
 *
 * @module
 */
import { withoutFlags } from "../base/capability.ts";

/** An error of the operating system in Deno's form, as `Is a directory (os error 21): open 'PATH'`. */
const systemError = /^(.*) \(os error \d+\)(?:: \w+ '(.*)')?$/s;

/**
 * Describes an error in one line.
 *
 * @param error The error.
 * @returns The line; where a file could not be used it begins with its path.
 */
export function describeError(error: unknown): string {
  const path = error instanceof Error ? systemError.exec(error.message)?.[2] : undefined;
  return path === undefined ? reasonOf(error) : `${path}: ${reasonOf(error)}`;
}

/**
 * Describes why a file could not be used, for messages that name the file themselves.
 *
 * @param error The error.
 * @returns The reason.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = systemError.exec(error.message)?.[1];
  return reason === undefined
    ? withoutFlags(error.message)
    : `${reason.slice(0, 1).toLowerCase()}${reason.slice(1)}`;
}
