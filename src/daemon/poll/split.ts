/**
 * Asks in parts where a peer cuts its answers short: the window of dates is halved until no part reaches
 * the count at which the peer cuts.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { Tag } from "../../dicom/tag.ts";
import { formatKeyPath, getAt, type KeyPath, parseKeyPath } from "../../query/key_path.ts";

/** A window of dates in a query's keys, to the second, both ends in it. */
export interface DateWindow {
  /** The key with the dates, of VR DA or DT. */
  readonly path: KeyPath;
  /** The key with the times of those dates, where one day can be divided by it. */
  readonly timePath: KeyPath | undefined;
  /** The first moment; undefined where the window has no beginning. */
  readonly from: Temporal.PlainDateTime | undefined;
  /** The last moment; undefined where the window has no end. */
  readonly to: Temporal.PlainDateTime | undefined;
  /** The number of days that are cut off at the only end of a window. @default {1} */
  readonly reachDays?: number;
}

/**
 * Finds the window of dates by which a query can be divided: when something is done before when someone was born.
 *
 * @param keys The keys of the query, dates resolved.
 * @returns The window; `undefined` where no key has a date or a range of dates.
 */
export function dateWindowOf(keys: DataSet): DateWindow | undefined {
  const windows = [...dateWindows(keys)];
  return windows.find(({ path }) => path.at(-1)?.tag !== Tag.PatientBirthDate) ?? windows[0];
}

function* dateWindows(keys: DataSet): Generator<DateWindow> {
  for (const { path, vr, text } of dateKeys(keys, [])) {
    const [first = "", last = first] = text.split("-");
    const from = parseMoment(first, "000000");
    const to = parseMoment(last, "235959");
    if ((from === undefined && first !== "") || (to === undefined && last !== "")) continue;
    yield { path, timePath: vr === "DA" ? timeKey(keys, path) : undefined, from, to };
  }
}

/**
 * Divides a window in two. Times in parts of a day have the border in common: one that is not written to the
 * second, such as `1200` or `115959.5`, would else fall between both where a peer compares text. Of a window with
 * one end a day is cut off there, then two, then four, as nobody knows how far it goes.
 *
 * @param window The window.
 * @param minMs The shortest part, in milliseconds.
 * @returns Both halves, or nothing where they would be shorter.
 */
export function halvesOf(window: DateWindow, minMs: number): readonly DateWindow[] {
  const { path, timePath, from, to } = window;
  if (from === undefined || to === undefined) return daysAtEnd(window);
  const hasTimes = vrAt(path) === "DT" || timePath !== undefined;
  const days = from.toPlainDate().until(to.toPlainDate()).days;
  if (days > 0 && vrAt(path) === "DA") {
    const end = from.toPlainDate().add({ days: Math.floor((days - 1) / 2) })
      .toPlainDateTime(Temporal.PlainTime.from("23:59:59"));
    return [{ ...window, to: end }, { ...window, from: end.add({ seconds: 1 }) }];
  }
  const seconds = from.until(to).total("seconds") + 1;
  if (!hasTimes || seconds <= 2 || seconds * 1000 < 2 * minMs) return [];
  const middle = from.add({ seconds: Math.floor(seconds / 2) });
  return [{ ...window, to: middle }, { ...window, from: middle }];
}

/** These days, and the rest with its open end; nothing if no calendar goes that far. */
function daysAtEnd(window: DateWindow): readonly DateWindow[] {
  const { path, from, to, reachDays = 1 } = window;
  const end = from ?? to;
  if (end === undefined) return [];
  const rest = { ...window, reachDays: 2 * reachDays };
  const border = end.toPlainDate().add({ days: from === undefined ? 1 - reachDays : reachDays });
  if (border.year < 1 || border.year > 9999) return [];
  const midnight = border.toPlainDateTime();
  const before = vrAt(path) === "DT" ? midnight : midnight.subtract({ seconds: 1 });
  return from === undefined
    ? [{ ...window, from: midnight }, { ...rest, to: before }]
    : [{ ...window, to: before }, { ...rest, from: midnight }];
}

