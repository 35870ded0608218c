import { assertEquals } from "@std/assert";
import { buildIdentifier } from "../../../../src/query/identifier.ts";
import type { Keys } from "../../../../src/query/query_definition.ts";
import {
  type DateWindow,
  dateWindowOf,
  halvesOf,
  keysFor,
} from "../../../../src/daemon/poll/split.ts";

const context = { now: Temporal.Instant.from("2026-03-01T11:30:00Z"), timeZone: "Europe/Berlin" };
const step = "ScheduledProcedureStepSequence";
const date = `${step}.ScheduledProcedureStepStartDate`;
const time = `${step}.ScheduledProcedureStepStartTime`;
const hourMs = 3_600_000;

function windowOf(keys: Keys): DateWindow | undefined {
  return dateWindowOf(buildIdentifier({ model: "worklist", keys }, context).keys);
}

/** All parts down to the shortest, as keys. */
function parts(window: DateWindow | undefined, minMs: number): Record<string, string>[] {
  if (window === undefined) return [];
  const halves = halvesOf(window, minMs);
  return halves.length === 0 ? [keysFor(window)] : halves.flatMap((half) => parts(half, minMs));
}

Deno.test("halvesOf() divides by days first", () => {
  const window = windowOf({ [date]: "20260301-20260304" });
  assertEquals(window && halvesOf(window, hourMs).map(keysFor), [
    { [date]: "20260301-20260302" },
    { [date]: "20260303-20260304" },
  ]);
});

Deno.test("halvesOf() divides one day by the times that go with the date", () => {
  assertEquals(parts(windowOf({ [date]: "today" }), 6 * hourMs), [
    { [date]: "20260301", [time]: "-060000" },
    { [date]: "20260301", [time]: "060000-120000" },
    { [date]: "20260301", [time]: "120000-180000" },
    { [date]: "20260301", [time]: "180000-" },
  ]);
});

Deno.test("halvesOf() divides one day of studies by their times", () => {
  assertEquals(parts(windowOf({ StudyDate: "20260301-20260302" }), 12 * hourMs), [
    { StudyDate: "20260301", StudyTime: "-120000" },
    { StudyDate: "20260301", StudyTime: "120000-" },
    { StudyDate: "20260302", StudyTime: "-120000" },
    { StudyDate: "20260302", StudyTime: "120000-" },
  ]);
});

Deno.test("halvesOf() stops at one day where dates have no times", () => {
  assertEquals(parts(windowOf({ LastMenstrualDate: "20260301-20260302" }), hourMs), [
    { LastMenstrualDate: "20260301" },
    { LastMenstrualDate: "20260302" },
  ]);
});

/** Cuts days off an open end so many times; the rest is last. */
function cutOff(keys: Keys, times: number): Record<string, string>[] {
  const cut: Record<string, string>[] = [];
  let rest = windowOf(keys);
  for (let time = 0; rest !== undefined && time < times; time++) {
    const [days, more]: readonly DateWindow[] = halvesOf(rest, hourMs);
    if (days) cut.push(keysFor(days));
    rest = more;
  }
  return rest === undefined ? cut : [...cut, keysFor(rest)];
}

Deno.test("halvesOf() cuts more and more days off an open end", () => {
  assertEquals(cutOff({ [date]: "today.." }, 3), [
    { [date]: "20260301" },
    { [date]: "20260302-20260303" },
    { [date]: "20260304-20260307" },
    { [date]: "20260308-" },
  ]);
  assertEquals(cutOff({ StudyDate: "..today" }, 3), [
    { StudyDate: "20260301" },
    { StudyDate: "20260227-20260228" },
    { StudyDate: "20260223-20260226" },
    { StudyDate: "-20260222" },
  ]);
  const key = "ScheduledProcedureStepStartDateTime";
  assertEquals(cutOff({ [key]: "20260301230000-" }, 2), [
    { [key]: "20260301230000-20260302000000" },
    { [key]: "20260302-20260304000000" },
    { [key]: "20260304-" },
  ]);
});

