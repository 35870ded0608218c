/**
 * The whereabouts of an item as one paragraph that a person can read aloud.
 *
 * @module
 */
import type { Moment, Whereabouts } from "../../worklist/whereabouts.ts";
import type { AttributeChange } from "../../worklist/judge/diff.ts";
import { cellsOf, valueText } from "../http/item_rows.ts";
import { counted, sayEvidence } from "../presentation.js";
import { clockText, dicomText } from "./time_text.ts";

/** The form of times. */
export interface TextOptions {
  /** The present. */
  readonly now: Temporal.Instant;
  /** The zone of all times. */
  readonly timeZone: string;
}

/**
 * Says where an item is and was, in all queries that had it.
 *
 * @param courses Its whereabouts, one for each query.
 * @param options The form of times.
 * @returns One paragraph without its end, such as `KOWALSKI^JAN, P1007: on ct-today since 08:56:36, station CT1.`
 * It holds patient data, and control characters if the peer sent some.
 */
export function whereaboutsText(courses: readonly Whereabouts[], options: TextOptions): string {
  const json = courses.find(({ isPresent }) => isPresent)?.json ?? courses.at(-1)?.json ?? "{}";
  const parts = courses.map((course) => courseText(course, options));
  return `${nameText(json)}: ${parts.join(". Also ")}.`;
}

/** The name and patient ID of a data set, or whatever identifies it. */
function nameText(text: string): string {
  const json = JSON.parse(text);
  const name = rawName(json);
  const { patientId, accession } = factsOf(json);
  const parts = [name, patientId, accession === "" ? "" : `accession ${accession}`];
  const shown = parts.filter((part) => part !== "").join(", ");
  return shown === "" ? "an item without a name" : shown;
}

/** The name as the peer writes it, which is how people search for it again. */
function rawName(json: Readonly<Record<string, { Value?: unknown[] } | undefined>>): string {
  const [name] = json["00100010"]?.Value ?? [];
  if (typeof name !== "object" || name === null) return "";
  return ["Alphabetic", "Ideographic", "Phonetic"].flatMap((group) =>
    group in name ? [String(Reflect.get(name, group))] : []
  )[0] ?? "";
}

function factsOf(json: Parameters<typeof cellsOf>[0]): {
  when: string;
  patientId: string;
  accession: string;
  station: string;
} {
  const [when = "", , patientId = "", , accession = "", station = ""] = cellsOf(json);
  return { when, patientId, accession, station };
}

/** One stay on the worklist: from its beginning to what ended it. */
interface Stay {
  begin: Moment | undefined;
  readonly changes: (Moment & { kind: "changed" })[];
  end: Moment | undefined;
}

function staysOf(moments: readonly Moment[]): Stay[] {
  const stays: Stay[] = [];
  let open: Stay | undefined;
  for (const moment of moments) {
    if (moment.kind === "added" || moment.kind === "silent") {
      open = { begin: moment, changes: [], end: undefined };
      stays.push(open);
      continue;
    }
    if (open === undefined) {
      open = { begin: undefined, changes: [], end: undefined };
      stays.push(open);
    }
    if (moment.kind === "changed") open.changes.push(moment);
    else {
      open.end = moment;
      open = undefined;
    }
  }
  return stays;
}

function courseText(course: Whereabouts, options: TextOptions): string {
  const { query, isPresent, moments, json } = course;
  const stays = staysOf(moments);
  const last = stays.at(-1);
  // An item that was there all the time has no moment.
  if (isPresent && (last === undefined || last.end !== undefined)) {
    stays.push({ begin: undefined, changes: [], end: undefined });
  }
  const texts = stays.map((stay, index) => {
    const isNow = isPresent && index === stays.length - 1;
    return stayText(stay, { ...options, query, isNow, isFirst: index === 0, lastJson: json });
  });
  const more = isPresent ? missingText(course, options) : "";
  const never = isPresent || stays.length === 0 ? "" : "; not returned since";
  return texts.join("; ") + more + never;
}

