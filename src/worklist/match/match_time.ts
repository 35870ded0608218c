/**
 * Matching of dates and times: single values and ranges (PS3.4 sections C.2.2.2.1 and C.2.2.2.5).
 *
 * A value that leaves out seconds or more is not precise (PS3.5 section 6.2): it stands for the whole minute,
 * hour or day, and matches whatever it overlaps.
 *
 * @module
 */

/** A stretch of time in microseconds, both ends included; open ends are infinite. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** How far local time is ahead of UTC, where the value says so. */
  readonly offset?: number;
}

const second = 1e6;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const always: Stretch = { from: -Infinity, to: Infinity };

const datePattern = /^(\d{4})(\d{2})(\d{2})$/;
const timePattern = /^(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6}))?)?)?$/;
const dateTimePattern =
  /^(\d{4})(?:(\d{2})(?:(\d{2})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/;

/**
 * Makes the test of a key with VR DA, TM or DT.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { temporalTest } from "./match_time.ts";
 *
 * assert(temporalTest("DA", "20260101-20260131")("20260131"));
 * assert(temporalTest("TM", "-1030")("103059.5"));
 * assert(!temporalTest("DT", "20260101100000+0100-")("202601010930+0100"));
 * ```
 *
 * @param vr The key's VR.
 * @param key Its value: a single one, or a range with one or both ends.
 * @param keyOffset How far the key is ahead of UTC where it does not say so, in microseconds.
 * @returns The test; its second argument is the same for the value. What is no date or time matches only itself.
 */
export function temporalTest(
  vr: "DA" | "TM" | "DT",
  key: string,
  keyOffset?: number,
): (value: string, valueOffset?: number) => boolean {
  const asked = parseKey(vr, key.trim());
  if (!asked) return (value) => value.trim() === key.trim();
  return (value, valueOffset) => {
    const found = parseValue(vr, value);
    return found !== undefined && overlap(asked, found, keyOffset, valueOffset);
  };
}

/**
 * Makes the test of a range of dates and a range of times that are one range: from the first time of the first
 * day to the last time of the last day (PS3.4 Table K.6-1, section C.2.2.2.5.1).
 *
 * @param dates The range of dates.
 * @param times The range of times.
 * @returns The test of a date and a time; `undefined` if the keys are not both ranges.
 */
export function combinedTest(
  dates: string,
  times: string,
): ((date: string, time: string) => boolean) | undefined {
  const [days, hours] = [parseKey("DA", dates.trim()), parseKey("TM", times.trim())];
  if (!days || !hours || !dates.includes("-") || !times.includes("-")) return undefined;
  const lastDay = days.to - day + 1;
  const asked: Stretch = {
    from: days.from + Math.max(hours.from, 0),
    to: lastDay + Math.min(hours.to, day - 1),
  };
  return (date, time) => {
    const [onDay, at] = [parseValue("DA", date), parseValue("TM", time)];
    return onDay !== undefined && at !== undefined &&
      overlap(asked, { from: onDay.from + at.from, to: onDay.from + at.to });
  };
}

/**
 * Reads an offset from UTC such as `+0100`.
 *
 * @param text The value of Timezone Offset From UTC (0008,0201), or the end of a DT.
 * @returns Microseconds; `undefined` if it is none.
 */
export function parseOffset(text: string | undefined): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(text?.trim() ?? "") ?? [];
  if (!sign || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  const offset = Number(hours) * hour + Number(minutes) * minute;
  return sign === "-" ? -offset : offset;
}

function parseKey(vr: "DA" | "TM" | "DT", text: string): Stretch | undefined {
  const single = parseValue(vr, text);
  if (single) return single;
  // The last hyphen that leaves two readable ends: offsets from UTC have hyphens too.
  for (let at = text.lastIndexOf("-"); at >= 0; at = at > 0 ? text.lastIndexOf("-", at - 1) : -1) {
    const [first, last] = [text.slice(0, at), text.slice(at + 1)];
    const from = first === "" ? always : parseValue(vr, first);
    const to = last === "" ? always : parseValue(vr, last);
    if (!from || !to || (first === "" && last === "")) continue;
    const offset = from.offset ?? to.offset;
    const toInFirstOffset = to.to - (to.offset ?? offset ?? 0) + (offset ?? 0);
    return { from: from.from, to: toInFirstOffset, ...(offset !== undefined && { offset }) };
  }
  return undefined;
}

/** Reads one value; ACR-NEMA's `2026.01.31` and `10:30:00` too. */
function parseValue(vr: "DA" | "TM" | "DT", text: string): Stretch | undefined {
  const value = text.trim();
  if (vr === "DA") return parseDate(value.replaceAll(".", ""));
  return vr === "TM" ? parseTime(value.replaceAll(":", "")) : parseDateTime(value);
}

function parseDate(text: string): Stretch | undefined {
  const [, year, month, dayOfMonth] = datePattern.exec(text) ?? [];
  const from = year === undefined ? undefined : dayOf(year, month, dayOfMonth);
  return from === undefined ? undefined : { from, to: from + day - 1 };
}

function parseTime(text: string): Stretch | undefined {
  const [, hours, minutes, seconds, fraction] = timePattern.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const from = Number(hours) * hour + Number(minutes ?? 0) * minute +
    Number(seconds ?? 0) * second + Number((fraction ?? "").padEnd(6, "0"));
  const precision = fraction !== undefined
    ? 10 ** (6 - fraction.length)
    : seconds !== undefined
    ? second
    : minutes !== undefined
    ? minute
    : hour;
  return { from, to: from + precision - 1 };
}

function parseDateTime(text: string): Stretch | undefined {
  const [, year, month, dayOfMonth, time, suffix] = dateTimePattern.exec(text) ?? [];
  const from = year === undefined ? undefined : dayOf(year, month, dayOfMonth);
  if (year === undefined || from === undefined) return undefined;
  const offset = suffix === undefined ? undefined : parseOffset(suffix);
  if (suffix !== undefined && offset === undefined) return undefined;
  const zone = offset === undefined ? {} : { offset };
  if (time !== undefined) {
    const within = parseTime(time);
    return within && { from: from + within.from, to: from + within.to, ...zone };
  }
  const next = dayOfMonth !== undefined
    ? from + day
    : month !== undefined
    ? microseconds(Number(year), Number(month), 1)
    : microseconds(Number(year) + 1, 0, 1);
  return { from, to: next - 1, ...zone };
}

/** The first microsecond of a day, of a month's first day or of a year's. */
function dayOf(year: string, month = "01", dayOfMonth = "01"): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(dayOfMonth)];
  // Date.UTC() takes the years before 100 as of the last century.
  if (y < 100 || m < 1 || m > 12 || d < 1 || d > 31) return undefined;
  return microseconds(y, m - 1, d);
}

function microseconds(year: number, monthIndex: number, dayOfMonth: number): number {
  return Date.UTC(year, monthIndex, dayOfMonth) * 1000;
}

/** Compares in UTC where both sides tell their offset, else as the clocks on the wall show. */
function overlap(a: Stretch, b: Stretch, aDefault?: number, bDefault?: number): boolean {
  const [aOffset, bOffset] = [a.offset ?? aDefault, b.offset ?? bDefault];
  const shift = aOffset !== undefined && bOffset !== undefined ? aOffset - bOffset : 0;
  return a.from <= b.to + shift && b.from + shift <= a.to;
}
