import { assertEquals } from "@std/assert";
import { printable, printableJson } from "../../../src/cli/printable.ts";

Deno.test("printable() shows every character that a terminal may obey", () => {
  assertEquals(printable("\x1b[31mred\x07\r\n\t"), "\\x1b[31mred\\x07\\x0d\\x0a\\x09");
  assertEquals(printable("\x7f\x9b2J"), "\\x7f\\x9b2J");
  assertEquals(printable("\u202eabc\u2066\u2028"), "\\u202eabc\\u2066\\u2028");
});

Deno.test("printable() leaves letters of every script alone", () => {
  for (const text of ["Müller^Jörg", "山田^太郎", "Люкceмбypг", "김^희중", "e\u0301"]) {
    assertEquals(printable(text), text);
  }
});

Deno.test("printableJson() escapes without changing the value", () => {
  const value = { a: "\x9b2J\u202e\x7f ü" };
  const json = printableJson(JSON.stringify(value));
  assertEquals(json, '{"a":"\\u009b2J\\u202e\\u007f ü"}');
  assertEquals(JSON.parse(json), value);
});
