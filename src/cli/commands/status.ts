/**
 * `worklistd status`: how peers, queries and sinks fare.
 *
 * @module
 */
import { formatDuration } from "../../base/duration.ts";
import { ConfigError, formatProblem } from "../../daemon/config/problems.ts";
import type { SinkStatus } from "../../deliver/sink_status.ts";
import type { ServeStatus } from "../../daemon/serve_status.ts";
import type { DaemonStatus, QueryStatus } from "../../daemon/status.ts";
import { messageOf } from "../../deliver/message.ts";
import { namedWords, printTable, printText, shownJson } from "../command_output.ts";
import type { statusSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import {
  type CheckResult,
  nagiosCheck,
  prtgError,
  prtgResult,
  unknownCheck,
} from "../results/status_check.ts";
import { openReading, requireQuery, statusOf } from "../reading.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 0 where a daemon runs and nothing fails.
 */
export async function status({ values, words }: Arguments<typeof statusSpec>): Promise<number> {
  namedWords(words);
  if (values.check || values.format === "prtg") return await check(values);
  for (const name of ["query", "warning", "critical"] as const) {
    if (values[name] !== undefined) {
      throw new UsageError(`--${name} belongs to --check or --format prtg`);
    }
  }
  const told = await statusOf(await openReading(values.config));
  if (values.format === "json") await printText(`${shownJson(JSON.stringify(told, null, 2))}\n`);
  else await printStatus(told);
  return isWell(told) ? 0 : 1;
}

/** Prints what a monitor reads. Whatever goes wrong is told in its form. */
async function check(values: Arguments<typeof statusSpec>["values"]): Promise<number> {
  const isPrtg = values.format === "prtg";
  try {
    const reading = await openReading(values.config);
    const { query, warning = Infinity, critical = Infinity } = values;
    if (query !== undefined) await requireQuery(reading, query);
    const options = {
      nowMs: Date.now(),
      thresholds: { warnAgeMs: warning, criticalAgeMs: critical },
      query,
    };
    const told = await statusOf(reading);
    if (isPrtg) {
      await printText(`${shownJson(JSON.stringify(prtgResult(told, options), null, 2))}\n`);
      return 0;
    }
    return await printCheck(nagiosCheck(told, options));
  } catch (error) {
    const words = error instanceof ConfigError
      ? error.problems.map(formatProblem).join("; ")
      : messageOf(error);
    if (!isPrtg) return await printCheck(unknownCheck(words));
    await printText(`${shownJson(JSON.stringify(prtgError(words)))}\n`);
    return 0;
  }
}

async function printCheck({ code, line }: CheckResult): Promise<number> {
  await printText(`${line}\n`);
  return code;
}

function isServing({ state, worklists }: ServeStatus): boolean {
  return state === "listening" &&
    worklists.every((one) => one.state === "fresh" || one.state === "unknown");
}

function isWell({ running, queries, sinks, serve }: DaemonStatus): boolean {
  return running && queries.every(({ state }) => state === "complete" || state === "new") &&
    sinks.every(({ state }) => state === "running") && (serve === undefined || isServing(serve));
}

async function printStatus(
  { running, started, stateDir, peers, queries, sinks, serve }: DaemonStatus,
): Promise<void> {
  say(
    running
      ? `running since ${started}, state in ${stateDir}`
      : `no daemon is running; state in ${stateDir}`,
  );
  await printTable(
    ["PEER", "ADDRESS", "AE TITLE", "STATE", "LAST ANSWER", "WHY"],
    peers.map(({ name, address, aeTitle, state, lastAnswer, failure }) => [
      name,
      address,
      aeTitle,
      state,
      secondsText(lastAnswer),
      failure ?? "",
    ]),
  );
  if (peers.length > 0) await printText("\n");
  await printTable(
    ["QUERY", "STATE", "ITEMS", "AGE", "LAST POLL", "NEXT POLL", "FAILURES", "WHY"],
    queries.map(queryRow),
  );
  if (sinks.length > 0) await printText("\n");
  await printTable(
    [
      "SINK",
      "TYPE",
      "STATE",
      "BACKLOG",
      "DELIVERED",
      "DEAD",
      "LAST SUCCESS",
      "NEXT ATTEMPT",
      "WHY",
    ],
    sinks.map((sink) => [
      sink.name,
      sink.type,
      sink.state,
      String(sink.backlog),
      String(sink.delivered),
      String(sink.deadLetters),
      secondsText(sink.lastSuccess),
      secondsText(sink.nextAttempt),
      sink.lastError ?? sinkNote(sink),
    ]),
  );
  if (serve !== undefined) await printServe(serve);
}

async function printServe({ listen, tls, state, problem, worklists }: ServeStatus): Promise<void> {
  await printText("\n");
  await printTable(
    ["WORKLIST", "ADDRESS", "STATE", "ITEMS", "AGE", "WHY"],
    worklists.map((one) => [
      one.name,
      `${listen}${tls ? " TLS" : ""}`,
      state === "failed" ? "failed" : one.state,
      one.items === undefined ? "" : String(one.items),
      one.ageMs === undefined ? "" : formatDuration(Math.round(one.ageMs / 1000) * 1000),
      problem ?? (one.state === "stale" && one.whenStale === "refuse" ? "refused with A700" : ""),
    ]),
  );
  const callers = worklists.flatMap(({ name, callers }) =>
    callers.map((caller) => [
      caller.aeTitle,
      name,
      caller.address ?? "",
      secondsText(caller.lastAsked),
      caller.matches === undefined ? "" : String(caller.matches),
      String(caller.answers),
      caller.lastOutcome ?? "never asked",
    ])
  );
  if (callers.length === 0) return;
  await printText("\n");
  await printTable(
    ["STATION", "WORKLIST", "FROM", "LAST ASKED", "MATCHES", "ANSWERS", "OUTCOME"],
    callers,
  );
}

function sinkNote({ replaying, deadLetters, name }: SinkStatus): string {
  const notes = [
    ...(replaying > 0 ? [`delivers ${replaying} events again`] : []),
    ...(deadLetters > 0 ? [`dead letters: worklistd replay --dead --list ${name}`] : []),
  ];
  return notes.join("; ");
}

function queryRow(
  { name, state, problem, items, ageMs, lastPoll, nextPoll, failures, massRemoval }: QueryStatus,
): string[] {
  return [
    name,
    state,
    String(items),
    ageMs === undefined ? "" : formatDuration(Math.round(ageMs / 1000) * 1000),
    secondsText(lastPoll?.started),
    secondsText(nextPoll),
    String(failures),
    [
      problem ?? lastPoll?.failure?.words ?? lastPoll?.suspect ?? lastPoll?.unverified ??
        lastPoll?.notes?.join("; "),
      massRemoval?.words,
    ].filter((words) => words !== undefined && words !== "").join("; "),
  ];
}

/** To the second, in UTC as in the events. */
function secondsText(time: string | undefined): string {
  return time === undefined ? "" : Temporal.Instant.from(time).toString({ smallestUnit: "second" });
}
