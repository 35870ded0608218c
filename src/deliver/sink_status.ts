/**
 * The status of a sink, as `status` shows it, without patient data.
 *
 * @module
 */
import type { SinkState, Stopped } from "./sink_state.ts";

/** The status of a sink. */
export interface SinkStatus extends Omit<KeptStatus, "state"> {
  readonly name: string;
  readonly type: string;
  /** `running` means that all is well. */
  readonly state: KeptStatus["state"] | "running";
  /** The number of events delivered since the start. */
  readonly delivered: number;
  readonly deadLetters: number;
}

/** The part of the status that outlives the process. Times are RFC 3339. */
export interface KeptStatus {
  /**
   * `idle`: nothing is wrong, and no daemon is running to deliver. `failing`: the last attempt failed and
   * another follows. `stopped`: the receiver wants no more events.
   */
  readonly state: "idle" | "failing" | "stopped";
  /**
   * The number of committed events, wanted or not, that the sink has not handled yet. For a state sink it is
   * 1 if the mirror is out of date.
   */
  readonly backlog: number;
  /** The number of failed attempts since the last success, of the query with the most. */
  readonly failures: number;
  /** The number of events of a replay that are still to be delivered. The backlog includes them. */
  readonly replaying: number;
  readonly lastSuccess: string | undefined;
  readonly nextAttempt: string | undefined;
  readonly lastError: string | undefined;
  readonly stopped: Stopped | undefined;
  /** For each query, the last sequence that the sink has handled. */
  readonly positions: Readonly<Record<string, number>>;
}

/**
 * Makes the status of a sink from its state file.
 *
 * @param state The state from the file.
 * @param lastSequences The last committed sequence of each query of the sink.
 * @returns Its status.
 */
export function keptStatus(
  state: SinkState,
  lastSequences: ReadonlyMap<string, number>,
): KeptStatus {
  const { stopped, lastSuccess } = state;
  const lanes = Object.entries(state.queries).filter(([query]) => lastSequences.has(query));
  const failing = lanes.flatMap(([, lane]) => lane.failing ?? [])
    .sort((a, b) => b.attempts - a.attempts);
  const nextAttempts = failing.map(({ nextAttempt }) => nextAttempt).sort();
  return {
    state: stopped ? "stopped" : failing.length > 0 ? "failing" : "idle",
    backlog: lanes.reduce(
      (sum, [query, { position }]) => sum + Math.max(0, (lastSequences.get(query) ?? 0) - position),
      0,
    ),
    failures: failing[0]?.attempts ?? 0,
    replaying: lanes.reduce(
      (sum, [, { position, replayTo = 0 }]) => sum + Math.max(0, replayTo - position),
      0,
    ),
    lastSuccess,
    nextAttempt: stopped ? undefined : nextAttempts[0],
    lastError: stopped?.reason ?? failing[0]?.error,
    stopped,
    positions: Object.fromEntries(lanes.map(([query, { position }]) => [query, position])),
  };
}
