import { assertEquals } from "@std/assert";
import { buildIdentifier, type Keys } from "../../../src/query/identifier.ts";
import { type DateWindow, dateWindowOf, halvesOf, keysFor } from "../../../src/daemon/split.ts";

const context = { now: Temporal.Instant.from("2026-03-01T11:30:00Z"), timeZone: "Europe/Berlin" };
const step = "ScheduledProcedureStepSequence";
const date = `${step}.ScheduledProcedureStepStartDate`;
const time = `${step}.ScheduledProcedureStepStartTime`;
const hourMs = 3_600_000;

function windowOf(keys: Keys, combines = true): DateWindow | undefined {
  const built = buildIdentifier({ model: combines ? "worklist" : "study", keys }, context);
  return dateWindowOf(built.keys, combines);
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
    { [date]: "20260301", [time]: "000000-060000" },
    { [date]: "20260301", [time]: "060000-120000" },
    { [date]: "20260301", [time]: "120000-180000" },
    { [date]: "20260301", [time]: "180000-235959" },
  ]);
});

Deno.test("halvesOf() stops at one day where times and dates are not one range", () => {
  assertEquals(parts(windowOf({ StudyDate: "20260301-20260303" }, false), hourMs), [
    { StudyDate: "20260301" },
    { StudyDate: "20260302" },
    { StudyDate: "20260303" },
  ]);
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
    { [key]: "20260302000000-20260302010000" },
  ]);
});

Deno.test("halvesOf() leaves no gap for times that are not written to the second", () => {
  const ranges = parts(windowOf({ [date]: "today" }), 60_000).map((keys) =>
    keys[time]?.split("-") ?? []
  );
  // As servers do that compare text.
  for (const value of ["1200", "12", "115959.5", "060000", "1830", "235959"]) {
    const holds = ranges.some(([from = "", to = ""]) => from <= value && value <= to);
    assertEquals([value, holds], [value, true]);
  }
});

Deno.test("dateWindowOf() finds none where no range has two ends", () => {
  assertEquals(windowOf({ [date]: "today.." }), undefined);
  assertEquals(windowOf({ [`${step}.Modality`]: "CT" }), undefined);
  assertEquals(windowOf({}), undefined);
});
