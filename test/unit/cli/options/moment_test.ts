import { assertEquals, assertThrows } from "@std/assert";
import { parseMoment } from "../../../../src/cli/options/moment.ts";
import { UsageError } from "../../../../src/cli/options/option_table.ts";

const now = Temporal.ZonedDateTime.from("2026-11-21T10:00[Europe/Berlin]");

const moments: [text: string, instant: string][] = [
  ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"],
  ["2026-11-20T08:00:00+01:00", "2026-11-20T07:00:00Z"],
  ["2026-11-20T08:00", "2026-11-20T07:00:00Z"],
  ["2026-11-20", "2026-11-19T23:00:00Z"],
  ["08:30", "2026-11-21T07:30:00Z"],
  ["90m", "2026-11-21T07:30:00Z"],
  ["1d", "2026-11-20T09:00:00Z"],
];
for (const [text, instant] of moments) {
  Deno.test(`parseMoment() reads ${text}`, () => {
    assertEquals(String(parseMoment("--at", text, now)), instant);
  });
}

Deno.test("parseMoment() refuses what is no time", () => {
  for (const text of ["", "yesterday", "25:00", "2026-13-01"]) {
    assertThrows(() => parseMoment("--at", text, now), UsageError, "--at is no time");
  }
});
