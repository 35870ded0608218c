/**
 * Keys with dates and times: single values and ranges (PS3.4 sections C.2.2.2.1 and C.2.2.2.5).
 *
 * A key must have the form of the standard. Values of an answer are read more leniently (`read_time.ts`).
 *
 * @module
 */
import {
  day,
  readDate,
  readDateTime,
  readTime,
  type Stretch,
  stretchOf,
  type TimeReading,
} from "./read_time.ts";

/** The VRs of dates and times. */
export type TemporalVr = "DA" | "TM" | "DT";

/** The stretch of time that a key covers, in microseconds. Open ends are infinite. */
export interface Asked extends Stretch {
  /** The offset from UTC of its times, if the key has one. */
  readonly offset?: number;
}

const always: Stretch = { from: -Infinity, to: Infinity };

const forms: Readonly<Record<TemporalVr, RegExp>> = {
  DA: /^\d{4}(?:\d{4}\.?|\.\d{2}\.\d{2})$/,
  TM: /^\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?)?$/,
  DT: /^\d{4}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)?)?(?:[+-]\d{4})?$/,
};

/**
 * Reads the value of a key with VR DA, TM or DT.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseAsked } from "./match_time.ts";
 * import { hour } from "./read_time.ts";
 *
 * assertEquals(parseAsked("TM", "09-1000")?.from, 9 * hour);
 * assertEquals(parseAsked("TM", "noon"), undefined);
 * ```
 *
 * @param vr The key's VR.
 * @param key The value: a single one, or a range with one or both ends.
 * @returns The stretch that it covers; `undefined` if the value is no date or time.
 */
export function parseAsked(vr: TemporalVr, key: string): Asked | undefined {
  const text = key.trim();
  const single = parseEnd(vr, text);
  if (single) return single;
  // The last hyphen with two readable ends separates the range, because offsets from UTC have hyphens as
  // well.
  for (let at = text.lastIndexOf("-"); at >= 0; at = at > 0 ? text.lastIndexOf("-", at - 1) : -1) {
    const [first, last] = [text.slice(0, at), text.slice(at + 1)];
    const from: Asked | undefined = first === "" ? always : parseEnd(vr, first);
    const to: Asked | undefined = last === "" ? always : parseEnd(vr, last);
    if (!from || !to || (first === "" && last === "")) continue;
    const offset = from.offset ?? to.offset;
    const toInFirstOffset = to.to - (to.offset ?? offset ?? 0) + (offset ?? 0);
    return { from: from.from, to: toInFirstOffset, ...(offset !== undefined && { offset }) };
  }
  return undefined;
}

/**
 * Combines a range of dates and a range of times into one range (PS3.4 Table K.6-1, section C.2.2.2.5.1). It
 * begins at the first time of the first day and ends at the last time of the last day.
 *
 * @param dates The range of dates.
 * @param times The range of times.
 * @returns The stretch that both cover; `undefined` if they are not both ranges.
 */
export function parseCombined(dates: string, times: string): Stretch | undefined {
  const [days, hours] = [parseAsked("DA", dates), parseAsked("TM", times)];
  if (!days || !hours || !dates.includes("-") || !times.includes("-")) return undefined;
  const lastDay = days.to - day + 1;
  return {
    from: days.from + Math.max(hours.from, 0),
    to: lastDay + Math.min(hours.to, day - 1),
  };
}

/**
 * True if a text is a time of day exactly as PS3.5 section 6.2 writes it.
 *
 * @param text The text.
 */
export function isPlainTime(text: string): boolean {
  return parseEnd("TM", text.trim()) !== undefined;
}

/**
 * True if two stretches of time have a moment in common.
 *
 * @param one A stretch.
 * @param other Another.
 */
export function overlap(one: Stretch, other: Stretch): boolean {
  return one.from <= other.to && other.from <= one.to;
}

function parseEnd(vr: TemporalVr, text: string): Asked | undefined {
  if (!forms[vr].test(text)) return undefined;
  if (vr === "TM") return withoutUnknown(readTime(text.replaceAll(":", "")));
  if (vr === "DT") return withoutUnknown(readDateTime(text));
  const date = readDate(text);
  return date && stretchOf(date);
}

function withoutUnknown(reading: TimeReading | undefined): Asked | undefined {
  if (reading === undefined) return undefined;
  const { from, to, offset } = reading;
  return offset === undefined ? { from, to } : { from, to, offset };
}
