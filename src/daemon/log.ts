// Touches the world: writes to standard error.
/**
 * The daemon's log: one line for each record on standard error, free of patient data.
 *
 * Only `src/daemon/` logs. What is logged are counts, names from the configuration, AE titles, tags,
 * offsets and keyed hashes; `log.phi: true` permits more.
 *
 * @module
 */
import { configure, getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import type { LogSection } from "./config/document.ts";
import { lineFormatter } from "./log_line.ts";

/**
 * Opens the log, or gives it another level or form.
 *
 * @param options Level and form.
 */
export async function openLog({ level, format }: LogSection): Promise<void> {
  const formatLine = lineFormatter(format);
  const encoder = new TextEncoder();
  await configure({
    reset: true,
    sinks: {
      // Written at once: what was logged last before a crash matters most.
      stderr: (record: LogRecord): void => writeAll(encoder.encode(formatLine(record))),
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

function writeAll(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += Deno.stderr.writeSync(bytes.subarray(written));
  }
}
