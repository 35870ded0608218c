/**
 * The age of a worklist as text, and as the note that stations show.
 *
 * @module
 */
import { DataSet, element } from "../dicom/data_set.ts";
import { lookupTag } from "../dicom/dictionary/dictionary.ts";
import type { KeyPath } from "../query/key_path.ts";

/**
 * Writes an age in ASCII, rounded for people.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatAge } from "./age_note.ts";
 *
 * assertEquals(formatAge(29_000), "29 s");
 * assertEquals(formatAge(8 * 3_600_000 + 5 * 60_000), "8 h 5 min");
 * ```
 *
 * @param ms The age in milliseconds.
 */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ""}`;
  return `${Math.floor(hours / 24)} d${hours % 24 > 0 ? ` ${hours % 24} h` : ""}`;
}

/** The most characters of a value, PS3.5 Table 6.2-1. */
const longest: Readonly<Record<string, number>> = { SH: 16, LO: 64, ST: 1024, LT: 10_240 };

/**
 * Puts the age of a stale list before the text of an attribute, if the data set has the attribute. Nothing
 * else is changed.
 *
 * @param dataSet The data set to return. It is changed in place.
 * @param path The attribute.
 * @param ageMs The age in milliseconds; `undefined` if it is unknown.
 */
export function noteAge(dataSet: DataSet, path: KeyPath, ageMs: number | undefined): void {
  const [at, ...rest] = path;
  const found = at && dataSet.get(at.tag);
  if (at === undefined || found === undefined) return;
  if (rest.length > 0) {
    if (found.vr !== "SQ") return;
    const items = found.items.map((item) => {
      const changed = new DataSet(item.elements());
      noteAge(changed, rest, ageMs);
      return changed;
    });
    dataSet.set(element(at.tag, items, "SQ"));
    return;
  }
  const vr = lookupTag(at.tag)?.vr ?? found.vr;
  dataSet.set(element(at.tag, [noted(found.strings.join("\\"), vr, ageMs)], vr));
}

function noted(text: string, vr: string, ageMs: number | undefined): string {
  const age = ageMs === undefined ? "AGE UNKNOWN" : `${formatAge(ageMs).toUpperCase()} OLD`;
  const most = longest[vr] ?? 10_240;
  const note = most < 20 ? age : `LIST ${age}`;
  const whole = text === "" ? note : `${note}: ${text}`;
  return [...whole].slice(0, most).join("");
}
