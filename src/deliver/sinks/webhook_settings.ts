/**
 * Translates the options of a webhook into a delivery policy and request headers.
 *
 * @module
 */
import type { DeliveryPolicy } from "../sink.ts";
import type { WebhookOptions } from "./webhook_options.ts";

const defaults = {
  scheduleMs: [5_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 5 * 3_600_000],
  jitter: 0.2,
  giveUpAfterMs: 3 * 24 * 3_600_000,
  concurrency: 4,
};

/**
 * Makes the headers of all requests.
 *
 * @param options The sink's options.
 * @returns The configured headers and the authorization.
 */
export function headersOf({ headers, bearerToken, basic }: WebhookOptions): Headers {
  const all = new Headers(headers);
  if (bearerToken !== undefined) all.set("authorization", `Bearer ${bearerToken}`);
  if (basic !== undefined) {
    const credentials = new TextEncoder().encode(`${basic.username}:${basic.password}`);
    all.set("authorization", `Basic ${credentials.toBase64()}`);
  }
  return all;
}

/**
 * Makes the delivery policy of a webhook.
 *
 * @param options The sink's options.
 * @returns The policy, with defaults for options that are not given.
 */
export function policyOf(options: WebhookOptions): DeliveryPolicy {
  const { retry = {}, batch = { maxEvents: 1, maxWaitMs: 0 } } = options;
  return {
    selection: { events: options.events, changedIn: options.changedIn },
    ...batch,
    coalesceMs: options.coalesceMs ?? 0,
    expiresAfterMs: options.expiresAfterMs,
    heartbeatMs: options.heartbeatMs,
    retry: {
      scheduleMs: retry.scheduleMs ?? defaults.scheduleMs,
      jitter: retry.jitter ?? defaults.jitter,
      giveUpAfterMs: retry.giveUpAfterMs ?? defaults.giveUpAfterMs,
    },
    concurrency: options.concurrency ?? defaults.concurrency,
    stableBatches: batch.maxEvents > 1,
  };
}
