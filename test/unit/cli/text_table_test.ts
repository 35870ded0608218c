import { assertEquals } from "@std/assert";
import { fitWidths, layOutTable } from "../../../src/cli/text_table.ts";

Deno.test("fitWidths() lets wide columns give way first", () => {
  assertEquals(fitWidths([8, 40, 10], 40), [8, 18, 10]);
  assertEquals(fitWidths([30, 30], 40), [19, 19]);
});

Deno.test("fitWidths() leaves out the last columns where even narrow ones do not fit", () => {
  assertEquals(fitWidths([20, 20, 20, 20], 26), [7, 7, 8]);
  assertEquals(fitWidths([200], 4), [6]);
});

Deno.test("fitWidths() never exceeds the terminal where columns can give way", () => {
  for (let width = 20; width < 200; width++) {
    const widths = fitWidths([10, 64, 3, 40, 12], width);
    const total = widths.reduce((sum, each) => sum + each, 2 * (widths.length - 1));
    assertEquals(total <= width, true, `${width}`);
  }
});

Deno.test("layOutTable() counts wide characters as two cells", () => {
  const table = layOutTable([["Name", "Id"], ["山田^太郎", "1"]], Infinity);
  assertEquals(table.line(["山田^太郎", "1"]), "山田^太郎  1");
  assertEquals(table.line(["DOE", "2"]), "DOE        2");
});

Deno.test("layOutTable() cuts only where it has to fit, and shows control characters", () => {
  const narrow = layOutTable([["Name", "Id"], ["DOE^JANE^MARY^ELIZABETH", "1"]], 14);
  assertEquals(narrow.line(["DOE^JANE^MARY^ELIZABETH", "1"]), "DOE^JANE^…  1");
  const free = layOutTable([["Name", "Id"]], Infinity);
  assertEquals(free.line(["DOE^JANE", "\x1b[2J"]), "DOE^JANE  \\x1b[2J");
});
