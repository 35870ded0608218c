import { assertEquals } from "@std/assert";
import { cutPayload } from "../../../src/deliver/payload.ts";
import { added, changed, MemoryJournal, removed } from "../../support/memory_journal.ts";

async function lines(): Promise<string[]> {
  const journal = new MemoryJournal();
  const change = changed(1, "ScheduledProcedureStepStartDate", "20261121", "20261122");
  journal.commit(Temporal.Instant.from("2026-11-21T12:00:00Z"), added(1), change, removed(1));
  return (await journal.read(0, 9)).map(({ line }) => line);
}

Deno.test("cutPayload() leaves a full event as it is, to the byte", async () => {
  for (const line of await lines()) assertEquals(cutPayload(line, "full"), line);
});

for (
  const [payload, expected] of [
    ["delta", [
      ["query", "peer", "model", "key", "poll", "after"],
      ["query", "peer", "model", "key", "poll", "kinds", "changes"],
      ["query", "peer", "model", "key", "poll", "evidence"],
    ]],
    ["thin", [
      ["query", "peer", "model", "key", "poll"],
      ["query", "peer", "model", "key", "poll", "kinds"],
      ["query", "peer", "model", "key", "poll"],
    ]],
  ] as const
) {
  Deno.test(`cutPayload() leaves of a ${payload} event what it must`, async () => {
    const cut = (await lines()).map((line) => JSON.parse(cutPayload(line, payload)));
    assertEquals(cut.map(({ data }) => Object.keys(data)), expected.map((keys) => [...keys]));
    assertEquals(cut[1].id, "ct-today.0000000000000002");
  });
}
