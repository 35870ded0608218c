/**
 * Sends dead letters again.
 *
 * @module
 */
import type { DeadLetters } from "./dead_letters.ts";
import type { Delivery } from "./sink.ts";

/** What came of sending dead letters again. */
export interface Resent {
  readonly sent: number;
  readonly left: number;
}

/**
 * Sends dead letters again, oldest first, until one fails; those that were taken are dead letters no more.
 *
 * @param deadLetters The letters.
 * @param ids The ids of their events; undefined: all.
 * @param send Hands one to the sink.
 * @returns How many were taken and how many are left.
 * @throws {DeliveryError} If one was not taken.
 */
export async function resendDeadLetters(
  deadLetters: DeadLetters,
  ids: readonly string[] | undefined,
  send: (delivery: Delivery) => Promise<void>,
): Promise<Resent> {
  const sent = new Set<string>();
  try {
    for await (const { event } of deadLetters.read()) {
      const { id, sequence, data: { query } } = event;
      if (ids !== undefined && !ids.includes(id)) continue;
      const line = JSON.stringify(event);
      await send({ query, events: [{ id, sequence: Number(sequence), line }] });
      sent.add(id);
    }
  } finally {
    if (sent.size > 0) await deadLetters.remove(sent);
  }
  return { sent: sent.size, left: deadLetters.count };
}
