import { assertEquals } from "@std/assert";
import { fitWidths, layOutTable } from "../../../../src/cli/results/text_table.ts";

function columns(...widths: [title: number, value: number][]): { title: number; value: number }[] {
  return widths.map(([title, value]) => ({ title, value }));
}

Deno.test("fitWidths() gives every column what it wants where there is room", () => {
  assertEquals(fitWidths(columns([31, 8], [4, 20]), 80), [31, 20]);
});

Deno.test("fitWidths() lets wide columns give way first, titles before values", () => {
  assertEquals(fitWidths(columns([8, 8], [11, 40], [10, 10]), 40), [8, 18, 10]);
  assertEquals(fitWidths(columns([31, 8], [31, 6], [11, 14]), 40), [11, 11, 14]);
});

Deno.test("fitWidths() leaves out the last columns where even narrow ones do not fit", () => {
  assertEquals(fitWidths(columns([20, 8], [20, 8], [20, 8], [20, 8]), 40), [12, 12, 12]);
  assertEquals(fitWidths(columns([200, 200]), 4), [16]);
});

Deno.test("fitWidths() never exceeds the terminal where columns can give way", () => {
  const wide = columns([10, 10], [31, 64], [3, 3], [20, 40], [12, 1]);
  for (let width = 20; width < 200; width++) {
    const widths = fitWidths(wide, width);
    const total = widths.reduce((sum, each) => sum + each, 2 * (widths.length - 1));
    assertEquals(total <= width, true, `${width}`);
  }
});

Deno.test("layOutTable() cuts titles at their beginning, where keywords are alike", () => {
  const titles = ["ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"];
  const { head } = layOutTable(titles, [["20261122", "101500"]], 22);
  assertEquals(head, "…StartDate  …StartTime");
});

Deno.test("layOutTable() lays out as many rows as a large worklist has", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
  assertEquals(layOutTable(["Name"], rows, Infinity).line(["1"]), "1");
});

Deno.test("layOutTable() counts wide characters as two cells", () => {
  const table = layOutTable(["Name", "Id"], [["山田^太郎", "1"]], Infinity);
  assertEquals(table.head, "Name       Id");
  assertEquals(table.line(["山田^太郎", "1"]), "山田^太郎  1");
  assertEquals(table.line(["DOE", "2"]), "DOE        2");
});

Deno.test("layOutTable() cuts only where it has to fit, and shows control characters", () => {
  const narrow = layOutTable(["Name", "Id"], [["DOE^JANE^MARY^ELIZABETH", "1"]], 20);
  assertEquals(narrow.line(["DOE^JANE^MARY^ELIZABETH", "1"]), "DOE^JANE^MARY^E…  1");
  const free = layOutTable(["Name", "Id"], [], Infinity);
  assertEquals(free.line(["DOE^JANE", "\x1b[2J"]), "DOE^JANE  ␛[2J");
});
