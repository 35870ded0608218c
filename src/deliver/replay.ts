/**
 * Moves the position of a lane: back, to deliver events again, or forward, past events that its sink has
 * already.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import { parseEvent } from "./cloud_event.ts";
import type { OutgoingEvent } from "./sink.ts";
import type { LaneState } from "./sink_state.ts";

/** The start of a replay: the event with a sequence, or the first event at or after a time. */
export type ReplayStart = { readonly sequence: number } | { readonly time: Temporal.Instant };

/**
 * Moves a lane back to the start of a replay.
 *
 * @param state The position of the lane, changed in place. The lane must not be running.
 * @param source The lane's journal.
 * @param start The first event.
 * @returns The number of events from there to the last event that was delivered before.
 */
export async function rewind(
  state: LaneState,
  source: JournalSource,
  start: ReplayStart,
): Promise<number> {
  const after = Math.min(await placeBefore(source, start), state.position);
  state.replayTo = Math.max(state.replayTo ?? 0, state.position);
  state.position = after;
  delete state.window;
  delete state.failing;
  return state.replayTo - after;
}

/**
 * Finds the start of a replay. A time is found by bisection, because times rise with sequences.
 *
 * @param source The journal.
 * @param start The first event.
 * @returns The sequence before it.
 */
export async function placeBefore(source: JournalSource, start: ReplayStart): Promise<number> {
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

/**
 * Moves a lane past the last event that its sink has. The event must be the one that the journal has under
 * this sequence; otherwise nothing moves.
 *
 * @param state The position of the lane, changed in place. The lane must not be running.
 * @param source The lane's journal.
 * @param last The last event that the sink is known to have.
 */
export async function passOver(
  state: LaneState,
  source: JournalSource,
  last: OutgoingEvent | undefined,
): Promise<void> {
  if (last === undefined || state.replayTo !== undefined) return;
  if (last.sequence <= state.position || last.sequence > source.lastSequence) return;
  const [committed] = await source.read(last.sequence - 1, 1);
  if (committed?.line === last.line) state.position = state.delivered = last.sequence;
}
