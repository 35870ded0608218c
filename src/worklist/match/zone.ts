/**
 * Moves dates and times from one time zone to another: from that of an answer to that of the query (PS3.4
 * section K.4.1.1.3.2).
 *
 * @module
 */
import { hour, type Stretch } from "./read_time.ts";

/** The offset of a time zone from UTC in microseconds, or its IANA name. */
export type Zone = number | string;

/**
 * Moves a stretch of time to another zone.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hour } from "./read_time.ts";
 * import { moved } from "./zone.ts";
 *
 * const noon = { from: 12 * hour, to: 12 * hour };
 * assertEquals(moved(noon, 0, "Pacific/Auckland"), { from: 24 * hour, to: 24 * hour });
 * ```
 *
 * @param stretch The stretch, as a wall clock in the first zone shows it.
 * @param from The first zone.
 * @param to The second zone.
 * @returns The stretch, as a wall clock in the second zone shows it.
 */
export function moved(stretch: Stretch, from: Zone, to: Zone): Stretch {
  if (from === to) return stretch;
  const ends = [
    wallAt(instantOf(stretch.from, from, "earlier"), to),
    wallAt(instantOf(stretch.to, from, "later"), to),
  ];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}

/** The greatest distance of a time zone from UTC. */
const farthest = 14 * hour;

/**
 * Widens a stretch of time to all times that it may be in an unknown zone.
 *
 * @param stretch The stretch.
 */
export function anywhere({ from, to }: Stretch): Stretch {
  return { from: from - 2 * farthest, to: to + 2 * farthest };
}

/**
 * Finds the offset of a zone from UTC.
 *
 * @param zone The zone.
 * @param now The moment.
 * @returns Microseconds.
 */
export function offsetAt(zone: Zone, now: Temporal.Instant): number {
  return typeof zone === "number" ? zone : now.toZonedDateTimeISO(zone).offsetNanoseconds / 1000;
}

/** Microseconds since 1970 in UTC. Of an hour that comes twice, the earlier or the later one is chosen. */
function instantOf(wall: number, zone: Zone, disambiguation: "earlier" | "later"): number {
  if (typeof zone === "number") return wall - zone;
  const milliseconds = Math.floor(wall / 1000);
  const plain = Temporal.Instant.fromEpochMilliseconds(milliseconds).toZonedDateTimeISO("UTC")
    .toPlainDateTime();
  const exact = plain.toZonedDateTime(zone, { disambiguation });
  return exact.epochMilliseconds * 1000 + (wall - milliseconds * 1000);
}

function wallAt(instant: number, zone: Zone): number {
  if (typeof zone === "number") return instant + zone;
  const exact = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / 1000));
  return instant + offsetAt(zone, exact);
}
