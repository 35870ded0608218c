import { assertEquals } from "@std/assert";
import { readEventFileTail } from "../../../src/deliver/event_file_tail.ts";
import { added, MemoryJournal } from "../../support/memory_journal.ts";

async function fileOf(events: number, query = "ct-today"): Promise<string> {
  const journal = new MemoryJournal(query);
  const time = Temporal.Instant.from("2026-11-21T12:00:00Z");
  for (let n = 1; n <= events; n++) journal.commit(time, added(n));
  return (await journal.read(0, events)).map(({ line }) => line + "\n").join("");
}

function tailOf(text: string, isWhole = true): { torn: number; last: string[] } | undefined {
  const tail = readEventFileTail(new TextEncoder().encode(text), isWhole);
  return tail && { torn: tail.tornBytes, last: [...tail.last.values()].map(({ id }) => id) };
}

Deno.test("readEventFileTail() finds the last event of each query", async () => {
  const text = await fileOf(3, "a") + await fileOf(2, "b[1.2]") + await fileOf(1, "c");
  assertEquals(tailOf(text), {
    torn: 0,
    last: ["c.0000000000000001", "b[1.2].0000000000000002", "a.0000000000000003"],
  });
});

Deno.test("readEventFileTail() finds a line torn anywhere", async () => {
  const whole = await fileOf(2);
  const line = (await fileOf(3)).slice(whole.length);
  for (let cut = 0; cut < line.length - 1; cut++) {
    const torn = line.slice(0, cut);
    assertEquals(tailOf(whole + torn), { torn: torn.length, last: ["ct-today.0000000000000002"] });
    assertEquals(tailOf(torn), { torn: torn.length, last: [] });
  }
});

Deno.test("readEventFileTail() cuts zeros that a power loss left, with or without a line end", async () => {
  const whole = await fileOf(1);
  const last = ["ct-today.0000000000000001"];
  assertEquals(tailOf(`${whole}\0\0\0\0`), { torn: 4, last });
  assertEquals(tailOf(`${whole}\0\0\0\n`), { torn: 4, last });
  assertEquals(tailOf("\0\0\0"), { torn: 3, last: [] });
});

Deno.test("readEventFileTail() begins after the first line feed if it has only the end of a file", async () => {
  const text = await fileOf(2);
  assertEquals(tailOf(text.slice(100), false), { torn: 0, last: ["ct-today.0000000000000002"] });
});

Deno.test("readEventFileTail() does not take another's file for ours", () => {
  const others = ["hello\n", "hello", '{"a":1}\n', "\n", '{"specversion":"1.0"}\n'];
  assertEquals(others.map((text) => tailOf(text)), others.map(() => undefined));
});
