import { assert, assertEquals } from "@std/assert";
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

const sps = "ScheduledProcedureStepSequence";

for (
  const [changedIn, tags, isChosen] of [
    [[sps], ["0040010000400003"], true],
    [[`${sps}.ScheduledProcedureStepStartTime`], ["0040010000400003"], true],
    [[`${sps}.ScheduledProcedureStepStartTime`], ["00400003"], false],
    [["ScheduledProcedureStepStartTime"], ["0040010000400003"], false],
    [["PatientName", sps], ["00080050", "0040010000400003"], true],
    [["PatientName", sps], ["00080050", "00100020"], false],
    // An item or a sequence that came or went as a whole has what lies in it.
    [[`${sps}.ScheduledProcedureStepStartTime`], ["00400100"], true],
    [[], ["00100010"], false],
  ] as const
) {
  const verb = isChosen ? "chooses" : "leaves out";
  Deno.test(`compileSelection() ${verb} a change in ${tags} by ${JSON.stringify(changedIn)}`, async () => {
    const journal = new MemoryJournal();
    const change = changed(1, "", "a", "b");
    assert(change.kind === "changed");
    const changes = tags.map((tag) => ({ path: "", tag, vr: "SH", before: ["a"], after: ["b"] }));
    journal.commit(Temporal.Instant.from("2026-11-21T12:00:00Z"), { ...change, changes });
    const [event] = await journal.read(0, 1);
    assertEquals(compileSelection({ changedIn })?.(parseEvent(event?.line ?? "")), isChosen);
  });
}
