import { assertEquals, assertThrows } from "@std/assert";
import type { Vr } from "../../../src/dicom/vr.ts";
import { isRelative, resolveValue } from "../../../src/query/date_window.ts";

function resolve(text: string, vr: Vr, now: string, timeZone: string): string {
  return resolveValue(text, vr, { now: Temporal.Instant.from(now), timeZone });
}

Deno.test("resolveValue() resolves days in the query's time zone, whatever the machine's is", () => {
  const now = "2026-03-01T11:30:00Z";
  const table: [text: string, zone: string, expected: string][] = [
    ["today", "Europe/Berlin", "20260301"],
    ["today", "Pacific/Auckland", "20260302"],
    ["today", "Pacific/Pago_Pago", "20260301"],
    ["today", "Pacific/Kiritimati", "20260302"],
    ["today-1", "Europe/Berlin", "20260228"],
    ["today+31", "Europe/Berlin", "20260401"],
    ["TODAY + 1", "Europe/Berlin", "20260302"],
    ["today", "+13:00", "20260302"],
    ["today", "UTC", "20260301"],
    ["today..today+1", "Europe/Berlin", "20260301-20260302"],
    ["today-1..", "Europe/Berlin", "20260228-"],
    ["..today", "Europe/Berlin", "-20260301"],
    ["20260101..today", "Europe/Berlin", "20260101-20260301"],
    ["20260101..20260131", "Europe/Berlin", "20260101-20260131"],
    ["now-1d", "Europe/Berlin", "20260228"],
    ["now-12h..now", "Europe/Berlin", "20260301-20260301"],
    ["now-13h..now", "Europe/Berlin", "20260228-20260301"],
    ["today\\today+1", "Europe/Berlin", "20260301\\20260302"],
    ["..", "Europe/Berlin", ""],
  ];
  for (const [text, zone, expected] of table) {
    assertEquals(resolve(text, "DA", now, zone), expected, `${text} in ${zone}`);
  }
});

Deno.test("resolveValue() passes plain DICOM values on as they are", () => {
  const table: [text: string, vr: Vr][] = [
    ["20260101", "DA"],
    ["20260101-20260131", "DA"],
    ["-20260131", "DA"],
    ["2026.01.01", "DA"],
    ["*", "DA"],
    ["", "DA"],
    ["100000-110000.5", "TM"],
    ["20260101103000+0100", "DT"],
    ["today", "LO"],
    ["a..b", "SH"],
    ["now", "PN"],
  ];
  for (const [text, vr] of table) {
    assertEquals(resolve(text, vr, "2026-03-01T11:30:00Z", "UTC"), text);
  }
});

Deno.test("resolveValue() reads a day in a DT key as the whole day", () => {
  const now = "2026-03-01T11:30:15Z";
  assertEquals(resolve("today", "DT", now, "UTC"), "20260301000000-20260301235959");
  assertEquals(resolve("today-1..today", "DT", now, "UTC"), "20260228000000-20260301235959");
  assertEquals(resolve("today..", "DT", now, "UTC"), "20260301000000-");
  assertEquals(resolve("now", "DT", now, "UTC"), "20260301113015");
  assertEquals(resolve("now..today", "DT", now, "UTC"), "20260301113015-20260301235959");
});

Deno.test("resolveValue() reads durations of all units", () => {
  const now = "2026-03-10T12:00:00Z";
  const table: [text: string, expected: string][] = [
    ["now-1w", "20260303120000"],
    ["now-1d", "20260309120000"],
    ["now+2h30m", "20260310143000"],
    ["now-90s", "20260310115830"],
    ["now+1w2d3h4m5s", "20260319150405"],
  ];
  for (const [text, expected] of table) assertEquals(resolve(text, "DT", now, "UTC"), expected);
});

Deno.test("resolveValue() cuts a window of times at the borders of the present day", () => {
  assertEquals(resolve("now-2h..now", "TM", "2026-03-01T11:30:00Z", "UTC"), "093000-113000");
  assertEquals(resolve("now-2h..now", "TM", "2026-03-01T01:00:00Z", "UTC"), "000000-010000");
  assertEquals(resolve("now..now+2h", "TM", "2026-03-01T23:00:00Z", "UTC"), "230000-235959");
  assertEquals(resolve("now-1d..now+1d", "TM", "2026-03-01T23:00:00Z", "UTC"), "000000-235959");
  assertEquals(resolve("080000..now", "TM", "2026-03-01T11:30:00Z", "UTC"), "080000-113000");
  assertThrows(
    () => resolve("now-5h..now-4h", "TM", "2026-03-01T01:00:00Z", "UTC"),
    SyntaxError,
    "wholly on another day",
  );
});

