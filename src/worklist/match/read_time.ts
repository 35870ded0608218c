/**
 * Reads dates and times as peers write them: in the form of PS3.5 section 6.2, and in other obvious forms.
 *
 * Dates: `2026-11-27`, `2026/11/27`, `2026.11.27`, `20261127120000`. Times: `9:30`, `093000.0000000`,
 * `093000,5`, `09.30.00`, `9:30 PM`, `2026-11-27T09:30:00Z`. A text with two meanings (`27/11/2026` and
 * `11/27/2026`, `0900-1000`) is not read.
 *
 * A value that leaves out seconds or more is not precise. It covers the whole minute, hour or day.
 *
 * @module
 */

/** A stretch of time in microseconds, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A date, and the other parts of its value. */
export interface DateReading {
  /** The first microsecond of the day. */
  readonly day: number;
  /** The time of day, if the value has one. */
  readonly clock: Stretch | undefined;
  /** The offset from UTC in microseconds, if the value has one. */
  readonly offset: number | undefined;
}

/** A stretch of time, and its offset from UTC, if the value has one. */
export interface TimeReading extends Stretch {
  readonly offset: number | undefined;
}

/** Microseconds. */
export const second = 1e6;
/** Microseconds. */
export const minute = 60 * second;
/** Microseconds. */
export const hour = 60 * minute;
/** Microseconds. */
export const day = 24 * hour;

const datePattern = /^(\d{4})(?:(\d{2})(\d{2})|([-/. ])(\d{1,2})\4(\d{1,2}))/;
const offsetPattern = /^(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2})?)$/i;
const clockPattern = new RegExp(
  [
    // 09, 0930, 093000, 093000.5
    String.raw`^(?:T?(\d{2})(?:(\d{2})(?:(\d{2})(?:[.,](\d*))?)?)?`,
    // 9:30, 09:30:00.5
    String.raw`|T?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d*))?)?`,
    // 09.30.00.5
    String.raw`|(\d{1,2})\.(\d{2})\.(\d{2})(?:[.,](\d*))?)`,
    String.raw`\s*(AM|PM)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$`,
  ].join(""),
  "i",
);
/** Between a date and a time. */
const separator = /^(?:T|\s+|-(?=\d{1,2}\.\d{2}\.\d{2})|(?=\d))/i;

/** Readings of the texts that were read last: the matches of an answer have few dates and times between them. */
class Readings<Reading> {
  readonly #readAny: (text: string) => Reading | undefined;
  readonly #kept = new Map<string, Reading | undefined>();

  constructor(readAny: (text: string) => Reading | undefined) {
    this.#readAny = readAny;
  }

