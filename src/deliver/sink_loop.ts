/**
 * The common interface of the loops for event sinks and state sinks.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/clock.ts";
import type { DeathReason } from "./dead_letters.ts";
import type { SinkStateFile } from "./sink_state.ts";
import type { SinkStatus } from "./sink_status.ts";

/** A report of a sink for the log. Its messages hold no patient data. */
export type DeliveryReport =
  | {
    readonly kind: "delivered";
    readonly sink: string;
    readonly query: string;
    readonly events: number;
  }
  | {
    readonly kind: "failed";
    readonly sink: string;
    readonly query: string | undefined;
    readonly error: unknown;
    /** RFC 3339. */
    readonly nextAttempt: string;
  }
  | {
    readonly kind: "dead";
    readonly sink: string;
    readonly query: string;
    readonly events: number;
    readonly reason: DeathReason;
    readonly error: unknown;
  }
  | { readonly kind: "stopped"; readonly sink: string; readonly error: unknown }
  | { readonly kind: "note"; readonly sink: string; readonly message: string };

/** A running sink. */
export interface SinkLoop {
  readonly name: string;
  readonly status: SinkStatus;
  /** True if nothing is left to deliver, or if nothing more can be delivered. */
  readonly isIdle: boolean;
  /** Begins to deliver. */
  start(): void;
  /**
   * Ends the loop, saves its state and closes the sink.
   *
   * @param deadline Aborts a delivery that is still under way when it fires.
   */
  close(deadline: AbortSignal): Promise<void>;
}

/** The options of a loop. */
export interface SinkLoopContext {
  readonly name: string;
  readonly type: string;
  readonly sources: readonly JournalSource[];
  readonly clock: Clock;
  readonly stateFile: SinkStateFile;
  readonly report: (report: DeliveryReport) => void;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** Called after each step forward. */
  readonly onProgress: () => void;
}
