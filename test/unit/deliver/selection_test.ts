import { assertEquals } from "@std/assert";
import { parseEvent } from "../../../src/deliver/cloud_event.ts";
import { compileSelection } from "../../../src/deliver/selection.ts";
import type { EventSelection } from "../../../src/deliver/sink.ts";
import { added, changed, MemoryJournal, removed } from "../../support/memory_journal.ts";

async function chosen(selection: EventSelection): Promise<string[]> {
  const journal = new MemoryJournal();
  const failed = { kind: "failed", reason: "unreachable", words: "no answer" } as const;
  journal.commit(
    Temporal.Instant.from("2026-11-21T12:00:00Z"),
    added(1),
    changed(1, "ScheduledProcedureStepStartDate", "20261121", "20261122"),
    removed(1),
    failed,
  );
  const wants = compileSelection(selection);
  const events = (await journal.read(0, 10)).map(({ line }) => parseEvent(line));
  return events.filter((event) => wants?.(event) ?? true).map(({ type }) => type);
}

const item = "dicom.worklist.item";

for (
  const [selection, types] of [
    [{}, [`${item}.added`, `${item}.changed`, `${item}.removed`, "dicom.poll.failed"]],
    [{ events: ["added", "removed"] }, [`${item}.added`, `${item}.removed`]],
    [{ events: ["failed"] }, ["dicom.poll.failed"]],
    [{ events: [] }, []],
    [{ events: ["changed"], changedIn: ["PatientName"] }, []],
    [{ events: ["changed"], changedIn: ["(0040,0002)"] }, [`${item}.changed`]],
    [
      { changedIn: ["PatientName"] },
      [`${item}.added`, `${item}.removed`, "dicom.poll.failed"],
    ],
  ] as const
) {
  Deno.test(`compileSelection() chooses by ${JSON.stringify(selection)}`, async () => {
    assertEquals(await chosen(selection), [...types]);
  });
}
