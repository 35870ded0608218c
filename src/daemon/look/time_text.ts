/**
 * Times as people read them: our own in one named zone, and those of DICOM values.
 *
 * @module
 */

/**
 * Writes a moment: the time of day, with its date unless that is today's.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { clockText } from "./time_text.ts";
 *
 * const now = Temporal.Instant.from("2026-11-27T08:00:00Z");
 * const options = { now, timeZone: "Europe/Berlin" };
 * assertEquals(clockText("2026-11-27T07:56:36.123Z", options), "08:56:36");
 * assertEquals(clockText("2026-11-26T07:56:36.123Z", options), "2026-11-26 08:56:36");
 * ```
 *
 * @param time RFC 3339.
 * @param options `now`: the present; `timeZone`: the zone of what is written.
 */
export function clockText(
  time: string | Temporal.Instant,
  { now, timeZone }: { readonly now: Temporal.Instant; readonly timeZone: string },
): string {
  const zoned = Temporal.Instant.from(time).toZonedDateTimeISO(timeZone);
  const clock = zoned.toPlainTime().toString({ smallestUnit: "second" });
  const today = now.toZonedDateTimeISO(timeZone).toPlainDate();
  return zoned.toPlainDate().equals(today) ? clock : `${zoned.toPlainDate()} ${clock}`;
}

/**
 * Writes a value of DICOM as people read it; values that are no dates or times stay as they are.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dicomText } from "./time_text.ts";
 *
 * assertEquals(dicomText("DA", "20261127"), "2026-11-27");
 * assertEquals(dicomText("TM", "0930"), "09:30");
 * assertEquals(dicomText("TM", "093015.5"), "09:30:15");
 * assertEquals(dicomText("DT", "20261127093000"), "2026-11-27 09:30");
 * assertEquals(dicomText("TM", "noon"), "noon");
 * ```
 *
 * @param vr The value representation.
 * @param text The value.
 */
export function dicomText(vr: string, text: string): string {
  if (vr === "DA") return dateText(text.trim());
  if (vr === "TM") return timeText(text.trim());
  if (vr !== "DT") return text;
  const match = /^(\d{8})(\d{4,6})?(?:\.\d+)?([+-]\d{4})?$/.exec(text.trim());
  if (match === null) return text;
  const [, date = "", time, zone] = match;
  return [dateText(date), ...(time === undefined ? [] : [timeText(time)]), ...(zone ? [zone] : [])]
    .join(" ");
}

function dateText(text: string): string {
  return text.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
}

/** Seconds of zero and fractions are left out. */
function timeText(text: string): string {
  const match = /^(\d{2})(\d{2})(\d{2})?(?:\.\d+)?$/.exec(text);
  if (match === null) return text;
  const [, hour, minute, second = "00"] = match;
  return second === "00" ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
}
