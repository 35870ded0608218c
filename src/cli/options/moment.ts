/**
 * Moments as people write them on a command line.
 *
 * @module
 */
import { parseDuration } from "../../base/duration.ts";
import { UsageError } from "./option_table.ts";

/**
 * Reads a moment: RFC 3339, a local date and time, a local time of today, or how long ago.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseMoment } from "./moment.ts";
 *
 * const now = Temporal.ZonedDateTime.from("2026-11-21T10:00[Europe/Berlin]");
 * assertEquals(String(parseMoment("--at", "08:30", now)), "2026-11-21T07:30:00Z");
 * assertEquals(String(parseMoment("--at", "2h", now)), "2026-11-21T07:00:00Z");
 * ```
 *
 * @param option The option's name, for the message.
 * @param text The moment.
 * @param now The present, in the zone of local times.
 * @returns The moment.
 * @throws {UsageError} If it cannot be read.
 */
export function parseMoment(
  option: string,
  text: string,
  now: Temporal.ZonedDateTime,
): Temporal.Instant {
  const readers = [
    (): Temporal.Instant => Temporal.Instant.from(text),
    (): Temporal.Instant => now.toInstant().subtract({ milliseconds: parseDuration(text) }),
    (): Temporal.Instant =>
      Temporal.PlainDateTime.from(text).toZonedDateTime(now.timeZoneId).toInstant(),
    (): Temporal.Instant => now.withPlainTime(Temporal.PlainTime.from(text)).toInstant(),
  ];
  for (const read of readers) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    }
  }
  throw new UsageError(
    `${option} is no time: write 2026-11-21T08:00:00Z, 2026-11-21T09:00, 09:00, or 2h (ago)`,
  );
}
