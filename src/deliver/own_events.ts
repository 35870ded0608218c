/**
 * Events about the daemon itself, not about an item. They are in no journal and are not repeated.
 *
 * @module
 */
import { formatSequence } from "../worklist/event.ts";
import { timeText } from "../base/clock.ts";
import type { OutgoingEvent } from "./sink.ts";

/** The last committed and the last delivered sequence of a query. */
export interface HeartbeatQuery {
  readonly query: string;
  /** The last committed sequence. */
  readonly committed: number;
  /** The sequence of the last event that the receiver took; 0 before the first. */
  readonly delivered: number;
}

/**
 * Makes a heartbeat.
 *
 * A `delivered` that is lower than what the receiver has seen is normal. A higher one is a gap: the receiver
 * has lost events.
 *
 * @param sink The name of the sink.
 * @param time The time of day.
 * @param queries All queries of the sink.
 * @returns The event `webhook.heartbeat`.
 */
export function heartbeatEvent(
  sink: string,
  time: Temporal.Instant,
  queries: readonly HeartbeatQuery[],
): OutgoingEvent {
  const told = queries.map(({ query, committed, delivered }) => [
    query,
    { committed: formatSequence(committed), delivered: formatSequence(delivered) },
  ]);
  return ownEvent("webhook.heartbeat", sink, time, { sink, queries: Object.fromEntries(told) });
}

/**
 * Makes the event with which `check --connect` tries a webhook.
 *
 * @param sink The name of the sink.
 * @param time The time of day.
 * @returns The event `webhook.test`.
 */
export function testEvent(sink: string, time: Temporal.Instant): OutgoingEvent {
  return ownEvent("webhook.test", sink, time, { sink });
}

function ownEvent(
  type: string,
  sink: string,
  time: Temporal.Instant,
  data: unknown,
): OutgoingEvent {
  const at = timeText(time);
  const id = `${type}.${sink}.${at}`;
  const source = `/worklistd/sinks/${encodeURIComponent(sink)}`;
  const datacontenttype = "application/json";
  const line = JSON.stringify({
    specversion: "1.0",
    id,
    source,
    type,
    time: at,
    datacontenttype,
    data,
  });
  return { id, sequence: 0, line };
}
