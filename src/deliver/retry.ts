/**
 * When a failed delivery is tried again.
 *
 * @module
 */
import type { RetryPolicy } from "./sink.ts";

/** However long a receiver asks us to wait, it is asked again after this time. */
export const longestRetryAfterMs = 24 * 60 * 60 * 1000;
const shortestRetryAfterMs = 1000;

/**
 * Tells how long to wait after a failed attempt.
 *
 * @param policy The schedule; its last wait repeats.
 * @param attempts How many attempts have failed, from 1.
 * @param random A number from 0 to 1, which places the wait within its jitter.
 * @param retryAfterMs What the receiver asked for; it takes the place of the schedule, within bounds.
 * @returns Milliseconds.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempts: number,
  random: number,
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) {
    return Math.min(Math.max(retryAfterMs, shortestRetryAfterMs), longestRetryAfterMs);
  }
  const index = Math.min(attempts, policy.scheduleMs.length) - 1;
  const delay = policy.scheduleMs[index] ?? longestRetryAfterMs;
  return Math.round(delay * (1 + policy.jitter * (2 * random - 1)));
}

/**
 * Reads a `Retry-After` header (RFC 9110 section 10.2.3).
 *
 * @param value The header: seconds, or an HTTP date.
 * @param now The time of day.
 * @returns Milliseconds from now, 0 at least; undefined when the header says nothing readable.
 */
export function parseRetryAfter(
  value: string | null,
  now: Temporal.Instant,
): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.epochMilliseconds);
}
