import { assert, assertEquals } from "@std/assert";
import { type CloudEvent, parseEvent } from "../../../src/deliver/cloud_event.ts";
import { coalesce } from "../../../src/deliver/coalesce.ts";
import type { PendingEvent } from "../../../src/worklist/event.ts";
import { added, changed, left, MemoryJournal, removed } from "../../support/memory_journal.ts";

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

function dateIn(item: unknown): unknown {
  const element = (item as Record<string, { readonly Value: readonly unknown[] }>)["00400002"];
  return element?.Value[0];
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
      "begins a new story when an item returns that left its window",
      [...story("a", "b"), left(1), added(1), ...story("b", "c")],
      ["q.1-2 left_window", "q.3-4 added"],
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
  assertEquals(event?.data.kinds, ["rescheduled"]);
  assertEquals(dateIn(event?.data.before), "a");
  assertEquals(dateIn(event?.data.after), "d");
});

Deno.test("coalesce() names every kind of what happened, once", async () => {
  const [first, second] = story("a", "b", "c");
  assert(first?.kind === "changed" && second?.kind === "changed");
  const moved = { ...second, kinds: ["rescheduled", "station_moved"] as const };
  const [event] = await coalesced(first, moved, ...story("c", "d"));
  assertEquals(event?.data.kinds, ["rescheduled", "station_moved"]);
});

Deno.test("coalesce() adds an item as its first event did, but for what it is now", async () => {
  const [event] = await coalesced(added(1), ...story("a", "b", "c"));
  assertEquals(event?.data.key, { ScheduledProcedureStepID: "SPS1" });
  assertEquals([event?.data.before, dateIn(event?.data.after)], [undefined, "c"]);
  assertEquals([event?.data.changes, event?.data.kinds], [undefined, undefined]);
});

Deno.test("coalesce() removes an item as it was before its last changes", async () => {
  const [event] = await coalesced(...story("a", "b", "c"), removed(1));
  assertEquals([dateIn(event?.data.before), event?.data.after], ["a", undefined]);
  assertEquals(event?.data.evidence, { reason: "missing", polls: 2 });
});

Deno.test("coalesce() does not merge events about polls", async () => {
  const failed: PendingEvent = { kind: "failed", reason: "rejected", words: "w" };
  assertEquals(outline(await coalesced(failed, failed)), ["q.1 failed", "q.2 failed"]);
});
