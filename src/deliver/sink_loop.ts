/**
 * What the two kinds of loop, for event sinks and for state sinks, have in common.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal.ts";
import type { Clock } from "./clock.ts";
import type { DeathReason } from "./dead_letters.ts";
import type { SinkStateFile, Stopped } from "./sink_state.ts";

/** What happens at sinks, for the log. Words hold no patient data. */
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
  | { readonly kind: "note"; readonly sink: string; readonly words: string };

/** How a sink fares. */
export interface SinkStatus {
  readonly name: string;
  readonly type: string;
  /** `failing`: the last attempt failed and another follows; `stopped`: the receiver wants nothing more. */
  readonly state: "running" | "failing" | "stopped";
  /** Committed events, wanted or not, that the sink is not done with; of state sinks 1 if it is behind. */
  readonly backlog: number;
  /** Events taken since the start. */
  readonly delivered: number;
  /** Attempts that failed since the last success, at the query where it is worst. */
  readonly failures: number;
  readonly deadLetters: number;
  /** RFC 3339. */
  readonly lastSuccess: string | undefined;
  /** RFC 3339. */
  readonly nextAttempt: string | undefined;
  readonly lastError: string | undefined;
  readonly stopped: Stopped | undefined;
  /** For each query, the sequence up to which the sink is done. */
  readonly positions: Readonly<Record<string, number>>;
}

/** A running sink. */
export interface SinkLoop {
  readonly name: string;
  readonly status: SinkStatus;
  /** Whether there is nothing left to do, or nothing more that could be done. */
  readonly isIdle: boolean;
  /** Begins to deliver. */
  start(): void;
  /**
   * Ends the loop, keeps its state and closes the sink.
   *
   * @param deadline Until when a delivery under way may still succeed.
   */
  close(deadline: AbortSignal): Promise<void>;
}

/** What a loop works with. */
export interface SinkLoopContext {
  readonly name: string;
  readonly type: string;
  readonly sources: readonly JournalSource[];
  readonly clock: Clock;
  readonly stateFile: SinkStateFile;
  readonly report: (report: DeliveryReport) => void;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Called whenever the loop has got on. */
  readonly onProgress: () => void;
}
