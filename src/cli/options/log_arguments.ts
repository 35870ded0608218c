/**
 * From the logging options of `find` and `echo` to a message log.
 *
 * @module
 */
import type { loggingOptions } from "./association_options.ts";
import { type MessageLevel, MessageLog } from "../message_log.ts";
import type { GroupValues } from "./option_table.ts";

type LoggingValues = GroupValues<typeof loggingOptions>;

const levelNames: Readonly<Record<string, MessageLevel>> = {
  fatal: "fatal",
  critical: "fatal",
  error: "error",
  warn: "warn",
  warning: "warn",
  info: "info",
  debug: "debug",
  trace: "trace",
};

/**
 * Opens the log that the options ask for.
 *
 * @param values The options.
 * @param notes The options that were accepted without an effect.
 * @returns The log; dispose of it.
 */
export function openLog(values: LoggingValues, notes: readonly string[]): MessageLog {
  const path = values["log-file"];
  const log = new MessageLog({
    level: levelOf(values),
    ...(path !== undefined && {
      file: {
        path,
        maxBytes: values["log-file-size"] ?? 10_000_000,
        keep: values["log-file-keep"] ?? 5,
      },
    }),
  });
  for (const note of notes) log.say("info", note);
  return log;
}

function levelOf(values: LoggingValues): MessageLevel {
  const named = values["log-level"];
  if (named !== undefined) return levelNames[named] ?? "notice";
  if (values.debug) return "debug";
  if (values.verbose) return "info";
  return values.quiet ? "fatal" : "notice";
}
