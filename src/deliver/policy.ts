/**
 * The delivery policy of sinks on this machine. They are fast, and either work or need an operator.
 *
 * @module
 */
import type { DeliveryPolicy, EventSelection } from "./sink.ts";

/**
 * Makes the policy of a sink on this machine: large batches, quick retries, no event is given up.
 *
 * @param selection The events that the sink wants.
 * @returns The policy.
 */
export function localPolicy(selection: EventSelection): DeliveryPolicy {
  return {
    selection: { events: selection.events, changedIn: selection.changedIn },
    maxEvents: 500,
    maxWaitMs: 0,
    coalesceMs: 0,
    expiresAfterMs: undefined,
    heartbeatMs: undefined,
    retry: { scheduleMs: [1000, 5000, 15_000, 60_000], jitter: 0, giveUpAfterMs: undefined },
    concurrency: 64,
    stableBatches: false,
  };
}
