/**
 * Relative dates and times in query keys, resolved to plain DICOM values.
 *
 * `today`, `today-1`, `now-2h30m` and windows of them, `a..b`, `a..`, `..b`, become the values and ranges of
 * PS3.4 section C.2.2.2.5 for VR DA, TM and DT. Everything else is passed on as it is.
 * Pure: the present moment is an argument.
 *
 * @module
 */

import type { Vr } from "../dicom/vr.ts";

/** The present moment and the time zone in which `today` and `now` are read. */
export interface ResolveContext {
  readonly now: Temporal.Instant;
  /** An IANA name such as `Europe/Berlin`, or an offset such as `+01:00`. */
  readonly timeZone: string;
}

type DateVr = "DA" | "TM" | "DT";

/** One end of a window: a plain DICOM value, or a wall clock time, exact when it came from `now`. */
interface End {
  readonly plain?: string;
  readonly wall?: Temporal.PlainDateTime;
  readonly exact?: Temporal.ZonedDateTime;
}

const relativePattern = /^(today|now)(?:\s*([+-])\s*(\w+))?$/i;
const durationPattern =
  /^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/i;
const plainPatterns: Record<DateVr, RegExp> = {
  DA: /^\d{8}$/,
  TM: /^\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?$/,
  DT: /^\d{4}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)?)?(?:[+-]\d{4})?$/,
};
const forms: Record<DateVr, string> = {
  DA: "YYYYMMDD, YYYYMMDD-YYYYMMDD, today, today+1 (for tomorrow) or today-1..today+7",
  TM: "HHMMSS, HHMMSS-HHMMSS, now or now-2h..now+30m",
  DT: "YYYYMMDDHHMMSS, a range of these, today, now or now-2h..now+30m",
};
const dayStart = "00:00:00";
const dayEnd = "23:59:59";

/**
 * Resolves the relative dates and times in the text of a key.
 *
 * - `today`, `today-1`, `today+7`: days in the time zone. In a DT key, the whole day.
 * - `now`, `now-15m`, `now+2h30m`, `now-1d`: weeks and days (`w`, `d`) are calendar days, hours, minutes and
 *   seconds (`h`, `m`, `s`) exact, so both edges of daylight saving time are what a person expects.
 * - `a..b`, `a..`, `..b`: a range that includes its ends, which may also be plain values.
 *
 * A TM range cannot cross midnight (PS3.4 section C.2.2.2.5.2): a window of `now` in a TM key is cut at the
 * borders of the present day. Where the clocks go back inside a window, the range covers the repeated hour
 * whole, since a wall clock range cannot name half of it. DT values carry no offset from UTC.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resolveValue } from "./date_window.ts";
 *
 * const now = Temporal.Instant.from("2026-03-01T23:30:00Z");
 * const berlin = { now, timeZone: "Europe/Berlin" };
 * assertEquals(resolveValue("today..today+1", "DA", berlin), "20260302-20260303");
 * assertEquals(resolveValue("now-2h..now", "DT", berlin), "20260301223000-20260302003000");
 * assertEquals(resolveValue("now-2h..now", "TM", berlin), "000000-003000");
 * ```
 *
 * @param text The key's value; several values are parted by `\`.
 * @param vr The key's VR; only DA, TM and DT are resolved.
 * @param context The present moment and the time zone.
 * @returns The value to send.
 * @throws {SyntaxError} If a relative date or a window cannot be read, or ends before it begins; the
 * message does not repeat the value.
 */
export function resolveValue(text: string, vr: Vr, context: ResolveContext): string {
  if (vr !== "DA" && vr !== "TM" && vr !== "DT") return text;
  if (!isRelative(text)) return text;
  requireTemporal();
  return text.split("\\").map((value) => resolveOne(value.trim(), vr, context)).join("\\");
}

/**
 * Returns true if a key's text has a relative date, time or window in it.
 *
 * @param text The key's value.
 * @returns True if `resolveValue` would change it; also true for misspelt ones, which it then refuses.
 */
export function isRelative(text: string): boolean {
  return text.includes("..") || /[a-z]/i.test(text);
}

/**
 * Throws if the runtime cannot compute with dates.
 *
 * @throws {SyntaxError} If there is no `Temporal`: Node 24 has none.
 */
export function requireTemporal(): void {
  if (typeof Temporal !== "undefined") return;
  throw new SyntaxError(
    "this runtime has no Temporal, which relative dates and times need. " +
      "Give plain DICOM values such as 20260301, or load a Temporal polyfill first",
  );
}

