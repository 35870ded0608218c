/**
 * Signs webhook requests as Standard Webhooks 1.0 describes (symmetric signatures).
 *
 * @module
 */
import { createHmac } from "node:crypto";

const prefix = "whsec_";
const shortestSecretBytes = 24;
const longestSecretBytes = 64;

/**
 * Reads a webhook secret.
 *
 * @param text `whsec_` and the base64 of 24 to 64 random bytes; the prefix may be missing.
 * @returns The key to sign with.
 * @throws {SyntaxError} If the text is no such secret. The message does not repeat the text.
 */
export function parseSecret(text: string): Uint8Array {
  const base64 = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  let key: Uint8Array;
  try {
    key = Uint8Array.fromBase64(base64);
  } catch {
    throw new SyntaxError(`Cannot read a webhook secret: it must be ${prefix} followed by base64`);
  }
  if (key.length < shortestSecretBytes || key.length > longestSecretBytes) {
    throw new SyntaxError(
      `Cannot use a webhook secret of ${key.length} bytes: it must have ${shortestSecretBytes} to ` +
        `${longestSecretBytes}, as from \`echo "whsec_$(openssl rand -base64 32)"\``,
    );
  }
  return key;
}

/**
 * Makes the value of `webhook-signature`: one signature for each key, separated by spaces.
 *
 * @example Usage
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { parseSecret, signatures } from "./signature.ts";
 *
 * const key = parseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
 * assertMatch(signatures([key], "msg_1", 1674087231, "{}"), /^v1,[A-Za-z0-9+/]{43}=$/);
 * ```
 *
 * @param keys The keys in force. During a rotation these are the new key and the old one.
 * @param id The value of `webhook-id`.
 * @param timestamp The value of `webhook-timestamp`: seconds since 1970 at this attempt.
 * @param body The request body exactly as sent.
 * @returns The header's value.
 */
export function signatures(
  keys: readonly Uint8Array[],
  id: string,
  timestamp: number,
  body: string | Uint8Array,
): string {
  return keys.map((key) =>
    "v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")
  ).join(" ");
}
