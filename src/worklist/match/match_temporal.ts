/**
 * Judges the dates and times of an item by keys.
 *
 * A date and the time beside it are one moment. If an answer has them in another time zone than the query
 * (Timezone Offset From UTC, PS3.4 section K.4.1.1.3.2), both move together, and the date may change.
 *
 * @module
 */
import type { DataElement, DataSet } from "../../dicom/data_set.ts";
import { lookupKeyword, lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { Tag } from "../../dicom/tag.ts";
import { type Asked, overlap, parseAsked, parseCombined, type TemporalVr } from "./match_time.ts";
import { better, type Outcome } from "./outcome.ts";
import {
  type DateReading,
  day,
  readDate,
  readDateTime,
  readOffset,
  readTime,
  type Stretch,
  stretchOf,
  type TimeReading,
} from "./read_time.ts";
import { textsOf } from "./texts.ts";
import { anywhere, moved, offsetAt, type Zone } from "./zone.ts";

/**
 * The time zone of an item's dates and times. `unknown` if nothing names it, `unreadable` if it cannot be
 * read.
 */
export type ItemZone = Zone | "unknown" | "unreadable";

/** Rules for judging keys with dates and times. */
export interface TemporalContext {
  /** The time zone of the keys; `undefined` if dates and times are compared as written. */
  readonly zone: Zone | undefined;
  /** The present moment, for times without a date. */
  readonly now: Temporal.Instant | undefined;
  readonly absent: Outcome;
  readonly empty: Outcome;
}

/** An outcome and its attribute. */
export interface Finding {
  readonly outcome: Outcome;
  readonly tag: number;
}

/** Judges an item by one key, or by a pair of keys. */
export type TemporalTest = (item: DataSet, zone: ItemZone) => Finding;

/**
 * Finds the time zone of an item.
 *
 * @param item The item.
 * @param outer The time zone of the data set around it.
 */
export function zoneOf(item: DataSet, outer: ItemZone): ItemZone {
  const element = item.get(Tag.TimezoneOffsetFromUTC);
  const [text] = element === undefined ? [] : textsOf(element);
  return text === undefined ? outer : readOffset(text) ?? "unreadable";
}

/**
 * Makes the test of a key with VR DA, TM or DT.
 *
 * @param key The key.
 * @param context The rules for judging it.
 */
export function temporalTest(key: DataElement, context: TemporalContext): TemporalTest {
  const vr = key.vr as TemporalVr;
  const { tag } = key;
  const beside = siblingOf(tag, vr);
  const tests = textsOf(key).map((text): ValueTest => {
    const asked = parseAsked(vr, text);
    if (asked === undefined) return ({ text: value }) => sameText(value, text);
    if (vr === "DT") return (value) => judgeDateTime(asked, value, context);
    return vr === "DA"
      ? (value) => judgeDate(asked, value, tag, context)
      : (value) => judgeTime(asked, value, context);
  });
  return (item, zone) => {
    const found = item.get(tag);
    if (found === undefined) return { outcome: context.absent, tag };
    const values = textsOf(found);
    if (values.length === 0) return { outcome: context.empty, tag };
    const others = beside === undefined ? [] : valuesAt(item, beside);
    let outcome: Outcome = "differs";
    for (const [index, text] of values.entries()) {
      const value = { text, beside: others[index] ?? others[0], zone };
      for (const test of tests) outcome = better(outcome, test(value));
    }
    return { outcome, tag };
  };
}

/**
 * Makes the test of a range of dates and the range of times beside it, as one range.
 *
 * @param dates The key with the dates.
 * @param times The key with the times.
 * @param context The rules for judging them.
 * @returns The test; `undefined` if the keys are not both ranges.
 */
export function combinedTest(
  dates: DataElement,
  times: DataElement,
  context: TemporalContext,
): TemporalTest | undefined {
  const asked = parseCombined(dates.strings[0] ?? "", times.strings[0] ?? "");
  if (asked === undefined) return undefined;
  const onlyDates = temporalTest(dates, context);
  return (item, zone) => {
    const [text] = valuesAt(item, dates.tag);
    const [clock] = valuesAt(item, times.tag);
    if (text === undefined || clock === undefined) {
      // Without a time, only the day can be judged.
      const finding = onlyDates(item, zone);
      if (finding.outcome === "differs") return finding;
      const ofTime = item.has(times.tag) ? context.empty : context.absent;
      return ofTime === "matches" || clock !== undefined
        ? finding
        : { outcome: ofTime, tag: times.tag };
    }
    const date = dateIn(text);
    if (date === undefined) return { outcome: "unreadable", tag: dates.tag };
    const time = readTime(clock);
    const whole = stretchOf(date, time ?? { from: 0, to: day - 1 });
    const outcome = judgeMoment(asked, whole, zoneOfMoment(date, time, zone), context);
    if (time !== undefined || outcome === "differs") return { outcome, tag: dates.tag };
    return { outcome: "unreadable", tag: times.tag };
  };
}

/** The attribute with the times that belong to an attribute with dates, or the reverse: Study Time, Study Date. */
export function siblingOf(tag: number, vr: TemporalVr): number | undefined {
  if (vr === "DT") return undefined;
  const [end, other, otherVr] = vr === "DA" ? [/Date$/, "Time", "TM"] : [/Time$/, "Date", "DA"];
  const name = lookupTag(tag)?.keyword;
  if (name === undefined || !end.test(name)) return undefined;
  const found = lookupKeyword(name.replace(end, other));
  return found?.vr === otherVr ? found.tag : undefined;
}

/** A value to be tested. */
interface Value {
  readonly text: string;
  /** The time beside a date, or the date beside a time. */
  readonly beside: string | undefined;
  readonly zone: ItemZone;
}

type ValueTest = (value: Value) => Outcome;

/** A key that is no date or time equals only the same text. */
function sameText(value: string, key: string): Outcome {
  return value.trim() === key.trim() ? "matches" : "differs";
}

function judgeDateTime(asked: Asked, { text, zone }: Value, context: TemporalContext): Outcome {
  const value = readDateTime(text);
  if (value === undefined) return "unreadable";
  // A key with an offset is compared in that offset. A value without an offset then has the zone of the
  // query.
  const isOfQuery = asked.offset !== undefined && zone === "unknown";
  const own = value.offset ?? (isOfQuery ? context.zone ?? zone : zone);
  return judgeMoment(asked, value, own, { ...context, zone: asked.offset ?? context.zone });
}

function judgeDate(asked: Asked, value: Value, tag: number, context: TemporalContext): Outcome {
  const date = dateIn(value.text);
  if (date === undefined) return "unreadable";
  const time = value.beside === undefined ? undefined : readTime(value.beside);
  const written = overlap(asked, stretchOf(date, wholeDay)) ? "matches" : "differs";
  const zone = zoneOfMoment(date, time, value.zone);
  // A birthday is a calendar day and does not depend on a time zone.
  if (tag === Tag.PatientBirthDate || !moves(zone, context)) return written;
  const outcome = judgeMoment(asked, stretchOf(date, time), zone, context);
  if (outcome === written) return outcome;
  // Without a time, the beginning of the day is unknown.
  if (time === undefined && date.clock === undefined) return "matches";
  // Programs write a date without a time like this. It may also be a moment.
  const isMidnight = date.offset !== undefined && date.clock?.from === 0 && time === undefined;
  return isMidnight ? "unreadable" : outcome;
}

function judgeTime(asked: Asked, value: Value, context: TemporalContext): Outcome {
  const time = readTime(value.text);
  if (time === undefined) return "unreadable";
  const written = overlap(asked, time) ? "matches" : "differs";
  const date = value.beside === undefined ? undefined : dateIn(value.beside);
  const zone = zoneOfMoment(date, time, value.zone);
  if (!moves(zone, context)) return written;
  if (zone === "unreadable") return written === "matches" ? "matches" : "unreadable";
  if (date !== undefined) {
    const stretch = moved(stretchOf(date, time), zone, context.zone);
    return judgeClock(asked, stretch);
  }
  if (context.now === undefined) return written;
  // Without a date, only today's difference between both zones is known.
  const shift = offsetAt(context.zone, context.now) - offsetAt(zone, context.now);
  const stretch = { from: time.from + shift, to: time.to + shift };
  return better(written, judgeClock(asked, stretch));
}

/** Reads a date. `20261127-1128` could also be a range, as a peer repeats it, so it is not read. */
function dateIn(text: string): DateReading | undefined {
  return /^\s*\d{8}\s*-\d{4}\s*$/.test(text) ? undefined : readDate(text);
}

const wholeDay: Stretch = { from: 0, to: day - 1 };

/** The zone of a moment. The offset of the value itself takes precedence over that of the item. */
function zoneOfMoment(
  date: DateReading | undefined,
  time: TimeReading | undefined,
  zone: ItemZone,
): ItemZone {
  return time?.offset ?? date?.offset ?? zone;
}

/** True if a value must move to another zone before it is compared with the keys. */
function moves(
  zone: ItemZone,
  context: TemporalContext,
): context is TemporalContext & { readonly zone: Zone } {
  return context.zone !== undefined && zone !== "unknown" && zone !== context.zone;
}

function judgeMoment(
  asked: Stretch,
  value: Stretch,
  zone: ItemZone,
  context: TemporalContext,
): Outcome {
  const isThere = overlap(asked, value);
  if (!moves(zone, context)) return isThere ? "matches" : "differs";
  if (zone !== "unreadable") {
    return overlap(asked, moved(value, zone, context.zone)) ? "matches" : "differs";
  }
  if (isThere) return "matches";
  return overlap(asked, anywhere(value)) ? "unreadable" : "differs";
}

/** Judges a time of day. A stretch with a midnight in it is judged as two. */
function judgeClock(asked: Stretch, { from, to }: Stretch): Outcome {
  if (to - from >= day - 1) return "matches";
  const start = modulo(from);
  const end = start + (to - from);
  const isThere = overlap(asked, { from: start, to: Math.min(end, day - 1) }) ||
    (end >= day && overlap(asked, { from: 0, to: end - day }));
  return isThere ? "matches" : "differs";
}

function modulo(microseconds: number): number {
  return ((microseconds % day) + day) % day;
}

function valuesAt(item: DataSet, tag: number): string[] {
  const element = item.get(tag);
  return element === undefined ? [] : textsOf(element);
}
