/**
 * When a query is due: cron expressions of 5 or 6 fields and `every 30s`, in a time zone, with the
 * times of day at which a peer must be left alone.
 *
 * Cron fields are local times. Where clocks go forward, a time of day that does not exist fires at
 * the end of the gap; where they go back, a single time of day fires once, a repeating one (`*`, ranges,
 * steps) goes on through both hours.
 *
 * @module
 */
import { Cron } from "croner";
import { formatDuration, parseDuration } from "../../base/duration.ts";

/** The moments at which a query is due. */
export interface Schedule {
  /** The text that it was made from. */
  readonly text: string;
  /** True if it is due at once when the daemon starts, as `every 30s` is. */
  readonly dueAtStart: boolean;
  /**
   * Finds the first moment strictly after another.
   *
   * @param after The moment to search from.
   * @returns The moment, or `undefined` where there is none (30 February).
   */
  next(after: Temporal.Instant): Temporal.Instant | undefined;
}

/** A daily range of local times, such as `02:00-02:20`; it may cross midnight. */
export interface Blackout {
  readonly start: Temporal.PlainTime;
  readonly end: Temporal.PlainTime;
}

const shortestMs = 100;
/** After this number of ticks in blackout ranges, one after the other, all are taken to lie in them. */
const mostSkipped = 1_000;

/**
 * Reads a schedule.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseSchedule } from "./schedule.ts";
 *
 * const daily = parseSchedule("0 7 * * *", "Europe/Berlin");
 * const due = daily.next(Temporal.Instant.from("2026-01-01T12:00:00Z"));
 * assertEquals(String(due), "2026-01-02T06:00:00Z");
 * ```
 *
 * @param text A cron expression of 5 or 6 fields (the first of 6 is seconds), or `every` and a duration.
 * @param timeZone The IANA time zone of the cron fields.
 * @returns The schedule.
 * @throws {SyntaxError} If the text is neither.
 */
export function parseSchedule(text: string, timeZone: string): Schedule {
  const every = /^every\s+(\S+)$/.exec(text.trim())?.[1];
  return every === undefined ? parseCron(text.trim(), timeZone) : parseEvery(text, every);
}

/**
 * Reads a blackout range.
 *
 * @param text Two local times of day, such as `02:00-02:20` or `23:30-00:30`.
 * @returns The range: the start is in it, the end is not.
 * @throws {SyntaxError} If the text is not a range of two different times.
 */
export function parseBlackout(text: string): Blackout {
  const times = /^(\d\d:\d\d(?::\d\d)?)\s*-\s*(\d\d:\d\d(?::\d\d)?)$/.exec(text.trim());
  try {
    const start = Temporal.PlainTime.from(times?.[1] ?? "");
    const end = Temporal.PlainTime.from(times?.[2] ?? "");
    if (!start.equals(end)) return { start, end };
  } catch {
    // Said below, in our words.
  }
  throw new SyntaxError("not a range of two times of day: write it as 02:00-02:20");
}

/**
 * Finds the end of the blackout range in which a moment lies.
 *
 * @param blackouts The ranges.
 * @param instant The moment.
 * @param timeZone The IANA time zone of the ranges.
 * @returns The first moment after the range, or `undefined` where the moment lies in none.
 */
export function blackoutEnd(
  blackouts: readonly Blackout[],
  instant: Temporal.Instant,
  timeZone: string,
): Temporal.Instant | undefined {
  if (blackouts.length === 0) return undefined;
  const local = instant.toZonedDateTimeISO(timeZone);
  const range = blackouts.find((range) => holds(range, local.toPlainTime()));
  if (range === undefined) return undefined;
  const { hour, minute, second } = range.end;
  const end = local.with({ hour, minute, second, millisecond: 0, microsecond: 0, nanosecond: 0 });
  const passed = Temporal.Instant.compare(end.toInstant(), instant) <= 0;
  return (passed ? end.add({ days: 1 }) : end).toInstant();
}

/**
 * Leaves out the moments of a schedule that lie in blackout ranges. A period goes on at the end of a range: with
 * `every 1h` and a blackout until 02:20, a poll that was due at 02:10 is made at 02:20.
 *
 * @param schedule The schedule.
 * @param blackouts The ranges.
 * @param timeZone The IANA time zone of the ranges.
 * @returns The schedule without them.
 */
export function withBlackouts(
  schedule: Schedule,
  blackouts: readonly Blackout[],
  timeZone: string,
): Schedule {
  if (blackouts.length === 0) return schedule;
  return {
    ...schedule,
    next(after): Temporal.Instant | undefined {
      let due = schedule.next(after);
      for (let skipped = 0; due !== undefined && skipped < mostSkipped; skipped++) {
        const end = blackoutEnd(blackouts, due, timeZone);
        if (end === undefined) return due;
        due = schedule.dueAtStart ? end : schedule.next(end.subtract({ nanoseconds: 1 }));
      }
      return undefined;
    },
  };
}

function holds({ start, end }: Blackout, time: Temporal.PlainTime): boolean {
  const started = Temporal.PlainTime.compare(time, start) >= 0;
  const ended = Temporal.PlainTime.compare(time, end) >= 0;
  return Temporal.PlainTime.compare(start, end) < 0 ? started && !ended : started || !ended;
}

function parseCron(text: string, timeZone: string): Schedule {
  const fields = text === "" ? 0 : text.split(/\s+/).length;
  if (fields !== 5 && fields !== 6) {
    throw new SyntaxError(
      "not a schedule: write a cron expression of 5 or 6 fields, or a period such as: every 30s",
    );
  }
  let cron: Cron;
  try {
    cron = new Cron(text, { timezone: timeZone });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Cron\w*: /, "") : "";
    throw new SyntaxError(`not a cron expression: ${reason}`, { cause: error });
  }
  return {
    text,
    dueAtStart: false,
    next(after): Temporal.Instant | undefined {
      const due = cron.nextRun(new Date(after.epochMilliseconds));
      return due === null ? undefined : Temporal.Instant.fromEpochMilliseconds(due.getTime());
    },
  };
}

function parseEvery(text: string, period: string): Schedule {
  const periodMs = parseDuration(period);
  if (periodMs < shortestMs) {
    throw new SyntaxError(`not a schedule: the shortest period is ${formatDuration(shortestMs)}`);
  }
  return { text, dueAtStart: true, next: (after) => after.add({ milliseconds: periodMs }) };
}
