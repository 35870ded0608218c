/**
 * Clock, chance, names and log: made once by whoever opens a daemon, and passed on to all its parts.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { DeliveryReport } from "../deliver/sink_loop.ts";
import type { PollReport } from "./poll/poll_report.ts";
import type { StationAnswer, StationRejection } from "../serve/worklist_service.ts";

/** An occurrence at the listener for stations. */
export type ServeReport =
  | { readonly kind: "listening"; readonly address: string; readonly worklists: number }
  | { readonly kind: "not-listening"; readonly address: string; readonly error: unknown }
  | { readonly kind: "answer"; readonly answer: StationAnswer }
  | { readonly kind: "rejected"; readonly rejection: StationRejection }
  | { readonly kind: "tls-refused"; readonly address: string; readonly why: string }
  | { readonly kind: "ended"; readonly address: string; readonly error: unknown };

/** An occurrence that log, status and metrics take note of. */
export type DaemonEvent =
  /** A poll ended; a failure of its peer is in the report. */
  | { readonly kind: "polled"; readonly report: PollReport }
  /** A query could not be opened or polled although its peer is not at fault: a full disk, or a defect of ours. */
  | { readonly kind: "poll-failed"; readonly query: string; readonly error: unknown }
  | { readonly kind: "delivery"; readonly report: DeliveryReport }
  | { readonly kind: "serving"; readonly report: ServeReport }
  /** The state folder was repaired, or something in it will be tried again. */
  | { readonly kind: "state"; readonly message: string };

/** Everything that the parts of a daemon share. */
export interface DaemonContext {
  readonly clock: Clock;
  /** Returns a number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** Returns a name for a poll that no other poll has. */
  readonly newId: () => string;
  /** Takes note of an occurrence. */
  readonly log: (event: DaemonEvent) => void;
}

/** The same for polls. */
export interface PollContext extends DaemonContext {
  /** Aborted to end polls under way without a commit, and to begin no other. */
  readonly stop: AbortSignal;
}
