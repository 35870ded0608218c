import { assertEquals } from "@std/assert";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { added, MemoryJournal } from "../../support/memory_journal.ts";

/** Runs with standard output taken over; what was written there, at most so many bytes at once. */
async function withStdout(bytesAtOnce: number, run: () => Promise<void>): Promise<string> {
  const original = Deno.stdout.write;
  const decoder = new TextDecoder();
  let text = "";
  Deno.stdout.write = (bytes) => {
    const part = bytes.subarray(0, bytesAtOnce);
    text += decoder.decode(part, { stream: true });
    return Promise.resolve(part.length);
  };
  try {
    await run();
  } finally {
    Deno.stdout.write = original;
  }
  return text;
}

Deno.test("the stdout sink writes each event as one line, also when the pipe takes a few bytes at once", async () => {
  await using folder = new TemporaryFolder();
  const journals = [new MemoryJournal("a"), new MemoryJournal("b")];
  const text = await withStdout(7, async () => {
    await using bench = new DeliveryBench(folder.path);
    await bench.open({ out: { type: "stdout", events: ["added"] } }, ...journals);
    for (const journal of journals) {
      journal.commit(bench.clock.now(), added(1), { kind: "failed", reason: "refused", words: "" });
    }
    await bench.drained();
  });
  const lines = await Promise.all(
    journals.map(async (journal) => (await journal.read(0, 1))[0]?.line),
  );
  assertEquals(text.split("\n"), [...lines, ""]);
});
