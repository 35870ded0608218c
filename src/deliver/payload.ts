/**
 * Cuts an event to what a webhook is to be told.
 *
 * @module
 */
import { changeOf, parseEvent } from "./cloud_event.ts";

/**
 * How much of an event is sent: `full`, the event as committed; `delta`, without the whole data sets
 * (an `added` event keeps `after`, for there is no smaller difference); `thin`, without any attribute
 * value but those that identify the item.
 */
export type Payload = "thin" | "delta" | "full";

/**
 * Cuts an event.
 *
 * @param line The CloudEvent as JSON text.
 * @param payload How much to leave.
 * @returns JSON text: for `full`, the very same.
 */
export function cutPayload(line: string, payload: Payload): string {
  if (payload === "full") return line;
  const event = parseEvent(line);
  const { before: _before, after, ...delta } = event.data;
  if (payload === "delta") {
    const data = changeOf(event.type) === "added" ? { ...delta, after } : delta;
    return JSON.stringify({ ...event, data });
  }
  const { changes: _changes, evidence: _evidence, ...thin } = delta;
  return JSON.stringify({ ...event, data: thin });
}
