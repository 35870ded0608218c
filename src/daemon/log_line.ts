/**
 * One log record as one line, whatever is in it.
 *
 * @module
 */
import {
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";

const formatText = getTextFormatter({
  timestamp: "rfc3339",
  level: "full",
  category: (category) => category.slice(1).join("."),
  value: "bare",
  format: ({ timestamp, level, category, message }) =>
    `${timestamp} ${level} ${category}: ${message}`,
});

/** In the journal a line has its time already. */
const formatTimeless = getTextFormatter({
  timestamp: "none",
  level: "full",
  category: (category) => category.slice(1).join("."),
  value: "bare",
  format: ({ level, category, message }) => `${level} ${category}: ${message}`,
});

/** Priorities of the journal (sd-daemon(3)), by the level of a record. */
const priorities: Readonly<Record<LogRecord["level"], number>> = {
  fatal: 2,
  error: 3,
  warning: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

const formatJson = getJsonLinesFormatter({
  categorySeparator: (category) => category.slice(1).join("."),
  message: "rendered",
  properties: "nest:properties",
});

/**
 * Chooses how log records are written.
 *
 * Control and invisible characters, which could move a terminal's cursor or fake another line, are shown
 * as `\u{1b}` in text and `\u001b` in JSON.
 *
 * @param format `text` for people, `json` for programs.
 * @param isJournal True if systemd's journal reads the lines: each begins with its priority, such as `<4>`, and text has no
 * time of its own.
 * @returns Turns a record into a line with its line end.
 */
export function lineFormatter(
  format: "text" | "json",
  isJournal: boolean = false,
): TextFormatter {
  const text = isJournal ? formatTimeless : formatText;
  const line = format === "json"
    ? (record: LogRecord): string => neutral(formatJson(record), jsonEscape)
    : (record: LogRecord): string => neutral(text(record), textEscape);
  if (!isJournal) return line;
  return (record) => `<${priorities[record.level]}>${line(record)}`;
}

function neutral(line: string, escape: (codePoint: number) => string): string {
  const text = line.endsWith("\n") ? line.slice(0, -1) : line;
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => escape(c.codePointAt(0) ?? 0)) +
    "\n";
}

function textEscape(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

function jsonEscape(codePoint: number): string {
  return String.fromCodePoint(codePoint).split("").map((unit) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  ).join("");
}
