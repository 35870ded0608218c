import { assertEquals } from "@std/assert";
import { printableJson } from "../../../../src/cli/results/printable_json.ts";

Deno.test("printableJson() escapes without changing the value", () => {
  const value = { a: "\x9b2J\u202e\x7f ü" };
  const json = printableJson(JSON.stringify(value));
  assertEquals(json, '{"a":"\\u009b2J\\u202e\\u007f ü"}');
  assertEquals(JSON.parse(json), value);
});
