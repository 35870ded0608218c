/**
 * Cuts an event to the part that a webhook receives.
 *
 * @module
 */
import { changeOf, parseEvent } from "./cloud_event.ts";

/**
 * The part of an event that is sent. `full` is the event as committed. `delta` leaves the whole data sets
 * out; an `added` event keeps `after`, because it has no smaller difference. `thin` keeps only the attribute
 * values that identify the item.
 */
export type Payload = "thin" | "delta" | "full";

/**
 * Cuts an event.
 *
 * @param line The CloudEvent as JSON text.
 * @param payload The part to keep.
 * @returns JSON text; for `full`, the text as given.
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
