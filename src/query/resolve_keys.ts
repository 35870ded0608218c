/**
 * Keys on their way from what a person wrote to values that can be sent.
 *
 * @module
 */

import { isMap } from "../base/is_map.ts";
import { Tag } from "../dicom/tag.ts";
import type { Vr } from "../dicom/vr.ts";
import { requireTemporal, type ResolveContext, resolveValue } from "./date_window.ts";
import type { KeyProblem, Keys, KeyValue, QueryDefinition } from "./query_definition.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "./key_path.ts";
import { problemOfValue, vrOfKey } from "./key_value.ts";
import { models } from "./model.ts";

/** A key with its path read and its value still as it was written. */
export interface WrittenKey {
  readonly path: KeyPath;
  readonly trail: readonly string[];
  readonly vr: Vr;
  readonly text: string;
}

/** A key with its value resolved: what to send, and what is meant. */
export interface ResolvedKey extends WrittenKey {
  readonly sent: string;
  readonly meant: string;
}

/**
 * Reads the paths of keys.
 *
 * @param keys The keys as they were written.
 * @param trail The names of the maps around them.
 * @param problems Gets those whose path cannot be read.
 */
export function* writtenKeys(
  keys: Keys,
  trail: readonly string[],
  problems: KeyProblem[],
): Generator<WrittenKey> {
  for (const [name, value] of Object.entries(keys)) {
    const names = [...trail, name];
    if (isMap(value) && Object.keys(value).length > 0) {
      yield* writtenKeys(value, names, problems);
      continue;
    }
    try {
      // An empty map is an item without attributes.
      const path = parseKeyPath(names.join(".") + (isMap(value) ? "[0]" : ""));
      yield { path, trail: names, vr: vrOfKey(path.at(-1)?.tag ?? 0), text: textOf(value) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push({ path: names, message: error.message });
    }
  }
}

function textOf(value: KeyValue): string {
  if (value === null || isMap(value)) return "";
  return Array.isArray(value) ? value.join("\\") : String(value);
}

/**
 * Resolves the values of keys, dates before the times that depend on them.
 *
 * @param written The keys.
 * @param query The nested maps around them.
 * @param context The present moment and the time zone.
 * @param problems Gets those whose value is wrong.
 * @returns The keys that are right.
 */
export function resolveKeys(
  written: readonly WrittenKey[],
  { model, recheck = false, peerTimeZone }: QueryDefinition,
  context: ResolveContext,
  problems: KeyProblem[],
): ResolvedKey[] {
  const { combinesDateAndTime } = models[model];
  const resolved = new Map<string, ResolvedKey>();
  // Dates before times, whose meaning can depend on them.
  const ordered = [...written].sort((a, b) => Number(a.vr === "TM") - Number(b.vr === "TM"));
  for (const key of ordered) {
    const name = formatKeyPath(key.path);
    try {
      if (resolved.has(name)) throw new SyntaxError("it is given twice");
      const date = resolved.get(pathOfDate(key))?.meant;
      const meant = resolveKey(key, date, combinesDateAndTime, context);
      const problem = problemOfValue(key.vr, meant);
      if (problem) throw new SyntaxError(problem);
      const isWithheld = combinesDateAndTime && recheck && key.vr === "TM" && isRange(meant) &&
        isOfSeveralDays(date);
      const isElsewhere = recheck && peerTimeZone !== undefined &&
        peerTimeZone !== context.timeZone;
      const sent = isWithheld ? "" : isElsewhere ? widened(key, meant) : meant;
      resolved.set(name, { ...key, meant, sent });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push({ path: key.trail, message: error.message });
    }
  }
  return [...resolved.values()];
}

/**
 * A window of `now` in a time key may lie on another day if the date key beside it names that day, and may cross
 * midnight if it spans the same days and both together are one period (PS3.4 Table K.6-1).
 */
function resolveKey(
  key: WrittenKey,
  date: string | undefined,
  combinesDateAndTime: boolean,
  context: ResolveContext,
): string {
  if (key.vr === "TM" && date && nowWindow.test(key.text)) {
    const [from = "", to = ""] = resolveValue(key.text, "DT", context).split("-");
    const days = [from.slice(0, 8), to.slice(0, 8)];
    const isOnePeriod = combinesDateAndTime || days[0] === days[1];
    if (isOnePeriod && date === days.join("-")) return `${from.slice(8)}-${to.slice(8)}`;
  }
  return resolveValue(key.text, key.vr, context);
}

/** With an end at least, and nothing but `now` in it. */
const nowWindow = /^\s*(?:now[^.]*\.\.\s*(?:now.*)?|\.\.\s*now.*)$/i;

/** The path of the date that a time belongs to: Study Time to Study Date. */
function pathOfDate({ path, vr }: WrittenKey): string {
  return vr === "TM" ? formatKeyPath(path).replace(/Time$/, "Date") : "";
}

function isRange(text: string): boolean {
  return text.includes("-");
}

function isOfSeveralDays(date: string | undefined): boolean {
  if (date === undefined || !isRange(date)) return false;
  const [from, to] = date.split("-");
  return from !== to;
}

/** Makes of a key what a peer in any other time zone must be asked for: days before and after, and any time. */
function widened({ path, vr }: WrittenKey, meant: string): string {
  if (vr === "TM") return "";
  const isDay = vr === "DA" && path.at(-1)?.tag !== Tag.PatientBirthDate;
  if (!isDay && vr !== "DT") return meant;
  const [, first, dash, last] = /^(\d{8})?\d*(-)?(\d{8})?\d*$/.exec(meant) ?? [];
  if (first === undefined && last === undefined) return meant;
  const from = first === undefined ? "" : shifted(first, -1);
  const to = dash === undefined ? first : last;
  return `${from}-${to === undefined ? "" : shifted(to, 1)}`;
}

/** A date some days later. */
function shifted(date: string, days: number): string {
  requireTemporal();
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  try {
    return Temporal.PlainDate.from(iso).add({ days }).toString().replaceAll("-", "");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyntaxError("there is no such day");
  }
}
