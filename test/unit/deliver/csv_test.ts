import { assertEquals } from "@std/assert";
import { csvLine } from "../../../src/deliver/csv.ts";

for (
  const [value, cell] of [
    ["Doe^Jane", "Doe^Jane"],
    ["", ""],
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1", "' =1"],
    ["\t=1", `"'\t=1"`],
    ["\rx", `"'\rx"`],
    ["＝1", "'＝1"],
    ['=cmd|" /C calc"!A0', `"'=cmd|"" /C calc""!A0"`],
    ["a,b", '"a,b"'],
    ["a;b", '"a;b"'],
    ["a\nb", '"a\nb"'],
    ['"', '""""'],
    [" a", '" a"'],
  ] as const
) {
  Deno.test(`csvLine() writes ${JSON.stringify(value)} so that it is shown, not executed`, () => {
    assertEquals(csvLine([value, "x"]), `${cell},x\r\n`);
  });
}