function stayText(
  { begin, changes, end }: Stay,
  options: TextOptions & { query: string; isNow: boolean; isFirst: boolean; lastJson: string },
): string {
  const { query, isNow, isFirst } = options;
  const at = (time: string): string => clockText(time, options);
  const startJson = begin?.json ?? changes[0]?.json ?? end?.json ?? options.lastJson;
  const { station, when } = factsOf(JSON.parse(startJson));
  const again = isFirst ? "" : "again ";
  const last = end === undefined ? undefined : lastSeen(end);
  const from = begin === undefined
    ? "since before the journal begins"
    : `${isNow || last === undefined ? "since" : "from"} ${at(begin.time)}`;
  const until = last === undefined
    ? ""
    : begin === undefined
    ? `, until ${at(last)}`
    : ` to ${at(last)}`;
  const place = [
    // The first value is what it came with; changes say what became of it.
    ...(begin === undefined && changes.length > 0 ? [] : [
      ...(station === "" ? [] : [`station ${station}`]),
      ...(when === "" ? [] : [`scheduled for ${when}`]),
    ]),
  ];
  const silent = begin?.kind === "silent" ? ["taken over without an event"] : [];
  const parts = [`${again}on ${query} ${from}${until}`, ...silent, ...place];
  const course = [
    parts.join(", "),
    ...changes.map((change) => changeText(change, options)),
    ...(end === undefined ? [] : [endText(end, options)]),
  ];
  return course.join("; ");
}

/** The end of a stay is when the first answer lacked the item, which may be before it was removed. */
function lastSeen(end: Moment): string {
  return end.kind === "removed" && end.missingSince !== undefined ? end.missingSince : end.time;
}

function endText(end: Moment, options: TextOptions): string {
  const at = clockText(end.time, options);
  if (end.kind === "dropped") {
    return `then dropped at ${at}, because the configuration of the query changed`;
  }
  if (end.kind !== "removed" && end.kind !== "left_window") return "";
  const { evidence, kind, approvedBy } = end;
  if (kind === "left_window") {
    const key = evidence.unmatched === undefined ? "" : ` ${evidence.unmatched}`;
    const had = unmatchedValue(end.json, evidence.unmatched);
    const why = evidence.reason === "window" || evidence.reason === "found-elsewhere"
      ? `outside the key${key}${had === "" ? "" : ` (it has ${had})`}`
      : sayEvidence(evidence);
    return `then left the window at ${at}: ${why}`;
  }
  const by = approvedBy === undefined ? "" : ` (${approvedBy})`;
  return `then ${sayEvidence(evidence)}${by}, and removed at ${at}`;
}

/** The value that an item has at the key that it does not match. */
function unmatchedValue(text: string, path: string | undefined): string {
  if (path === undefined) return "";
  const last = path.slice(path.lastIndexOf(".") + 1);
  const { when, station } = factsOf(JSON.parse(text));
  if (/StartDate/.test(last)) return when.slice(0, 10);
  return last === "ScheduledStationAETitle" ? station : "";
}

function changeText(
  { time, changes }: Moment & { kind: "changed" },
  options: TextOptions,
): string {
  const by = new Map(changes.map((change) => [lastOf(change.path), change]));
  const station = by.get("ScheduledStationAETitle");
  const date = by.get("ScheduledProcedureStepStartDate");
  const hour = by.get("ScheduledProcedureStepStartTime");
  const parts: string[] = [];
  if (station) parts.push(`moved from ${side(station.before)} to ${side(station.after)}`);
  if (date || hour) {
    const text = (which: "before" | "after"): string =>
      [date, hour].flatMap((change) => change ? [dated(change, which)] : []).join(" ");
    parts.push(`rescheduled from ${text("before")} to ${text("after")}`);
  }
  const others = [...by.values()].filter((change) =>
    change !== station && change !== date && change !== hour
  );
  for (const change of others.slice(0, 3)) {
    parts.push(
      `${lastOf(change.path)} ${dated(change, "before")} became ${dated(change, "after")}`,
    );
  }
  if (others.length > 3) parts.push(`${counted(others.length - 3, "more attribute")} changed`);
  return `${parts.join(", ")} at ${clockText(time, options)}`;
}

function missingText({ missing, held }: Whereabouts, options: TextOptions): string {
  if (missing === undefined) return "";
  const since = missing.since === undefined ? "" : ` since ${clockText(missing.since, options)}`;
  const text = `; missing from ${counted(missing.polls, "complete answer")} in a row${since}`;
  if (held === undefined) return `${text}, and kept until that is confirmed`;
  const holder = held.reason === "brake"
    ? "the brake"
    : `a doubt about the answer (${held.reason})`;
  const words = held.words === undefined ? "" : `: ${held.words}`;
  return `${text}; its removal is held by ${holder} since ${
    clockText(held.since, options)
  }${words}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function side(values: readonly unknown[]): string {
  return values.map(valueText).filter((text) => text !== "").join(", ") || "(empty)";
}

function dated(change: AttributeChange, which: "before" | "after"): string {
  const values = change[which];
  const texts = values.map((value) =>
    typeof value === "string" ? dicomText(change.vr, value) : valueText(value)
  ).filter((text) => text !== "");
  return texts.join(", ") || "(empty)";
}
