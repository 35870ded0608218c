/**
 * Tells a receiver again and again how far each query is, so that it can see a gap.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { heartbeatEvent, type HeartbeatQuery } from "./own_events.ts";
import type { Delivery } from "./sink.ts";

/** What heartbeats are made of and sent by. */
export interface HeartbeatContext {
  /** The name of the sink. */
  readonly sink: string;
  /** Milliseconds between two; undefined: none. */
  readonly everyMs: number | undefined;
  readonly clock: Clock;
  readonly breaker: CircuitBreaker;
  /** How far the queries are. */
  readonly queries: () => readonly HeartbeatQuery[];
  readonly send: (delivery: Delivery) => Promise<void>;
}

/**
 * Sends heartbeats; one that fails is not repeated, and while the receiver is down there are none.
 *
 * @param context What to send, and by what.
 * @param signal Ends it.
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