function resolveOne(text: string, vr: DateVr, context: ResolveContext): string {
  const dots = text.indexOf("..");
  if (dots >= 0) {
    const from = parseEnd(text.slice(0, dots).trim(), vr, context, dayStart);
    const to = parseEnd(text.slice(dots + 2).trim(), vr, context, dayEnd);
    return formatRange(from, to, vr, context);
  }
  if (!isRelative(text)) return text;
  const from = parseEnd(text, vr, context, dayStart);
  // A day is no single DT value but the range of its seconds.
  return vr === "DT" && !from.exact
    ? formatRange(from, parseEnd(text, vr, context, dayEnd), vr, context)
    : formatEnd(from, vr);
}

function parseEnd(
  text: string,
  vr: DateVr,
  context: ResolveContext,
  time: string,
): End {
  if (text === "") return {};
  if (plainPatterns[vr].test(text)) return { plain: text };
  const [, word, sign, amount] = relativePattern.exec(text) ?? [];
  const now = context.now.toZonedDateTimeISO(context.timeZone);
  if (word?.toLowerCase() === "now") {
    const duration = parseDuration(amount ?? "0s", vr);
    const exact = sign === "-" ? now.subtract(duration) : now.add(duration);
    return { exact, wall: exact.toPlainDateTime() };
  }
  if (!word || vr === "TM") throw unreadable(vr);
  const days = Number(/^\d{1,5}$/.exec(amount ?? "0")?.[0]);
  if (Number.isNaN(days)) throw unreadable(vr);
  const date = now.toPlainDate().add({ days: sign === "-" ? -days : days });
  return { wall: date.toPlainDateTime(time) };
}

function parseDuration(text: string, vr: DateVr): Temporal.Duration {
  const parts = durationPattern.exec(text)?.slice(1);
  if (!parts) throw unreadable(vr);
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) =>
    Number(part ?? 0)
  );
  return Temporal.Duration.from({ weeks, days, hours, minutes, seconds });
}

function formatRange(from: End, to: End, vr: DateVr, context: ResolveContext): string {
  [from, to] = overRepeatedHour(from, to);
  if (vr === "TM") [from, to] = withinDay(from, to, context);
  const [first, last] = [formatEnd(from, vr), formatEnd(to, vr)];
  if (first.slice(0, last.length) > last) {
    throw new SyntaxError("Cannot use a window that ends before it begins");
  }
  return first === "" && last === "" ? "" : `${first}-${last}`;
}

/** From the earliest to the latest that the clock on the wall shows, also where it goes back inside the window. */
function overRepeatedHour(from: End, to: End): [End, End] {
  if (!from.exact || !to.exact) return [from, to];
  const change = to.exact.getTimeZoneTransition("previous");
  if (!change || Temporal.ZonedDateTime.compare(change, from.exact) <= 0) return [from, to];
  const before = change.subtract({ seconds: 1 }).toPlainDateTime();
  const after = change.toPlainDateTime();
  return [
    { wall: earlier(from.exact.toPlainDateTime(), after) },
    { wall: later(to.exact.toPlainDateTime(), before) },
  ];
}

function withinDay(from: End, to: End, context: ResolveContext): [End, End] {
  const today = context.now.toZonedDateTimeISO(context.timeZone).toPlainDate();
  const [start, end] = [today.toPlainDateTime(dayStart), today.toPlainDateTime(dayEnd)];
  const isPast = to.wall && Temporal.PlainDateTime.compare(to.wall, start) < 0;
  const isFuture = from.wall && Temporal.PlainDateTime.compare(from.wall, end) > 0;
  if (isPast || isFuture) {
    throw new SyntaxError(
      "Cannot use a window of times that can lie wholly on another day, near midnight: " +
        "give the date key beside it the same window",
    );
  }
  return [
    from.wall ? { wall: later(from.wall, start) } : from,
    to.wall ? { wall: earlier(to.wall, end) } : to,
  ];
}

function formatEnd({ plain, wall }: End, vr: DateVr): string {
  if (plain !== undefined) return plain;
  if (!wall) return "";
  const date = digits(wall.year, 4) + digits(wall.month, 2) + digits(wall.day, 2);
  const time = digits(wall.hour, 2) + digits(wall.minute, 2) + digits(wall.second, 2);
  return vr === "DA" ? date : vr === "TM" ? time : date + time;
}

function unreadable(vr: DateVr): SyntaxError {
  return new SyntaxError(`Cannot read the value: a ${vr} key takes ${forms[vr]}`);
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}

function earlier(a: Temporal.PlainDateTime, b: Temporal.PlainDateTime): Temporal.PlainDateTime {
  return Temporal.PlainDateTime.compare(a, b) <= 0 ? a : b;
}

function later(a: Temporal.PlainDateTime, b: Temporal.PlainDateTime): Temporal.PlainDateTime {
  return Temporal.PlainDateTime.compare(a, b) >= 0 ? a : b;
}
