import { assertEquals } from "@std/assert";
import { QuirkBench, serving, type Step } from "../../support/quirk_bench.ts";

/** The nights that are of another length, and one that is not; of St. John's, one at whose end it is the day before again. */
const nights = [
  { timeZone: "Europe/Berlin", day: "2026-11-21" },
  { timeZone: "Europe/Berlin", day: "2026-03-29" },
  { timeZone: "Europe/Berlin", day: "2026-10-25" },
  { timeZone: "America/St_Johns", day: "2026-03-08" },
  { timeZone: "America/St_Johns", day: "2026-11-01" },
  { timeZone: "America/St_Johns", day: "2010-11-06" },
  { timeZone: "Australia/Lord_Howe", day: "2026-04-05" },
  { timeZone: "Australia/Lord_Howe", day: "2026-10-04" },
] as const;

for (const { timeZone, day } of nights) {
  Deno.test(`around ${day} in ${timeZone} steps come and leave when the calendar there turns, and never otherwise`, async () => {
    const first = Temporal.PlainDate.from(day);
    const days = Array.from({ length: 4 }, (_, index) => first.add({ days: index - 1 }));
    const steps: Step[] = days.map((date, index) => ({
      id: `S${index}`,
      date: dateText(date),
      time: "0230",
    }));
    let now = first.subtract({ days: 1 }).toZonedDateTime({ timeZone, plainTime: "22:17" })
      .toInstant();
    await using bench = new QuirkBench({
      timeZone,
      start: now.toString(),
      query: "keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: today } }",
    });
    const believed = new Set<string>();
    for (let count = 0; count < 46; count++) {
      for (const event of await bench.poll(serving(steps))) {
        const [kind, id = ""] = event.split(" ");
        assertEquals(["added", "left_window"].includes(kind ?? ""), true, `${event} at ${now}`);
        if (kind === "added") believed.add(id);
        else assertEquals(believed.delete(id), true, `${event} at ${now}`);
      }
      const today = dateText(now.toZonedDateTimeISO(timeZone).toPlainDate());
      const truth = steps.filter(({ date }) => date === today).map(({ id }) => id);
      assertEquals([...believed], truth, `at ${now}`);
      now = now.add({ minutes: 67 });
      await bench.clock.advance(now.since(bench.clock.now()).total("milliseconds"));
    }
  });
}

function dateText(date: Temporal.PlainDate): string {
  return date.toString().replaceAll("-", "");
}
