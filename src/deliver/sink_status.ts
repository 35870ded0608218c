/**
 * How a sink fares, as `status` shows it. No patient data.
 *
 * @module
 */
import type { SinkState, Stopped } from "./sink_state.ts";

/** How a sink fares. */
export interface SinkStatus extends Omit<KeptStatus, "state"> {
  readonly name: string;
  readonly type: string;
  /** `running`: all is well. */
  readonly state: KeptStatus["state"] | "running";
  /** Events taken since the start. */
  readonly delivered: number;
  readonly deadLetters: number;
}

/** The part of it that outlives the process. Times are RFC 3339. */
export interface KeptStatus {
  /**
   * `idle`: nothing is wrong, and no daemon is there to deliver; `failing`: the last attempt failed and
   * another follows; `stopped`: the receiver wants nothing more.
   */
  readonly state: "idle" | "failing" | "stopped";
  /** Committed events, wanted or not, that the sink is not done with; of state sinks 1 if it is behind. */
  readonly backlog: number;
  /** Attempts that failed since the last success, at the query where it is worst. */
  readonly failures: number;
  /** Events of a replay that are still to be delivered again; the backlog counts them too. */
  readonly replaying: number;
  readonly lastSuccess: string | undefined;
  readonly nextAttempt: string | undefined;
  readonly lastError: string | undefined;
  readonly stopped: Stopped | undefined;
  /** For each query, the sequence up to which the sink is done. */
  readonly positions: Readonly<Record<string, number>>;
}

/**
 * Tells how a sink fares from what is kept of it.
 *
 * @param state What is kept.
 * @param lastSequences The last committed sequence of each query that the sink has.
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
