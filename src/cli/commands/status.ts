// Touches the world: reads the clock and the size of the terminal.
/**
 * `worklistd status`: how peers, queries and sinks are.
 *
 * @module
 */
import { ConfigError, formatProblem } from "../../daemon/config/problems.ts";
import type { ServeStatus } from "../../daemon/serve_status.ts";
import type { DaemonStatus } from "../../daemon/status.ts";
import { messageOf } from "../../deliver/message.ts";
import { lineWidth, namedWords, printText, shownJson, takesColour } from "../command_output.ts";
import type { statusSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import {
  type CheckResult,
  nagiosCheck,
  prtgError,
  prtgResult,
  unknownCheck,
} from "../results/status_check.ts";
import { statusLines } from "../results/status_text.ts";
import { openReading, requireQuery, statusOf, warnOfProblems } from "../reading.ts";

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
  const reading = await openReading(values.config);
  const told = await statusOf(reading);
  if (values.format === "json") {
    await printText(`${shownJson(JSON.stringify(told, null, 2))}\n`);
    return isWell(told) ? 0 : 1;
  }
  const lines = statusLines(told, {
    now: Temporal.Now.instant(),
    timeZone: Temporal.Now.timeZoneId(),
    width: lineWidth(),
    colour: takesColour(),
  });
  await printText(lines.map((line) => `${line}\n`).join(""));
  // Someone without access to secrets reads what runs all the same.
  if (reading.error !== undefined && told.configuration.state !== "same") warnOfProblems(reading);
  return isWell(told) ? 0 : 1;
}

/** Prints what a monitor reads. Every failure is reported in its form. */
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
