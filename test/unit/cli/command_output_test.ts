import { assertEquals } from "@std/assert";
import { shownCsvLine, shownJson } from "../../../src/cli/command_output.ts";

Deno.test("shownJson() leaves a terminal nothing to obey, and JSON elsewhere as it is", () => {
  const json = '{"a":"\x9b31mRED\x7f\u202e"}';
  const shown = shownJson(json, true);
  assertEquals(shown, '{"a":"\\u009b31mRED\\u007f\\u202e"}');
  assertEquals(JSON.parse(shown), JSON.parse(json));
  assertEquals(shownJson(json, false), json);
});

Deno.test("shownCsvLine() leaves a terminal nothing to obey, and cells elsewhere as they are", () => {
  assertEquals(shownCsvLine(["\x1b[31mRED", "B"], true), "␛[31mRED,B\r\n");
  assertEquals(shownCsvLine(["\x1b[31mRED", "B"], false), "\x1b[31mRED,B\r\n");
});
