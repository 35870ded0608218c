import { assertEquals } from "@std/assert";
import { showControls } from "../../../../src/dicom/text/show_controls.ts";

Deno.test("showControls() shows every character that a terminal may obey", () => {
  assertEquals(showControls("\x1b[31mred\x07\r\n\t\0"), "␛[31mred␇␍␊␉␀");
  assertEquals(showControls("\x7f\x9b2J"), "␡<U+009B>2J");
  assertEquals(showControls("\u202eabc\u2066\u2028"), "<U+202E>abc<U+2066><U+2028>");
});

Deno.test("showControls() leaves letters of every script alone, and no lone surrogate", () => {
  for (const text of ["Müller^Jörg", "山田^太郎", "Люкceмбypг", "김^희중", "e\u0301", "𠮷"]) {
    assertEquals(showControls(text), text);
  }
  assertEquals(showControls("A\uD800"), "A\uFFFD");
});
