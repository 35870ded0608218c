/**
 * The status for monitors: one line as Nagios plugins print it, and the JSON of PRTG.
 *
 * Monitoring Plugins Development Guidelines, sections 2 and 3; PRTG Manual, Custom Sensors, Advanced Script.
 *
 * @module
 */
import { type Level, sayAll, type Thresholds } from "../../daemon/presentation.js";
import type { DaemonStatus } from "../../daemon/status.ts";

/** The question of a monitor. */
export interface CheckOptions {
  /** The present, milliseconds since 1970. */
  readonly nowMs: number;
  readonly thresholds: Thresholds;
  /** Only this query, and no sinks. */
  readonly query?: string | undefined;
}

/** A line and an exit code. */
export interface CheckResult {
  readonly code: 0 | 1 | 2 | 3;
  readonly line: string;
}

const states: Readonly<Record<Level, readonly [code: 0 | 1 | 2, word: string]>> = {
  green: [0, "OK"],
  amber: [1, "WARNING"],
  red: [2, "CRITICAL"],
};

/**
 * Makes the line of a Nagios plugin.
 *
 * @param status The status.
 * @param options The question.
 * @returns `OK: …| 'ct_age'=8s;300;900;0 …` and 0, 1 or 2.
 */
export function nagiosCheck(status: DaemonStatus, options: CheckOptions): CheckResult {
  const chosen = choose(status, options.query);
  const { level, sentence, reason } = sayAll(chosen, options.nowMs, options.thresholds);
  const [code, word] = states[level];
  const text = reason === "" ? sentence : `${sentence}: ${reason}`;
  const { warnAgeMs, criticalAgeMs } = options.thresholds;
  const limits = `${seconds(warnAgeMs)};${seconds(criticalAgeMs)};0`;
  const data = [
    ...chosen.queries.flatMap(({ name, items, held, lastComplete }) => [
      ...(lastComplete === undefined
        ? []
        : [`${label(`${name}_age`)}=${ageSeconds(lastComplete, options)}s;${limits}`]),
      `${label(`${name}_items`)}=${items};;;0`,
      `${label(`${name}_held`)}=${held};;;0`,
    ]),
    ...chosen.sinks.flatMap(({ name, backlog, deadLetters }) => [
      `${label(`${name}_backlog`)}=${backlog};;;0`,
      `${label(`${name}_dead`)}=${deadLetters};;;0`,
    ]),
  ];
  return { code, line: `${word}: ${plain(text)} | ${data.join(" ")}` };
}

/**
 * Makes the line of a check that cannot find out how anything is.
 *
 * @param words Why.
 */
export function unknownCheck(words: string): CheckResult {
  return { code: 3, line: `UNKNOWN: ${plain(words)}` };
}

/**
 * Makes the JSON of a PRTG sensor.
 *
 * @param status The status.
 * @param options The question.
 * @returns A value to be written as JSON.
 */
export function prtgResult(
  status: DaemonStatus,
  options: CheckOptions,
): Readonly<Record<string, unknown>> {
  const chosen = choose(status, options.query);
  const { level, sentence, reason } = sayAll(chosen, options.nowMs, options.thresholds);
  const text = reason === "" ? sentence : `${sentence}: ${reason}`;
  if (level === "red") return prtgError(text);
  const { warnAgeMs, criticalAgeMs } = options.thresholds;
  const count = (channel: string, value: number, warning: boolean): unknown => ({
    channel,
    value: String(value),
    unit: "Count",
    warning: Number(warning),
  });
  const channels = [
    ...chosen.queries.flatMap(({ name, items, held, lastComplete }) => [
      ...(lastComplete === undefined ? [] : [{
        channel: `${name} age`,
        value: String(ageSeconds(lastComplete, options)),
        unit: "TimeSeconds",
        limitMode: 1,
        ...(Number.isFinite(warnAgeMs) && { limitMaxWarning: String(warnAgeMs / 1000) }),
        ...(Number.isFinite(criticalAgeMs) && { limitMaxError: String(criticalAgeMs / 1000) }),
      }]),
      count(`${name} items`, items, false),
      count(`${name} removals held back`, held, held > 0),
    ]),
    ...chosen.sinks.flatMap(({ name, backlog, deadLetters }) => [
      count(`${name} backlog`, backlog, false),
      count(`${name} dead letters`, deadLetters, deadLetters > 0),
    ]),
  ];
  const state = {
    channel: "State (0 well, 1 look at it)",
    value: level === "green" ? "0" : "1",
    unit: "Count",
    warning: level === "green" ? 0 : 1,
  };
  return { prtg: { result: [state, ...channels], text: plain(text) } };
}

/**
 * Makes the JSON of a PRTG sensor that is down.
 *
 * @param words Why.
 */
export function prtgError(words: string): Readonly<Record<string, unknown>> {
  return { prtg: { error: 1, text: plain(words) } };
}

function choose(status: DaemonStatus, query: string | undefined): DaemonStatus {
  if (query === undefined) return status;
  const queries = status.queries.filter(({ name }) => name === query);
  return { ...status, queries, sinks: [] };
}

function ageSeconds(lastComplete: string, { nowMs }: CheckOptions): number {
  return Math.max(0, Math.round((nowMs - Date.parse(lastComplete)) / 1000));
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? String(ms / 1000) : "";
}

/** A label may have neither `=` nor `'` in it. */
function label(name: string): string {
  return `'${name.replaceAll(/[='|]/g, "_")}'`;
}

/** The bar begins the performance data, and one line is all that is read. */
function plain(text: string): string {
  return text.replaceAll("|", "/").replaceAll(/\p{Cc}+/gu, " ").trim();
}
