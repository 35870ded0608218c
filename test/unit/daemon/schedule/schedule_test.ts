import { assertEquals, assertThrows } from "@std/assert";
import {
  blackoutEnd,
  parseBlackout,
  parseSchedule,
  type Schedule,
  withBlackouts,
} from "../../../../src/daemon/schedule/schedule.ts";

const instant = Temporal.Instant.from;

function dueTimes(schedule: Schedule, from: string, count: number): string[] {
  const due: string[] = [];
  let after = instant(from);
  while (due.length < count) {
    const next = schedule.next(after);
    if (next === undefined) break;
    due.push(next.toString());
    after = next;
  }
  return due;
}

Deno.test("parseSchedule() reads cron expressions of 5 and of 6 fields", () => {
  assertEquals(dueTimes(parseSchedule("*/20 6 * * *", "UTC"), "2026-11-21T06:10:00Z", 3), [
    "2026-11-21T06:20:00Z",
    "2026-11-21T06:40:00Z",
    "2026-11-22T06:00:00Z",
  ]);
  assertEquals(dueTimes(parseSchedule("*/30 * * * * *", "UTC"), "2026-11-21T06:10:00Z", 2), [
    "2026-11-21T06:10:30Z",
    "2026-11-21T06:11:00Z",
  ]);
});

Deno.test("parseSchedule() reads a period, due at once and then from the last time on", () => {
  const schedule = parseSchedule("every 30s", "UTC");
  assertEquals(schedule.dueAtStart, true);
  assertEquals(dueTimes(schedule, "2026-11-21T06:10:07Z", 2), [
    "2026-11-21T06:10:37Z",
    "2026-11-21T06:11:07Z",
  ]);
});

Deno.test("parseSchedule() fires a time that the clocks skip at the end of the gap", () => {
  const berlin = parseSchedule("30 2 * * *", "Europe/Berlin");
  assertEquals(dueTimes(berlin, "2026-03-28T12:00:00Z", 2), [
    "2026-03-29T01:00:00Z",
    "2026-03-30T00:30:00Z",
  ]);
  const newYork = parseSchedule("30 2 * * *", "America/New_York");
  assertEquals(dueTimes(newYork, "2026-03-07T12:00:00Z", 2), [
    "2026-03-08T07:00:00Z",
    "2026-03-09T06:30:00Z",
  ]);
});

Deno.test("parseSchedule() fires a time of day that comes twice only once", () => {
  const berlin = parseSchedule("30 2 * * *", "Europe/Berlin");
  assertEquals(dueTimes(berlin, "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30:00Z",
    "2026-10-26T01:30:00Z",
  ]);
});

Deno.test("parseSchedule() goes on through both hours where clocks go back", () => {
  const berlin = parseSchedule("*/30 * * * *", "Europe/Berlin");
  assertEquals(dueTimes(berlin, "2026-10-24T23:45:00Z", 6), [
    "2026-10-25T00:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:00:00Z",
    "2026-10-25T01:30:00Z",
    "2026-10-25T02:00:00Z",
    "2026-10-25T02:30:00Z",
  ]);
});

Deno.test("parseSchedule() knows days that never come", () => {
  assertEquals(parseSchedule("0 0 30 2 *", "UTC").next(instant("2026-01-01T00:00:00Z")), undefined);
});

Deno.test("parseSchedule() refuses what is not a schedule", () => {
  const table: [string, string][] = [
    ["", "write a cron expression of 5 or 6 fields, or a period such as: every 30s"],
    ["* * *", "write a cron expression of 5 or 6 fields"],
    ["* * * * * * *", "write a cron expression of 5 or 6 fields"],
    ["@daily", "write a cron expression of 5 or 6 fields"],
    ["61 * * * *", "not a cron expression: Invalid value for minute: 61"],
    ["every 30", "not a duration"],
    ["every 0s", "the shortest period is 100ms"],
  ];
  for (const [text, message] of table) {
    assertThrows(() => parseSchedule(text, "UTC"), SyntaxError, message);
  }
});

Deno.test("blackoutEnd() takes the start in and the end out, in the query's time zone", () => {
  const blackouts = [parseBlackout("02:00-02:20")];
  const at = (time: string): string | undefined =>
    blackoutEnd(blackouts, instant(time), "Europe/Berlin")?.toString();
  assertEquals(at("2026-01-10T00:59:59Z"), undefined);
  assertEquals(at("2026-01-10T01:00:00Z"), "2026-01-10T01:20:00Z");
  assertEquals(at("2026-01-10T01:19:59Z"), "2026-01-10T01:20:00Z");
  assertEquals(at("2026-01-10T01:20:00Z"), undefined);
});

Deno.test("blackoutEnd() knows ranges that cross midnight", () => {
  const blackouts = [parseBlackout("23:30-00:30")];
  const at = (time: string): string | undefined =>
    blackoutEnd(blackouts, instant(time), "UTC")?.toString();
  assertEquals(at("2026-01-10T23:29:00Z"), undefined);
  assertEquals(at("2026-01-10T23:30:00Z"), "2026-01-11T00:30:00Z");
  assertEquals(at("2026-01-11T00:29:00Z"), "2026-01-11T00:30:00Z");
  assertEquals(at("2026-01-11T00:30:00Z"), undefined);
});

Deno.test("blackoutEnd() finds the end of a range in the second of two equal hours", () => {
  const end = blackoutEnd(
    [parseBlackout("02:00-02:20")],
    instant("2026-10-25T01:10:00Z"),
    "Europe/Berlin",
  );
  assertEquals(end?.toString(), "2026-10-25T01:20:00Z");
});

Deno.test("parseBlackout() refuses what is not a range of two times", () => {
  for (const text of ["", "02:00", "2:00-3:00", "02:00-02:00", "24:00-25:00", "02:00-02:60"]) {
    assertThrows(() => parseBlackout(text), SyntaxError, "write it as 02:00-02:20", text);
  }
});

Deno.test("withBlackouts() leaves out what lies in a range, and gives up where all does", () => {
  const blackouts = [parseBlackout("02:00-02:20")];
  const schedule = withBlackouts(parseSchedule("*/10 * * * *", "UTC"), blackouts, "UTC");
  assertEquals(dueTimes(schedule, "2026-01-10T01:45:00Z", 2), [
    "2026-01-10T01:50:00Z",
    "2026-01-10T02:20:00Z",
  ]);
  const never = withBlackouts(parseSchedule("5 2 * * *", "UTC"), blackouts, "UTC");
  assertEquals(never.next(instant("2026-01-10T00:00:00Z")), undefined);
});

Deno.test("withBlackouts() goes on with a period at the end of a range", () => {
  const ranges = [parseBlackout("02:00-02:20"), parseBlackout("02:20-02:30")];
  const schedule = withBlackouts(parseSchedule("every 25m", "UTC"), ranges, "UTC");
  assertEquals(dueTimes(schedule, "2026-01-10T01:10:00Z", 3), [
    "2026-01-10T01:35:00Z",
    "2026-01-10T02:30:00Z",
    "2026-01-10T02:55:00Z",
  ]);
});
