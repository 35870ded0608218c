/**
 * What the two kinds of loop, for event sinks and for state sinks, have in common.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { Clock } from "../base/clock.ts";
import type { DeathReason } from "./dead_letters.ts";
import type { SinkStateFile } from "./sink_state.ts";
import type { SinkStatus } from "./sink_status.ts";

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
  | { readonly kind: "note"; readonly sink: string; readonly message: string };

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
