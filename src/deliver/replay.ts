/**
 * Finds from where a replay starts.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal.ts";
import { parseEvent } from "./cloud_event.ts";

/** With which event a replay starts: that of a sequence, or the first since a time. */
export type ReplayStart = { readonly sequence: number } | { readonly time: Temporal.Instant };

/**
 * Turns the start of a replay into a place in a journal.
 *
 * @param source The journal.
 * @param start A sequence, or a time: found by halving, as times rise with sequences.
 * @returns The sequence after which to begin.
 */
export async function findReplayStart(source: JournalSource, start: ReplayStart): Promise<number> {
  if ("sequence" in start) return Math.max(start.sequence - 1, 0);
  let low = source.oldestSequence - 1;
  let high = source.lastSequence;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await source.read(middle, 1);
    if (event === undefined) return high;
    const time = Temporal.Instant.from(parseEvent(event.line).time);
    if (Temporal.Instant.compare(time, start.time) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
