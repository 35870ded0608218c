/**
 * Computes the time of the next attempt after a failed delivery.
 *
 * @module
 */
import type { RetryPolicy } from "./sink.ts";

/** The longest wait that a receiver can ask for. */
export const longestRetryAfterMs = 24 * 60 * 60 * 1000;
const shortestRetryAfterMs = 1000;

/**
 * Computes the wait after a failed attempt.
 *
 * @param policy The schedule. Its last wait repeats.
 * @param attempts The number of failed attempts, from 1.
 * @param random A number from 0 to 1, which places the wait within the jitter.
 * @param retryAfterMs The wait that the receiver asked for. It replaces that of the schedule, within 1 s and
 * 24 h.
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
 * @returns Milliseconds from now, at least 0; undefined if the header cannot be read.
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