  read(text: string): Reading | undefined {
    // Longer text may be a part of a whole data set, which it would keep in memory.
    if (text.length > longestKept) return this.#readAny(text);
    const kept = this.#kept.get(text);
    if (kept !== undefined || this.#kept.has(text)) return kept;
    const reading = this.#readAny(text);
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(text, reading);
    return reading;
  }
}

/** Characters of a text whose reading is kept. V8 copies so short a part of a text. */
const longestKept = 12;
/** Texts whose readings are kept: peers decide which there are. */
const mostKept = 2048;

const dates = new Readings(readAnyDate);
const times = new Readings(readAnyTime);

/**
 * Reads a date.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readDate } from "./read_time.ts";
 *
 * assertEquals(readDate("2026-11-27")?.day, readDate("20261127")?.day);
 * assertEquals(readDate("202611"), undefined);
 * ```
 *
 * @param text The value.
 * @returns The date; `undefined` if it cannot be read.
 */
export function readDate(text: string): DateReading | undefined {
  return dates.read(text);
}

function readAnyDate(text: string): DateReading | undefined {
  const value = bare(text);
  const [date, year, month, dayOfMonth, mark, otherMonth, otherDay] = datePattern.exec(value) ?? [];
  if (date === undefined || year === undefined) return undefined;
  const start = dayOf(year, month ?? otherMonth, dayOfMonth ?? otherDay);
  if (start === undefined) return undefined;
  const rest = value.slice(date.length).trimEnd();
  if (rest === "" || rest === ".") return { day: start, clock: undefined, offset: undefined };
  const offset = readOffset(rest);
  if (offset !== undefined) return { day: start, clock: undefined, offset };
  const [between] = separator.exec(value.slice(date.length)) ?? [];
  if (between === undefined || (between === "" && mark !== undefined)) return undefined;
  const clock = readClock(rest.trimStart().slice(between.trim().length));
  return clock && { day: start, clock: { from: clock.from, to: clock.to }, offset: clock.offset };
}

/**
 * Reads a time of day. Of a date and time, it reads the time.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readTime } from "./read_time.ts";
 *
 * assertEquals(readTime("9:30"), readTime("0930"));
 * assertEquals(readTime("noon"), undefined);
 * ```
 *
 * @param text The value.
 * @returns Microseconds since midnight; `undefined` if it cannot be read.
 */
export function readTime(text: string): TimeReading | undefined {
  return times.read(text);
}

function readAnyTime(text: string): TimeReading | undefined {
  const value = bare(text);
  const clock = readClock(value);
  if (clock !== undefined) return clock;
  const date = readDate(value);
  return date?.clock && { ...date.clock, offset: date.offset };
}

/**
 * Reads a date and time. It may end after any of its parts.
 *
 * @param text The value.
 * @returns Microseconds since 1970 as a wall clock shows them; `undefined` if the value cannot be read.
 */
export function readDateTime(text: string): TimeReading | undefined {
  const value = bare(text);
  const date = readDate(value);
  if (date !== undefined) return { ...stretchOf(date), offset: date.offset };
  const [, year, month, suffix] = /^(\d{4})(?:-?(\d{2}))?([+-]\d{4})?$/.exec(value) ?? [];
  const from = year === undefined ? undefined : dayOf(year, month, undefined);
  const offset = suffix === undefined ? undefined : readOffset(suffix);
  if (from === undefined || (suffix !== undefined && offset === undefined)) return undefined;
  const next = month === undefined
    ? microseconds(Number(year) + 1, 0, 1)
    : microseconds(Number(year), Number(month), 1);
  return { from, to: next - 1, offset };
}

/**
 * Finds the stretch of time that a date covers. Without a time, it is the whole day.
 *
 * @param reading The date.
 * @param clock The time of that day, if another value has it.
 */
export function stretchOf(
  { day: start, clock: own }: DateReading,
  clock: Stretch | undefined = own,
): Stretch {
  return { from: start + (clock?.from ?? 0), to: start + (clock?.to ?? day - 1) };
}

/**
 * Reads an offset from UTC such as `+0100`, `+01:00`, `+01` or `Z`.
 *
 * @param text The value of Timezone Offset From UTC (0008,0201), or the end of a date and time.
 * @returns Microseconds; `undefined` if it cannot be read.
 */
export function readOffset(text: string): number | undefined {
  const [, utc, sign, hours, minutes = "00"] = offsetPattern.exec(bare(text)) ?? [];
  if (utc !== undefined) return 0;
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  const offset = Number(hours) * hour + Number(minutes) * minute;
  return sign === "-" ? -offset : offset;
}

function readClock(text: string): TimeReading | undefined {
  const parts = clockPattern.exec(text);
  if (parts === null) return undefined;
  const hours = parts[1] ?? parts[5] ?? parts[9] ?? "";
  const minutes = parts[2] ?? parts[6] ?? parts[10];
  const seconds = parts[3] ?? parts[7] ?? parts[11];
  const fraction = parts[4] ?? parts[8] ?? parts[12];
  const [half, suffix] = [parts[13], parts[14]];
  // A range of times, as a peer repeats it, has the same form as a time with an offset.
  if (suffix?.startsWith("-") && parts[1] !== undefined && seconds === undefined) return undefined;
  const hourOfDay = half === undefined ? Number(hours) : hourOf(Number(hours), half);
  if (hourOfDay === undefined || hourOfDay > 23) return undefined;
  if (Number(minutes ?? 0) > 59 || Number(seconds ?? 0) > 60) return undefined;
  const offset = suffix === undefined ? undefined : readOffset(suffix);
  if (suffix !== undefined && offset === undefined) return undefined;
  const known = fraction === undefined || fraction === "" ? undefined : fraction.slice(0, 6);
  // A leap second counts as the last second of its minute.
  const from = hourOfDay * hour + Number(minutes ?? 0) * minute +
    Math.min(Number(seconds ?? 0), 59) * second + Number((known ?? "").padEnd(6, "0"));
  const precision = known !== undefined
    ? 10 ** (6 - known.length)
    : seconds !== undefined
    ? second
    : minutes !== undefined
    ? minute
    : hour;
  return { from, to: from + precision - 1, offset };
}

/** Converts an hour of a twelve-hour clock. */
function hourOf(hours: number, half: string): number | undefined {
  if (hours < 1 || hours > 12) return undefined;
  return hours % 12 + (half.toUpperCase() === "PM" ? 12 : 0);
}

/** The first microsecond of a day, of the first day of a month, or of the first day of a year. */
function dayOf(year: string, month = "01", dayOfMonth = "01"): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(dayOfMonth)];
  // Date.UTC() puts the years before 100 into the last century.
  if (y < 100 || m < 1 || m > 12 || d < 1) return undefined;
  if (d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return undefined;
  return microseconds(y, m - 1, d);
}

function microseconds(year: number, monthIndex: number, dayOfMonth: number): number {
  return Date.UTC(year, monthIndex, dayOfMonth) * 1000;
}

/** Removes padding. */
function bare(text: string): string {
  return text.replace(/^[\0\s]+|[\0\s]+$/g, "");
}
