import { assertEquals } from "@std/assert";
import { keysIn, moved, screenText } from "../../../../src/cli/results/top_screen.ts";

Deno.test("keysIn() knows arrows, pages, q and Ctrl-C, and nothing else", () => {
  assertEquals(keysIn("jx\x1b[A\x1b[6~\x1bOB \x1b[1;5Pq\x03"), [
    "down",
    "up",
    "page-down",
    "down",
    "page-down",
    "quit",
    "interrupt",
  ]);
  assertEquals(keysIn("\x1b"), ["quit"]);
  assertEquals(keysIn(""), []);
});

Deno.test("moved() stays within the lines", () => {
  assertEquals(moved(0, "up", 30, 11), 0);
  assertEquals(moved(0, "page-down", 30, 11), 10);
  assertEquals(moved(15, "page-down", 30, 11), 20);
  assertEquals(moved(3, "end", 30, 11), 20);
  assertEquals(moved(20, "home", 30, 11), 0);
  assertEquals(moved(0, "down", 5, 11), 0);
});

Deno.test("screenText() has no more lines than the terminal, and says where it is", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  const text = screenText(lines, 5, 11);
  assertEquals(text.split("\r\n").length, 11);
  assertEquals(text.includes("lines 6 to 15 of 30"), true);
  assertEquals(screenText(["a"], 0, 11), "\x1b[Ha\x1b[K\r\nq quits\x1b[K\x1b[J");
});
