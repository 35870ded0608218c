/**
 * Sends dead letters again.
 *
 * @module
 */
import type { DeadLetters } from "./dead_letters.ts";
import type { Delivery } from "./sink.ts";

/** The result of sending dead letters again. */
export interface Resent {
  readonly sent: number;
  readonly left: number;
}

/**
 * Sends dead letters again, oldest first, until one fails. A letter that was sent is removed from the dead
 * letters.
 *
 * @param deadLetters The letters.
 * @param ids The ids of their events; undefined: all.
 * @param send Sends one event to the receiver.
 * @returns The number of letters that were sent, and the number of those that are left.
 * @throws {DeliveryError} If the receiver did not take a letter.
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
