/**
 * Items as rows of a table: the few attributes that people look for, read from DICOM JSON without decoding the
 * whole data set.
 *
 * @module
 */
import type { Item } from "../../worklist/journal/journal.ts";

/** The columns, in the order of a row's values. */
export const rowColumns = [
  "subject",
  "sequence",
  "missed",
  "when",
  "name",
  "patientId",
  "birthDate",
  "accession",
  "station",
  "modality",
  "description",
  "status",
] as const;

/** One item; empty text if an attribute has no value. */
export type Row = readonly (string | number)[];

/** A data set in the DICOM JSON Model, as far as it is looked at. */
type Json = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>;

const step = "00400100";
/** By column, the places where it may stand; the first that has a value counts. */
const places: Readonly<Record<string, readonly (readonly string[])[]>> = {
  date: [[step, "00400002"], ["00404005"], ["00080020"], ["00080021"]],
  time: [[step, "00400003"], ["00080030"], ["00080031"]],
  name: [["00100010"]],
  patientId: [["00100020"]],
  birthDate: [["00100030"]],
  accession: [["00080050"]],
  station: [[step, "00400001"], ["00404025", "00080100"]],
  modality: [[step, "00080060"], ["00080060"], ["00080061"]],
  description: [[step, "00400007"], ["00321060"], ["00741204"], ["00081030"], ["0008103E"]],
  status: [[step, "00400020"], ["00741000"]],
};

/**
 * Makes rows of items. A row is made once for each item and kept with it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cellsOf } from "./item_rows.ts";
 *
 * const [when, name] = cellsOf({
 *   "00100010": { Value: [{ Alphabetic: "DOE^JANE" }] },
 *   "00400100": { Value: [{ "00400002": { Value: ["20261127"] }, "00400003": { Value: ["0830"] } }] },
 * });
 * assertEquals([when, name], ["2026-11-27 08:30", "DOE, JANE"]);
 * ```
 *
 * @param json A data set in the DICOM JSON Model.
 * @returns The values from `when` on.
 */
export function cellsOf(json: Json): string[] {
  const value = (column: string): string => {
    for (const path of places[column] ?? []) {
      const text = textAt(json, path);
      if (text !== "") return text;
    }
    return "";
  };
  const dateTime = value("date");
  const when = dateTime.length > 8
    ? whenText(dateTime.slice(0, 8), dateTime.slice(8))
    : whenText(dateTime, value("time"));
  return [
    when,
    value("name"),
    value("patientId"),
    dateText(value("birthDate")),
    value("accession"),
    value("station"),
    value("modality"),
    value("description"),
    value("status"),
  ];
}

const kept = new WeakMap<Item, readonly string[]>();

/**
 * Makes the row of an item.
 *
 * @param item The item.
 * @param missed The number of complete polls in a row that missed it.
 */
export function rowOf(item: Item, missed: number): Row {
  let cells = kept.get(item);
  if (cells === undefined) {
    cells = cellsOf(JSON.parse(item.json));
    kept.set(item, cells);
  }
  return [item.subject, item.sequence, missed, ...cells];
}

function textAt(json: Json, path: readonly string[]): string {
  let dataSet: Json | undefined = json;
  for (const tag of path.slice(0, -1)) {
    dataSet = dataSet?.[tag]?.Value?.[0] as Json | undefined;
  }
  const values = dataSet?.[path.at(-1) ?? ""]?.Value ?? [];
  return values.map(valueText).filter((text) => text !== "").join(", ");
}

/**
 * Writes a value of the DICOM JSON Model for people.
 *
 * @param value The value.
 * @returns Text; of a person's name the alphabetic group, and other groups in parentheses.
 */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value).trim();
  if (!("Alphabetic" in value || "Ideographic" in value || "Phonetic" in value)) {
    return JSON.stringify(value);
  }
  const groups = ["Alphabetic", "Ideographic", "Phonetic"].map((group) =>
    group in value ? nameText(String(Reflect.get(value, group))) : ""
  ).filter((text) => text !== "");
  const [first = "", ...others] = groups;
  return others.length === 0 ? first : `${first} (${others.join(", ")})`;
}

/** `family^given^middle^prefix^suffix` as `family, given middle, suffix`. */
function nameText(group: string): string {
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = group.split("^")
    .map((part) => part.trim());
  const own = [prefix, given, middle].filter((part) => part !== "").join(" ");
  return [family, own, suffix].filter((part) => part !== "").join(", ");
}

function dateText(date: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  return match === null ? date : `${match[1]}-${match[2]}-${match[3]}`;
}

function whenText(date: string, time: string): string {
  const match = /^(\d{2})(\d{2})?(\d{2})?/.exec(time);
  const clock = match === null ? time : `${match[1]}:${match[2] ?? "00"}`;
  return [dateText(date), clock].filter((part) => part !== "").join(" ");
}