/**
 * Returns true if a window is a part of one day.
 *
 * @param window The window.
 */
export function isByTime({ timePath, from, to }: DateWindow): boolean {
  return timePath !== undefined && from !== undefined && to !== undefined &&
    (tmText(from) !== "000000" || tmText(to) !== "235959");
}

/**
 * Writes a window as keys.
 *
 * @param window The window.
 * @returns Key paths and values: to be put in the place of the query's own.
 */
export function keysFor(window: DateWindow): Record<string, string> {
  const { path, timePath, from, to } = window;
  const isDateTime = vrAt(path) === "DT";
  const first = from === undefined ? "" : isDateTime ? firstMoment(from) : daText(from);
  const last = to === undefined ? "" : isDateTime ? lastMoment(to) : daText(to);
  const keys = { [formatKeyPath(path)]: first === last ? first : `${first}-${last}` };
  if (timePath === undefined || from === undefined || to === undefined || !isByTime(window)) {
    return keys;
  }
  return { ...keys, [formatKeyPath(timePath)]: timesOf(from, to) };
}

/**
 * Times of a part of a day. The day's own ends are left open: `0000` is before `000000`, and `235959.5` after
 * `235959`, if a peer compares text.
 */
function timesOf(from: Temporal.PlainDateTime, to: Temporal.PlainDateTime): string {
  const [first, last] = [tmText(from), tmText(to)];
  return `${first === "000000" ? "" : first}-${last === "235959" ? "" : last}`;
}

/** A window's first moment: `20260301` stands before `202603010000`, too, where a peer compares text. */
function firstMoment(moment: Temporal.PlainDateTime): string {
  const time = tmText(moment);
  return daText(moment) + (time === "000000" ? "" : time);
}

/** A window's last moment: the whole of a day's last second is in it. */
function lastMoment(moment: Temporal.PlainDateTime): string {
  const time = tmText(moment);
  return daText(moment) + (time === "235959" ? `${time}.999999` : time);
}

function* dateKeys(
  keys: DataSet,
  parents: KeyPath,
): Generator<{ path: KeyPath; vr: "DA" | "DT"; text: string }> {
  for (const element of keys.elements()) {
    const path = [...parents, { tag: element.tag }];
    const { vr } = element;
    if (vr === "SQ") { for (const item of element.items) yield* dateKeys(item, path); }
    else if (vr === "DA" || vr === "DT") {
      const text = keys.strings(element.tag).join("\\");
      if (text !== "") yield { path, vr, text };
    }
  }
}

/** The key with the times of a date, where the query leaves it free: Study Time of Study Date. */
function timeKey(keys: DataSet, path: KeyPath): KeyPath | undefined {
  const name = formatKeyPath(path);
  if (!name.endsWith("Date")) return undefined;
  try {
    const timePath = parseKeyPath(name.replace(/Date$/, "Time"));
    return getAt(keys, timePath) === undefined ? timePath : undefined;
  } catch {
    return undefined;
  }
}

function parseMoment(text: string, time: string): Temporal.PlainDateTime | undefined {
  const digits = /^\d{8}$/.test(text) ? text + time : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  try {
    return Temporal.PlainDateTime.from({ year, month, day, hour, minute, second }, {
      overflow: "reject",
    });
  } catch {
    return undefined;
  }
}

function vrAt(path: KeyPath): string | undefined {
  return lookupTag(path.at(-1)?.tag ?? 0)?.vr;
}

function daText(moment: Temporal.PlainDateTime): string {
  return moment.toPlainDate().toString().replaceAll("-", "");
}

function tmText(moment: Temporal.PlainDateTime): string {
  return moment.toPlainTime().toString({ smallestUnit: "second" }).replaceAll(":", "");
}
