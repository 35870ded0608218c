import { assert, assertEquals } from "@std/assert";
import { eventLines } from "../../../src/daemon/poll/poll_report.ts";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import {
  answering,
  having,
  QuirkBench,
  rawStep,
  stepBytes,
  stepDataSet,
} from "../../support/quirk_bench.ts";

const ours = `keys:
      ScheduledProcedureStepSequence:
        ScheduledStationAETitle: CT1
        ScheduledProcedureStepStartDate: today`;
const s1 = { id: "S1" };
const s2 = { id: "S2" };

Deno.test("quirk 6: matches outside the keys are dropped, and a step that moves away leaves", async () => {
  await using bench = new QuirkBench({ query: ours });
  const others = [{ id: "S8", station: "CT2" }, { id: "S9", date: "20261122" }];
  const report = await bench.report(having(s1, ...others, s2));
  assertEquals(report.counts.added, 2);
  const sps = "ScheduledProcedureStepSequence";
  assertEquals(report.rejected, {
    [`${sps}.ScheduledStationAETitle`]: 1,
    [`${sps}.ScheduledProcedureStepStartDate`]: 1,
  });
  await bench.quiet(4, having(...others, s2, s1));
  assertEquals(await bench.poll(having({ ...s1, station: "CT2" }, s2, ...others)), [
    "changed S1 ScheduledStationAETitle",
    "left_window S1",
  ]);
  await bench.quiet(3, having({ ...s1, station: "CT2" }, s2, ...others));
  assertEquals(await bench.poll(having(s1, s2, ...others)), ["added S1"]);
});

Deno.test("quirk 6: at midnight, yesterday's steps leave although the peer goes on returning them", async () => {
  await using bench = new QuirkBench({ query: ours, start: "2026-11-21T22:59:15Z" });
  const tomorrow = { id: "S3", date: "20261122" };
  assertEquals(await bench.poll(having(s1, s2, tomorrow)), ["added S1", "added S2"]);
  await bench.quiet(1, having(s1, s2, tomorrow));
  assertEquals(await bench.poll(having(s1, s2, tomorrow)), [
    "added S3",
    "left_window S1",
    "left_window S2",
  ]);
  await bench.quiet(3, having(s1, s2, tomorrow));
});

Deno.test("quirk 12: steps without a study, without an id, or without either are kept apart", async () => {
  await using bench = new QuirkBench();
  const noStudy = encodeDataSet(without(stepDataSet(s1), Tag.StudyInstanceUID), explicit);
  const emptyId = stepBytes({ id: "", study: "1.2.7" });
  const nothing = encodeDataSet(
    without(stepDataSet({ id: "", patient: "P1", name: "DOE^JANE" }), Tag.StudyInstanceUID),
    explicit,
  );
  const other = encodeDataSet(
    without(stepDataSet({ id: "", patient: "P2", name: "ROE^JOHN" }), Tag.StudyInstanceUID),
    explicit,
  );
  const first = await bench.report(answering([noStudy, emptyId, nothing, other]));
  assertEquals([first.counts.added, first.counts.collisions.length], [4, 1]);
  await bench.quiet(2, answering([other, nothing, emptyId, noStudy]));
  await bench.quiet(1, answering([nothing, emptyId, noStudy]));
  const { counts } = await bench.report(answering([emptyId, nothing, noStudy]));
  assertEquals([counts.removed, counts.changed, counts.added], [1, 0, 0]);
});

Deno.test("quirk 12: several steps of one study are several items", async () => {
  await using bench = new QuirkBench();
  const one = { id: "S1", study: "1.2.9" };
  const two = { id: "S2", study: "1.2.9" };
  assertEquals(await bench.poll(having(one, two)), ["added S1", "added S2"]);
  await bench.quiet(2, having(two, one));
  assertEquals(await bench.poll(having(one, { ...two, time: "1000" })), [
    "changed S2 ScheduledProcedureStepStartTime",
  ]);
});

Deno.test("quirk 12: the same item twice is one; two data sets of one identity are two, in any order", async () => {
  await using bench = new QuirkBench();
  const jane = { id: "S1", study: "1.2.9", patient: "P1", name: "DOE^JANE" };
  const john = { id: "S1", study: "1.2.9", patient: "P2", name: "ROE^JOHN" };
  assertEquals(await bench.poll(having(jane, jane)), ["added S1"]);
  assertEquals(await bench.poll(having(john, jane)), ["added S1#2"]);
  await bench.quiet(2, having(jane, john));
  await bench.quiet(1, having(john, jane, john));
  assertEquals(await bench.poll(having({ ...john, time: "0930" }, jane)), [
    "changed S1#2 ScheduledProcedureStepStartTime",
  ]);
  await bench.quiet(1, having({ ...john, time: "0930" }));
  assertEquals(await bench.poll(having({ ...john, time: "0930" })), ["removed S1"]);
});

Deno.test("quirk 13: another spelling of the same value is no change", async () => {
  await using bench = new QuirkBench({ query: "ignore: [RequestedProcedureDescription]" });
  const step = { id: "S1", name: "DOE^JANE", weight: "72.5" };
  assertEquals(await bench.poll(having(step, s2)), ["added S1", "added S2"]);
  await bench.quiet(1, having(s2, step));
  await bench.quiet(1, having({ ...step, name: "DOE^JANE^^^" }, s2));
  await bench.quiet(1, having({ ...step, name: "DOE^JANE^^^==" }, s2));
  await bench.quiet(1, having({ ...step, weight: "+72.50" }, s2));
  await bench.quiet(1, having({ ...step, weight: "7.25e1 " }, s2));
  const volatile = stepDataSet(step);
  volatile.set(element(0x00321060, ["printed at 08:00:01"]));
  await bench.quiet(1, answering([encodeDataSet(volatile, explicit), stepBytes(s2)]));
  assertEquals(await bench.poll(having({ ...step, weight: "72.6" }, s2)), [
    "changed S1 PatientWeight",
  ]);
  assertEquals(await bench.poll(having({ ...step, weight: "72.6", name: "Doe^Jane" }, s2)), [
    "changed S1 PatientName",
  ]);
});

