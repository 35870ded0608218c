/**
 * Errors as one line for people.
 *
 * @module
 */

/**
 * Tells an error in one line, with what caused it where the error does not say so itself.
 *
 * @param error What was thrown.
 * @returns The line.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Deno.errors.NotFound) return `no such file or folder: ${error.message}`;
  return error.message;
}
