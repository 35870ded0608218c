/**
 * Committed events as lines for people.
 *
 * @module
 */
import type { AttributeChange } from "../../worklist/judge/diff.ts";
import { cellsOf } from "../../daemon/http/item_rows.ts";
import { dicomText } from "../../daemon/look/time_text.ts";
import { type SaidEvidence, sayEvidence } from "../../daemon/presentation.js";
import { showControls } from "../../dicom/text/show_controls.ts";

/** The fields of a CloudEvent that the line shows. */
interface ShownEvent {
  readonly type: string;
  readonly time: string;
  readonly data: {
    readonly query: string;
    readonly key?: Readonly<Record<string, string>>;
    readonly kinds?: readonly string[];
    readonly changes?: readonly AttributeChange[];
    readonly before?: Json;
    readonly after?: Json;
    readonly words?: string;
    readonly evidence?: SaidEvidence;
    readonly approval?: { readonly who: string; readonly why?: string };
  };
}

type Json = Parameters<typeof cellsOf>[0];

const colours: Readonly<Record<string, number>> = {
  added: 32,
  changed: 33,
  removed: 31,
  left_window: 36,
  failed: 31,
  suspect: 35,
  recovered: 32,
  approved: 35,
};

const patientName = "00100010";

/**
 * Formats an event as one line: time, query, event, item, accession number and station, changes or evidence.
 *
 * @param line The CloudEvent as JSON text.
 * @param options `colour`: whether the terminal takes colour; `timeZone`: of the time, UTC where left out.
 * @returns The line without its end. It holds patient data.
 */
export function eventText(
  line: string,
  options: { colour?: boolean; timeZone?: string } = {},
): string {
  const { type, time, data }: ShownEvent = JSON.parse(line);
  const change = type.slice(type.lastIndexOf(".") + 1);
  const parts = [
    zonedText(time, options.timeZone),
    data.query,
    coloured(change.padEnd(11), options.colour ? colours[change] : undefined),
    keyText(data.key),
    nameText(data.after ?? data.before),
    placeText(data.after ?? data.before),
    (data.kinds ?? []).join(", "),
    (data.changes ?? []).map(changeText).join("; "),
    data.evidence === undefined ? "" : showControls(sayEvidence(data.evidence)),
    showControls(data.words ?? ""),
    data.approval === undefined ? "" : showControls(approvalText(data.approval)),
  ];
  return parts.filter((part) => part !== "").join("  ");
}

/**
 * Writes a moment in a zone, to the second.
 *
 * @param time RFC 3339.
 * @param timeZone The zone.
 */
export function zonedText(time: string, timeZone: string = "UTC"): string {
  const zoned = Temporal.Instant.from(time).toZonedDateTimeISO(timeZone);
  return zoned.toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
}

function coloured(text: string, code: number | undefined): string {
  return code === undefined ? text : `\x1b[${code}m${text}\x1b[39m`;
}

function keyText(key: Readonly<Record<string, string>> | undefined): string {
  return showControls(Object.values(key ?? {}).filter((value) => value !== "").join(" "));
}

/** Patient ID, accession number and station. */
function placeText(dataSet: Json | undefined): string {
  if (dataSet === undefined) return "";
  const [, , patientId = "", , accession = "", station = ""] = cellsOf(dataSet);
  const parts = [patientId, accession === "" ? "" : `acc. ${accession}`, station];
  return showControls(parts.filter((part) => part !== "").join("  "));
}

function approvalText({ who, why }: { readonly who: string; readonly why?: string }): string {
  return why === undefined ? `by ${who}` : `by ${who}: ${why}`;
}

function nameText(dataSet: Json | undefined): string {
  const [name] = dataSet?.[patientName]?.Value ?? [];
  if (typeof name !== "object" || name === null || !("Alphabetic" in name)) return "";
  return showControls(String(name.Alphabetic));
}

function changeText({ path, vr, before, after }: AttributeChange): string {
  const keyword = path.slice(path.lastIndexOf(".") + 1);
  const text = (values: readonly unknown[]): string =>
    valuesText(values.map((value) => typeof value === "string" ? dicomText(vr, value) : value));
  return `${keyword}: ${text(before)} → ${text(after)}`;
}

/**
 * Formats the values of an attribute as DICOM JSON has them.
 *
 * @param values The values.
 * @returns One text, control characters shown; `(empty)` where there are none.
 */
export function valuesText(values: readonly unknown[]): string {
  if (values.length === 0) return "(empty)";
  return showControls(values.map(valueText).join("\\"));
}

function valueText(value: unknown): string {
  if (value === null) return "";
  if (typeof value !== "object") return String(value);
  const groups = ["Alphabetic", "Ideographic", "Phonetic"].map((group) =>
    group in value ? String(Reflect.get(value, group)) : ""
  );
  const name = groups.join("=").replace(/=+$/, "");
  return name === "" ? JSON.stringify(value) : name;
}
