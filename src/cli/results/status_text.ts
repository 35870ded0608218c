/**
 * The status as text for people: a sentence for each query, then tables, each reason whole.
 *
 * @module
 */
import { clockText } from "../../daemon/look/time_text.ts";
import { durationText, type Level, sayQuery } from "../../daemon/presentation.js";
import type { ServeStatus } from "../../daemon/serve_status.ts";
import type { DaemonStatus, QueryStatus, SinkReport } from "../../daemon/status.ts";
import { layOutTable } from "./text_table.ts";
import { wrapText } from "./wrapped_text.ts";

/** Options of the text. */
export interface StatusTextOptions {
  readonly now: Temporal.Instant;
  /** The zone of all times; it is named. */
  readonly timeZone: string;
  /** The width of the lines. */
  readonly width: number;
  readonly colour: boolean;
}

/** A row of a table, and what else there is to say of it. */
interface Row {
  readonly cells: readonly string[];
  readonly reasons: readonly string[];
}

const colours: Readonly<Record<Level, number>> = { green: 32, amber: 33, red: 31 };
const indent = "    ";

/**
 * Writes the status.
 *
 * @param status The status.
 * @param options Options of the text.
 * @returns The lines, none longer than the width unless names are.
 */
export function statusLines(status: DaemonStatus, options: StatusTextOptions): string[] {
  const { peers, queries, sinks, serve } = status;
  return [
    ...queries.flatMap((query) => sentenceLines(query, options)),
    ...(queries.length > 0 ? [""] : []),
    ...daemonLines(status, options),
    ...section(
      ["PEER", "ADDRESS", "AE TITLE", "STATE", "LAST ANSWER"],
      peers.map(({ name, address, aeTitle, state, lastAnswer, failure }) => ({
        cells: [name, address, aeTitle, state, at(lastAnswer, options)],
        reasons: failure === undefined ? [] : [failure],
      })),
      options,
    ),
    ...section(
      ["QUERY", "STATE", "ITEMS", "AGE", "LAST POLL", "NEXT POLL", "FAILURES"],
      queries.map((query) => queryRow(query, options)),
      options,
    ),
    ...section(
      ["SINK", "TYPE", "STATE", "BACKLOG", "DEAD", "LAST SUCCESS", "NEXT ATTEMPT"],
      sinks.map((sink) => sinkRow(sink, options)),
      options,
    ),
    ...(serve === undefined ? [] : serveLines(serve, options)),
    "",
    `times in ${options.timeZone}`,
  ];
}

/** Says how a query is, and why if it is not well. */
function sentenceLines(query: QueryStatus, options: StatusTextOptions): string[] {
  const { level, sentence, reason } = sayQuery(query, options.now.epochMilliseconds);
  const [first = "", ...others] = wrapText(
    reason === "" ? sentence : `${sentence}: ${reason}`,
    options.width,
  );
  // The first line names the query; those that follow belong to it.
  const lines = [first, ...others.flatMap((line) => wrapText(line, options.width, "  "))];
  if (!options.colour) return lines;
  return lines.map((line) => `\x1b[${colours[level]}m${line}\x1b[39m`);
}

function daemonLines(
  { running, started, stateDir, version, configuration }: DaemonStatus,
  options: StatusTextOptions,
): string[] {
  const { file, state, reload } = configuration;
  const head = running
    ? `worklistd ${version} runs since ${at(started, options)}; state in ${stateDir}`
    : `no daemon is running; state in ${stateDir}`;
  const differs = {
    same: [],
    changed: [`${file} differs from what runs: \`worklistd reload\` takes it over`],
    unreadable: [`${file} cannot be read; the daemon goes on with what it has`],
  }[state];
  const failed = reload?.ok === false
    ? [`the last reload failed at ${at(reload.time, options)}: \`worklistd check\` says why`]
    : [];
  return [head, ...differs, ...failed].flatMap((text) => wrapText(text, options.width));
}

