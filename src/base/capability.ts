/**
 * Messages about Deno's permissions for the person who runs the service.
 *
 * @module
 */

/**
 * Says what this process may not do, and the remedy.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { withoutFlags } from "./capability.ts";
 *
 * assertEquals(
 *   withoutFlags('Requires net access to "ris:104", run again with the --allow-net flag'),
 *   'this process has no net access to "ris:104". ' +
 *     "Write the systemd unit again (worklistd unit) and restart it",
 * );
 * ```
 *
 * @param message The message of an error.
 * @returns The message; Deno's advice to run the program with another option is replaced.
 */
export function withoutFlags(message: string): string {
  return message.replace(
    /Requires ([a-z]+) access to (.+), run again with the --allow-[a-z]+ flag/s,
    `this process has no $1 access to $2. ${unitRemedy}`,
  );
}

/** The remedy if the service lacks a permission that its configuration needs. */
export const unitRemedy = "Write the systemd unit again (worklistd unit) and restart it";
