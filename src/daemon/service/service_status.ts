/**
 * The line of `systemctl status`: live numbers, no patient data.
 *
 * @module
 */
import { counted, durationText, sayAll } from "../presentation.js";
import type { DaemonStatus } from "../status.ts";

/**
 * Writes the line.
 *
 * @param status The status.
 * @param nowMs The present, milliseconds since 1970.
 * @returns Such as `2 queries, 16 items, the oldest answer is 8 s old; all is well`.
 */
export function serviceStatus(status: DaemonStatus, nowMs: number): string {
  const { queries, sinks } = status;
  const items = queries.reduce((sum, query) => sum + query.items, 0);
  const ages = queries.flatMap(({ lastComplete }) =>
    lastComplete === undefined ? [] : [nowMs - Date.parse(lastComplete)]
  );
  const backlog = sinks.reduce((sum, sink) => sum + sink.backlog, 0);
  const parts = [
    counted(queries.length, "query", "queries"),
    counted(items, "item"),
    ...(ages.length === 0 ? [] : [`the oldest answer is ${durationText(Math.max(...ages))} old`]),
    ...(backlog === 0 ? [] : [`${counted(backlog, "event")} to deliver`]),
  ];
  return `${parts.join(", ")}; ${problemsOf(status, nowMs)}`;
}

/**
 * Says what is wrong, without numbers that change all the time.
 *
 * @param status The status.
 * @param nowMs The present, milliseconds since 1970.
 * @returns Such as `look at ct-today, hook`, or `all is well`.
 */
export function problemsOf(status: DaemonStatus, nowMs: number): string {
  const { problems } = sayAll(status, nowMs);
  if (problems.length === 0) return "all is well";
  const names = problems.map(({ sentence }) => sentence.slice(0, sentence.indexOf(": ")));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `look at ${names.slice(0, 5).join(", ")}${more}`;
}
