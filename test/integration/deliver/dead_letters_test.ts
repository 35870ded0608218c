import { assertEquals } from "@std/assert";
import { DeadLetters } from "../../../src/deliver/dead_letters.ts";

Deno.test("DeadLetters are kept in order over restarts, however many, and cut where they are torn", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sinks/hook.dead.ndjson`;
  try {
    const first = await DeadLetters.open(folder, "hook");
    assertEquals(first.count, 0);
    const text = "é".repeat(1000);
    const why = { at: "2026-11-21T12:00:00Z", reason: "refused", words: "no" } as const;
    const letters = Array.from({ length: 3000 }, (_, n) => ({
      ...why,
      line: JSON.stringify({ id: `q.${n}`, data: { query: "q", text } }),
    }));
    await first.add(letters);
    await Deno.writeTextFile(path, '{"at":"2026-', { append: true });

    const again = await DeadLetters.open(folder, "hook");
    assertEquals(again.count, 3000);
    await again.remove(new Set(["q.0", "q.1500"]));
    assertEquals(again.count, 2998);
    const ids = await Array.fromAsync(again.read(), ({ event }) => event.id);
    const wanted = letters.map((_, n) => `q.${n}`).filter((id) => id !== "q.0" && id !== "q.1500");
    assertEquals(ids, wanted);
    await again.remove(new Set(ids));
    assertEquals([again.count, await Deno.stat(path).catch(() => "gone")], [0, "gone"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
