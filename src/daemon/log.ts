// Touches the world: writes to standard error, reads an environment variable.
/**
 * The daemon's log: one line for each record on standard error, free of patient data.
 *
 * Only `src/daemon/` logs. What is logged are counts, names from the configuration, AE titles, tags,
 * offsets and keyed hashes; `log.phi: true` permits more. A reader that does not read costs lines, and stops nothing.
 *
 * @module
 */
import { configure, getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import type { LogSection } from "./config/document.ts";
import { lineFormatter } from "./log_line.ts";
import { LogWriter } from "./log_writer.ts";

const encoder = new TextEncoder();
let formatLine = lineFormatter("text");
const stderr = new LogWriter({
  write: (bytes) => Deno.stderr.write(bytes),
  droppedLine: (count) => encoder.encode(formatLine(droppedRecord(count))),
});
/** The time that the end of a process waits for the reader of its log. */
const flushMs = 1_000;

/**
 * Opens the log, or gives it another level or form.
 *
 * @param options Level and form.
 */
export async function openLog(
  { level, format }: Pick<LogSection, "level" | "format">,
): Promise<void> {
  formatLine = lineFormatter(format, isJournal());
  await configure({
    reset: true,
    sinks: {
      stderr: (record: LogRecord): void => stderr.line(encoder.encode(formatLine(record))),
    },
    loggers: [
      { category: ["worklistd"], lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

/**
 * Finds the logger of a part of the daemon.
 *
 * @param part Its name, such as `poll`.
 * @returns The logger.
 */
export function logOf(part: string): Logger {
  return getLogger(["worklistd", part]);
}

/** True if systemd connected stderr to its journal. Whoever redirects stderr of a service removes the variable. */
function isJournal(): boolean {
  try {
    return Boolean(Deno.env.get("JOURNAL_STREAM")) && !Deno.stderr.isTerminal();
  } catch {
    return false;
  }
}

/** Waits until what was logged is written, for a second at most. To be called before the process ends. */
export async function flushLog(): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, flushMs);
  await Promise.race([stderr.flushed(), late]);
  clearTimeout(timer);
}

function droppedRecord(count: number): LogRecord {
  const rawMessage = "{count} lines of the log were dropped here: nobody read them";
  return {
    category: ["worklistd", "log"],
    level: "warning",
    message: ["", count, " lines of the log were dropped here: nobody read them"],
    rawMessage,
    timestamp: Date.now(),
    properties: { count },
  };
}