Deno.test("resolveValue() takes plain values beside relative ones", () => {
  const now = "2026-03-01T11:30:00Z";
  const table: [text: string, vr: Vr, expected: string][] = [
    ["now-1h..1900", "TM", "103000-1900"],
    ["0800 .. NOW", "TM", "0800-113000"],
    ["20260101..now", "DT", "20260101-20260301113000"],
    ["now..2027", "DT", "20260301113000-2027"],
    ["20260101 \\ today", "DA", "20260101\\20260301"],
  ];
  for (const [text, vr, expected] of table) assertEquals(resolve(text, vr, now, "UTC"), expected);
});

Deno.test("resolveValue() takes midnight for a part of both of its days", () => {
  assertEquals(resolve("now-2h..now", "TM", "2026-03-01T00:00:00Z", "UTC"), "000000-000000");
  assertEquals(resolve("now..now+2h", "TM", "2026-03-01T23:59:59Z", "UTC"), "235959-235959");
});

Deno.test("resolveValue() keeps its days and hours where the clocks go forward", () => {
  // Berlin, 29 March 2026: 02:00 becomes 03:00.
  const now = "2026-03-29T01:30:00Z"; // 03:30 in summer time
  assertEquals(resolve("now-2h..now", "DT", now, "Europe/Berlin"), "20260329003000-20260329033000");
  assertEquals(resolve("now-2h..now", "TM", now, "Europe/Berlin"), "003000-033000");
  assertEquals(resolve("now-1d", "DT", now, "Europe/Berlin"), "20260328033000");
  assertEquals(resolve("now-24h", "DT", now, "Europe/Berlin"), "20260328023000");
  assertEquals(resolve("today..today+1", "DA", now, "Europe/Berlin"), "20260329-20260330");
  // 23:30 UTC is already the next day in summer time, not yet in winter time.
  assertEquals(resolve("today", "DA", "2026-03-28T22:59:59Z", "Europe/Berlin"), "20260328");
  assertEquals(resolve("today", "DA", "2026-03-29T22:00:00Z", "Europe/Berlin"), "20260330");
});

Deno.test("resolveValue() covers the repeated hour whole where the clocks go back", () => {
  // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
  const zone = "Europe/Berlin";
  const secondTime = "2026-10-25T01:10:00Z"; // 02:10 for the second time
  assertEquals(resolve("now-30m..now", "TM", secondTime, zone), "020000-025959");
  assertEquals(
    resolve("now-2h..now", "DT", secondTime, zone),
    "20261025011000-20261025025959",
  );
  assertEquals(resolve("now-5m..now", "TM", secondTime, zone), "020500-021000");
  assertEquals(resolve("now-2h..now+3h", "TM", secondTime, zone), "011000-051000");
  // New York, 1 November 2026: 02:00 becomes 01:00 at 06:00 UTC.
  assertEquals(
    resolve("now-30m..now", "TM", "2026-11-01T06:10:00Z", "America/New_York"),
    "010000-015959",
  );
});

Deno.test("resolveValue() refuses what it cannot read without repeating it", () => {
  const table: [text: string, vr: Vr][] = [
    ["tomorow", "DA"],
    ["DOE^JANE", "DA"],
    ["today+", "DA"],
    ["today+1h", "DA"],
    ["today-1..tomorow", "DA"],
    ["2026..today", "DA"],
    ["20260101..20260131..20260201", "DA"],
    ["now-", "TM"],
    ["now-2", "TM"],
    ["now-2h30", "TM"],
    ["today", "TM"],
    ["now-1y", "DT"],
    ["now-99999999999s", "DT"],
  ];
  for (const [text, vr] of table) {
    const error = assertThrows(
      () => resolve(text, vr, "2026-03-01T11:30:00Z", "UTC"),
      SyntaxError,
      `a ${vr} key takes`,
    );
    assertEquals(/tomorow|DOE/.test(String(error)), false);
  }
});

Deno.test("resolveValue() refuses a window that ends before it begins", () => {
  const table: [text: string, vr: Vr][] = [
    ["today..today-1", "DA"],
    ["now..now-1m", "DT"],
    ["120000..now", "TM"],
    ["20260102..20260101", "DA"],
  ];
  for (const [text, vr] of table) {
    assertThrows(
      () => resolve(text, vr, "2026-03-01T11:30:00Z", "UTC"),
      SyntaxError,
      "ends before it begins",
    );
  }
  assertEquals(resolve("2026..20260131", "DT", "2026-03-01T11:30:00Z", "UTC"), "2026-20260131");
});

Deno.test("isRelative() tells relative dates from plain values", () => {
  assertEquals(["today", "now-1h", "a..b", "20260101.."].map(isRelative), [true, true, true, true]);
  assertEquals(["", "*", "20260101", "20260101-", "2026.01.01"].map(isRelative), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