Deno.test("quirk 14: dates of ACR-NEMA, with spaces and full stops, are in the window that they name", async () => {
  await using bench = new QuirkBench({ query: ours, start: "2026-11-21T22:58:45Z" });
  const odd = [
    { id: "S1", date: "2026.11.21" },
    { id: "S2", date: "20261121 " },
    { id: "S3", date: "20261121." },
  ];
  const away = { id: "S4", date: "2026.11.20" };
  assertEquals((await bench.poll(having(...odd, away))).sort(), [
    "added S1",
    "added S2",
    "added S3",
  ]);
  await bench.quiet(2, having(...odd, away));
  assertEquals((await bench.poll(having(...odd, away))).sort(), [
    "left_window S1",
    "left_window S2",
    "left_window S3",
  ]);
});

Deno.test("quirk 14: a window of days and times is kept, whatever the peer returns", async () => {
  await using bench = new QuirkBench({
    query: `keys:
      ScheduledProcedureStepSequence:
        ScheduledProcedureStepStartDate: today..today+1
        ScheduledProcedureStepStartTime: 060000-180000`,
  });
  const script = having(
    { id: "S1", time: "0559" },
    { id: "S2", time: "0600" },
    { id: "S3", date: "20261122", time: "2300" },
    { id: "S4", date: "20261122", time: "1759" },
  );
  // From 6 today until 18 tomorrow: date and time are one (PS3.4 section K.4.1.1.3.1).
  assertEquals((await bench.poll(script)).sort(), ["added S2", "added S4"]);
  await bench.quiet(3, script);
});

Deno.test("quirk 24: a step of several stations is found by each of them", async () => {
  await using bench = new QuirkBench({ query: ours });
  const both = { id: "S1", station: ["CT2", "CT1"] };
  assertEquals(await bench.poll(having(both, { id: "S2", station: ["CT2", "CT3"] })), ["added S1"]);
  await bench.quiet(2, having(both));
  assertEquals(await bench.poll(having({ ...both, station: ["CT1", "CT2"] })), [
    "changed S1 ScheduledStationAETitle",
  ]);
  assertEquals(await bench.poll(having({ ...both, station: ["CT3", "CT2"] })), [
    "changed S1 ScheduledStationAETitle",
    "left_window S1",
  ]);
});

Deno.test("quirk 24: a step sequence without items, an empty item, and several items are taken as they are", async () => {
  await using bench = new QuirkBench();
  const base = { id: "S1", study: "1.2.5" };
  const withItems = (study: string, ...items: DataSet[]): Uint8Array => {
    const dataSet = stepDataSet({ ...base, study });
    dataSet.set(element(Tag.ScheduledProcedureStepSequence, items, "SQ"));
    return encodeDataSet(dataSet, explicit);
  };
  const [item = new DataSet()] = stepDataSet({ id: "S5", station: "CT1" })
    .items(Tag.ScheduledProcedureStepSequence);
  const [second = new DataSet()] = stepDataSet({ id: "S6", station: "CT2" })
    .items(Tag.ScheduledProcedureStepSequence);
  const none = withItems("1.2.1");
  const empty = withItems("1.2.2", new DataSet());
  const several = withItems("1.2.3", item, second);
  const report = await bench.report(answering([none, empty, several]));
  assertEquals([report.complete, report.counts.added], [true, 3]);
  await bench.quiet(3, answering([several, none, empty]));
  const [moved = new DataSet()] = stepDataSet({ id: "S6", station: "CT3" })
    .items(Tag.ScheduledProcedureStepSequence);
  const { counts, changes } = await bench.report(
    answering([none, empty, withItems("1.2.3", item, moved)]),
  );
  assertEquals(counts.changed, 1);
  const [line = ""] = eventLines(changes);
  assertEquals(JSON.parse(line).data.changes.map(({ path }: { path: string }) => path), [
    "ScheduledProcedureStepSequence[1].ScheduledStationAETitle",
  ]);
});

Deno.test("quirk 24: with keys, one of several step items is enough", async () => {
  await using bench = new QuirkBench({ query: ours });
  const dataSet = stepDataSet({ id: "S1", station: "CT2" });
  const [item] = dataSet.items(Tag.ScheduledProcedureStepSequence);
  const [second] = stepDataSet({ id: "S2", station: "CT1" })
    .items(Tag.ScheduledProcedureStepSequence);
  assert(item && second);
  dataSet.set(element(Tag.ScheduledProcedureStepSequence, [item, second], "SQ"));
  assertEquals(await bench.poll(answering([encodeDataSet(dataSet, explicit)])), ["added S1"]);
  await bench.quiet(2, answering([encodeDataSet(dataSet, explicit)]));
});

Deno.test("quirk 18: padding of any kind, and values that are too long, are taken as they are", async () => {
  await using bench = new QuirkBench();
  const padded = rawStep("S1", { name: "DOE^JANE\0\0" });
  assertEquals(await bench.poll(answering([padded])), ["added S1"]);
  await bench.quiet(1, answering([rawStep("S1", { name: "DOE^JANE  " })]));
  await bench.quiet(1, answering([rawStep("S1", { name: "DOE^JANE" })]));
});

const explicit = TransferSyntax.ExplicitVrLittleEndian;

function without(dataSet: DataSet, tag: number): DataSet {
  dataSet.delete(tag);
  return dataSet;
}