Deno.test("halvesOf() ends where the calendar does", () => {
  for (const window of ["today..", "..today"]) {
    const cut = cutOff({ [date]: window }, 100);
    assertEquals(cut.length < 25, true);
    for (const keys of cut) assertEquals(/^(\d{8})?-?(\d{8})?$/.test(keys[date] ?? ""), true);
  }
});

Deno.test("halvesOf() stops at one day where the query has times of its own", () => {
  const keys = { [date]: "20260301-20260302", [time]: "080000-120000" };
  assertEquals(parts(windowOf(keys), hourMs), [{ [date]: "20260301" }, { [date]: "20260302" }]);
});

Deno.test("halvesOf() divides a range of date-times", () => {
  const key = "ScheduledProcedureStepStartDateTime";
  const window = windowOf({ [key]: "20260301230000-20260302010000" });
  assertEquals(parts(window, hourMs), [
    { [key]: "20260301230000-20260302000000" },
    { [key]: "20260302-20260302010000" },
  ]);
});

Deno.test("halvesOf() divides a whole day of date-times", () => {
  const key = "ScheduledProcedureStepStartDateTime";
  assertEquals(parts(windowOf({ [key]: "20260301" }), 12 * hourMs), [
    { [key]: "20260301-20260301120000" },
    { [key]: "20260301120000-20260301235959.999999" },
  ]);
});

Deno.test("halvesOf() stops at two seconds, however short parts may be", () => {
  const key = "ScheduledProcedureStepStartDateTime";
  const seconds = (from: number, to: number): Keys => ({
    [key]: `2026030112000${from}-2026030112000${to}`,
  });
  assertEquals(parts(windowOf(seconds(0, 4)), 0), [
    seconds(0, 1),
    seconds(1, 2),
    seconds(2, 3),
    seconds(3, 4),
  ]);
  assertEquals(parts(windowOf(seconds(0, 4)), 2000), [seconds(0, 2), seconds(2, 4)]);
  assertEquals(parts(windowOf(seconds(0, 2)), 1500), [seconds(0, 1), seconds(1, 2)]);
});

Deno.test("halvesOf() leaves no gap for times that are not written to the second", () => {
  const ranges = parts(windowOf({ [date]: "today" }), 60_000).map((keys) =>
    keys[time]?.split("-") ?? []
  );
  // As servers do that compare text.
  const values = ["00", "0000", "1200", "12", "115959.5", "060000", "1830", "235959", "235959.5"];
  for (const value of values) {
    const holds = ranges.some(([from = "", to = ""]) =>
      from <= value && (to === "" || value <= to)
    );
    assertEquals([value, holds], [value, true]);
  }
});

Deno.test("dateWindowOf() finds none where no key has dates", () => {
  assertEquals(windowOf({ [`${step}.Modality`]: "CT" }), undefined);
  assertEquals(windowOf({ PatientID: "20260301", PatientName: "20260301" }), undefined);
  assertEquals(windowOf({ StudyDate: "" }), undefined);
  assertEquals(windowOf({}), undefined);
});

Deno.test("dateWindowOf() passes over dates that are not asked for", () => {
  const window = windowOf({ StudyDate: "", [date]: "today" });
  assertEquals(window && keysFor(window), { [date]: "20260301" });
});

Deno.test("dateWindowOf() passes over moments that it cannot read to the second", () => {
  const [start, end] = ["ScheduledProcedureStepStartDateTime", "ExpectedCompletionDateTime"];
  for (const unread of ["202603", "202603-20260304", "20260301-202604", "202603-", "-202604"]) {
    assertEquals(windowOf({ [start]: unread }), undefined);
    const window = windowOf({ [start]: unread, [end]: "20260301-" });
    assertEquals(window && keysFor(window), { [end]: "20260301-" });
  }
  assertEquals(windowOf({ StudyDate: "20260230" }), undefined);
});

Deno.test("dateWindowOf() takes a birth date only where there is no other date", () => {
  const born = { PatientBirthDate: "19700101" };
  assertEquals(windowOf({ ...born, [date]: "20260301" })?.path.length, 2);
  assertEquals(windowOf(born)?.path.length, 1);
});
