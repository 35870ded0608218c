import { assertEquals } from "@std/assert";
import { type CloudEvent, parseEvent } from "../../../src/deliver/cloud_event.ts";
import { coalesce } from "../../../src/deliver/coalesce.ts";
import type { PendingEvent } from "../../../src/worklist/event.ts";
import { added, changed, MemoryJournal, removed } from "../../support/memory_journal.ts";

const date = "ScheduledProcedureStepStartDate";

async function coalesced(...events: readonly PendingEvent[]): Promise<CloudEvent[]> {
  const journal = new MemoryJournal("q");
  journal.commit(Temporal.Instant.from("2026-11-21T12:00:00Z"), ...events);
  return coalesce((await journal.read(0, 100)).map(({ line }) => parseEvent(line)));
}

function outline(events: readonly CloudEvent[]): string[] {
  return events.map(({ id, type, data }) => {
    const changes = (data.changes ?? []).map(({ before, after }) => `${before}>${after}`);
    return [id.replaceAll(/0{8,}/g, ""), type.split(".").at(-1), ...changes].join(" ");
  });
}

const story = (...values: readonly string[]): PendingEvent[] =>
  values.slice(1).map((value, at) => changed(1, date, values[at] ?? "", value));

for (
  const [what, events, expected] of [
    ["leaves single events alone", [added(1), added(2), removed(3)], [
      "q.1 added",
      "q.2 added",
      "q.3 removed",
    ]],
    ["merges changes into one", story("a", "b", "c"), ["q.1-2 changed a>c"]],
    ["tells nothing where the last change undoes the first", story("a", "b", "a"), []],
    ["adds an item as it is after its changes", [added(1), ...story("a", "b")], ["q.1-2 added"]],
    ["tells nothing of an item that came and went", [added(1), ...story("a", "b"), removed(1)], []],
    ["removes an item without its last changes", [...story("a", "b"), removed(1)], [
      "q.1-2 removed",
    ]],
    [
      "begins a new story when an item returns",
      [removed(1), added(1), ...story("a", "b")],
      ["q.1 removed", "q.2-3 added"],
    ],
    [
      "keeps the order of the last sources",
      [changed(1, date, "a", "b"), added(2), changed(1, date, "b", "c")],
      ["q.2 added", "q.1-3 changed a>c"],
    ],
  ] as const
) {
  Deno.test(`coalesce() ${what}`, async () => {
    assertEquals(outline(await coalesced(...events)), [...expected]);
  });
}

Deno.test("coalesce() names its sources and keeps the first before and the last after", async () => {
  const [event] = await coalesced(...story("a", "b", "c", "d"));
  assertEquals(event?.data.sources, [
    "q.0000000000000001",
    "q.0000000000000002",
    "q.0000000000000003",
  ]);
  assertEquals(event?.sequence, "0000000000000003");
  const after: Record<string, unknown> = { ...event?.data.after ?? {} };
  assertEquals(after["00400002"], { vr: "DA", Value: ["d"] });
});

Deno.test("coalesce() does not merge events about polls", async () => {
  const failed: PendingEvent = { kind: "failed", reason: "rejected", words: "w" };
  assertEquals(outline(await coalesced(failed, failed)), ["q.1 failed", "q.2 failed"]);
});