function queryRow(query: QueryStatus, options: StatusTextOptions): Row {
  const { name, state, problem, items, ageMs, lastPoll, nextPoll, failures } = query;
  const { massRemoval, held } = query;
  const waiting = held > 0 ? `${held} missing items are held back; ` : "";
  const approve = `to accept it: worklistd approve ${name} --dry-run`;
  return {
    cells: [
      name,
      state,
      String(items),
      ageMs === undefined ? "" : durationText(ageMs),
      at(lastPoll?.started, options),
      at(nextPoll, options),
      String(failures),
    ],
    reasons: [
      ...present(problem),
      ...present(lastPoll?.failure?.words),
      ...(lastPoll?.suspect === undefined ? [] : [`${waiting}${lastPoll.suspect}; ${approve}`]),
      ...present(lastPoll?.unverified),
      ...(massRemoval === undefined ? [] : [removalText(massRemoval, options)]),
      ...(lastPoll?.notes ?? []).map((note) => `note: ${note}`),
    ],
  };
}

function removalText(
  { time, removed, items, words }: NonNullable<QueryStatus["massRemoval"]>,
  options: StatusTextOptions,
): string {
  // The message names the time in UTC; here all times are in one zone.
  const why = words.slice(words.indexOf(`${time}: `) + time.length + 2);
  return `${removed} of ${items} items were removed at once at ${at(time, options)}: ${why}`;
}

function sinkRow(sink: SinkReport, options: StatusTextOptions): Row {
  const { name, type, state, backlog, deadLetters, lastSuccess, nextAttempt } = sink;
  const { replaying, oldestUndelivered: oldest } = sink;
  return {
    cells: [
      name,
      type,
      state,
      String(backlog),
      String(deadLetters),
      at(lastSuccess, options),
      at(nextAttempt, options),
    ],
    reasons: [
      ...present(sink.lastError),
      ...(oldest === undefined || state === "running"
        ? []
        : [`the oldest event waits since ${at(oldest, options)}`]),
      ...(replaying > 0 ? [`delivers ${replaying} events again`] : []),
      ...(deadLetters > 0 ? [`dead letters: worklistd replay ${name} --dead --list`] : []),
    ],
  };
}

function serveLines(
  { listen, tls, state, problem, worklists }: ServeStatus,
  options: StatusTextOptions,
): string[] {
  const served = worklists.map((one): Row => ({
    cells: [
      one.name,
      `${listen}${tls ? " TLS" : ""}`,
      state === "failed" ? "failed" : one.state,
      one.items === undefined ? "" : String(one.items),
      one.ageMs === undefined ? "" : durationText(one.ageMs),
    ],
    reasons: [
      ...present(problem),
      ...(one.state === "stale" && one.whenStale === "refuse" ? ["refused with A700"] : []),
    ],
  }));
  const stations = worklists.flatMap(({ name, callers }) =>
    callers.map((caller): Row => ({
      cells: [
        caller.aeTitle,
        name,
        caller.address ?? "",
        at(caller.lastAsked, options),
        caller.matches === undefined ? "" : String(caller.matches),
        caller.lastOutcome ?? "never asked",
      ],
      reasons: [],
    }))
  );
  return [
    ...section(["WORKLIST", "ADDRESS", "STATE", "ITEMS", "AGE"], served, options),
    ...section(
      ["STATION", "WORKLIST", "FROM", "LAST ASKED", "MATCHES", "OUTCOME"],
      stations,
      options,
    ),
  ];
}

/** A table with a blank line before it; nothing without rows. */
function section(
  titles: readonly string[],
  rows: readonly Row[],
  { width, colour }: StatusTextOptions,
): string[] {
  if (rows.length === 0) return [];
  const { head, line } = layOutTable(titles, rows.map(({ cells }) => cells), width);
  return [
    "",
    colour ? `\x1b[1m${head}\x1b[22m` : head,
    ...rows.flatMap(({ cells, reasons }) => [
      line(cells),
      ...reasons.flatMap((reason) => wrapText(reason, width, indent)),
    ]),
  ];
}

function present(text: string | undefined): string[] {
  return text === undefined || text === "" ? [] : [text];
}

function at(time: string | undefined, options: StatusTextOptions): string {
  return time === undefined ? "" : clockText(time, options);
}
