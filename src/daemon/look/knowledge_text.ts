/**
 * The age of a query's items, as a message.
 *
 * @module
 */
import type { Knowledge } from "./look_request.ts";
import { clockText } from "./time_text.ts";

/** The state of a peer, by the class of the failure. */
const failures: Readonly<Record<string, string>> = {
  unreachable: "unreachable",
  rejected: "rejects the association",
  "timed-out": "does not answer in time",
  aborted: "aborts the association",
  refused: "answers with an error",
  undecodable: "sends matches that cannot be read",
  limited: "sends more than the limit",
};

/**
 * Says how old what is known is, and why it does not get newer.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { knowledgeText } from "./knowledge_text.ts";
 *
 * const text = knowledgeText({
 *   query: "ct-today",
 *   peer: "ris",
 *   begun: true,
 *   asOf: "2026-11-27T08:41:00.000Z",
 *   failing: { class: "unreachable", words: "Cannot connect", since: "2026-11-27T08:41:30.000Z" },
 * }, { now: Temporal.Instant.from("2026-11-27T09:00:00Z"), timeZone: "UTC" });
 * assertEquals(text, "as of 08:41:00; ris unreachable since 08:41:30");
 * ```
 *
 * @param knowledge The knowledge of the query.
 * @param options `now`: the present; `timeZone`: the zone of all times.
 */
export function knowledgeText(
  { peer, begun, asOf, failing, problem }: Knowledge,
  options: { readonly now: Temporal.Instant; readonly timeZone: string },
): string {
  const age = !begun
    ? "unknown: no complete answer yet"
    : asOf === undefined
    ? "as of the last complete answer"
    : `as of ${clockText(asOf, options)}`;
  const since = failing?.since === undefined ? "" : ` since ${clockText(failing.since, options)}`;
  const failure = failing && `${peer} ${failures[failing.class] ?? failing.words}${since}`;
  return [age, failure, problem].filter((part) => part !== undefined).join("; ");
}
