/**
 * Sends heartbeats: events that say how far each query has come, so that a receiver can see a gap.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { heartbeatEvent, type HeartbeatQuery } from "./own_events.ts";
import type { Delivery } from "./sink.ts";

/** The options of {@linkcode sendHeartbeats}. */
export interface HeartbeatContext {
  /** The name of the sink. */
  readonly sink: string;
  /** Milliseconds between two heartbeats; undefined: none are sent. */
  readonly everyMs: number | undefined;
  readonly clock: Clock;
  readonly breaker: CircuitBreaker;
  /** Returns the last committed and delivered sequence of each query. */
  readonly queries: () => readonly HeartbeatQuery[];
  readonly send: (delivery: Delivery) => Promise<void>;
}

/**
 * Sends heartbeats. One that fails is not repeated. While the circuit breaker is open, none are sent.
 *
 * @param context The clock, the interval and the way to the receiver.
 * @param signal Ends the heartbeats.
 */
export async function sendHeartbeats(
  { sink, everyMs, clock, breaker, queries, send }: HeartbeatContext,
  signal: AbortSignal,
): Promise<void> {
  if (everyMs === undefined) return;
  const beat = (): Promise<void> => {
    const events = [heartbeatEvent(sink, clock.now(), queries())];
    return send({ query: "", events });
  };
  while (!signal.aborted) {
    await clock.sleepUntil(clock.now().add({ milliseconds: everyMs }), signal).catch(() => {});
    if (!signal.aborted && breaker.openUntil === undefined) {
      await breaker.run(beat, signal).catch(() => {});
    }
  }
}
