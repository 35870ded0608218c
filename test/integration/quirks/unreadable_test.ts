import { assertEquals, assertMatch } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import {
  answering,
  type BenchOptions,
  having,
  latin1,
  QuirkBench,
  rawStep,
  serving,
  stepDataSet,
} from "../../support/quirk_bench.ts";

const sps = "ScheduledProcedureStepSequence";
const today = `${sps}: { ScheduledProcedureStepStartDate: today..today+1 }`;
const morning = `${sps}: { ScheduledProcedureStepStartTime: 0900-1000 }`;

function benchWith(keys: string, options: BenchOptions = {}): QuirkBench {
  return new QuirkBench({
    start: "2026-11-27T08:00:00Z",
    query: `keys: { ${keys} }`,
    ...options,
  });
}

const written: [value: string, isRead: boolean][] = [
  ["2026-11-27", true],
  ["2026/11/27", true],
  ["20261127120000", true],
  ["202611", false],
  ["27.11.", false],
];
for (const [value, isRead] of written) {
  Deno.test(`quirk 27: a step whose date turns to ${value} stays on the list of today`, async () => {
    await using bench = benchWith(today);
    await bench.poll(having({ id: "S1", date: "20261127" }));
    const events = await bench.poll(having({ id: "S1", date: value }));
    assertEquals(events, ["changed S1 ScheduledProcedureStepStartDate"]);
    const { notes } = await bench.report(having({ id: "S1", date: value }));
    assertEquals(
      notes.map(({ words }) => words),
      isRead ? [] : [
        `${sps}.ScheduledProcedureStepStartDate cannot be read: 1 item is kept without knowing whether ` +
        "the keys match",
      ],
    );
    await bench.quiet(3, having({ id: "S1", date: value }));
    assertEquals(bench.store.worklist.size, 1);
  });
}

for (const value of ["9:30", "093000.0000000", "093000,5", "noon"]) {
  Deno.test(`quirk 27: a step whose time turns to ${value} stays on the list of the morning`, async () => {
    await using bench = benchWith(morning);
    await bench.poll(having({ id: "S1", time: "0930" }));
    const events = await bench.poll(having({ id: "S1", time: value }));
    assertEquals(events, ["changed S1 ScheduledProcedureStepStartTime"]);
    await bench.quiet(3, having({ id: "S1", time: value }));
  });
}

Deno.test("quirk 27: a step whose unreadable date becomes another day leaves the window", async () => {
  await using bench = benchWith(today);
  assertEquals(await bench.poll(having({ id: "S1", date: "soon" })), ["added S1"]);
  await bench.quiet(2, having({ id: "S1", date: "soon" }));
  assertEquals(await bench.poll(having({ id: "S1", date: "20261130" })), [
    "changed S1 ScheduledProcedureStepStartDate",
    "left_window S1",
  ]);
});

Deno.test("quirk 27: a name with unreadable characters is no other name", async () => {
  await using bench = benchWith(`PatientName: "MULLER*"`);
  const named = (name: string): Uint8Array =>
    rawStep("S1", { characterSet: "ISO_IR 192", name: latin1(name) });
  assertEquals(await bench.poll(answering([named("MULLER^A")])), ["added S1"]);
  assertEquals(await bench.poll(answering([named("M\xFCLLER^A")])), ["changed S1 PatientName"]);
  const { notes } = await bench.report(answering([named("M\xFCLLER^A")]));
  assertMatch(notes[0]?.words ?? "", /^PatientName cannot be read: 1 item is kept/);
  assertEquals(bench.store.worklist.size, 1);
});

/** A step as a peer in another time zone sends it. */
function zoned(id: string, date: string, time: string, offset: string): Uint8Array {
  const dataSet = stepDataSet({ id, date, time });
  const elements = [...dataSet.elements(), element(Tag.TimezoneOffsetFromUTC, [offset])];
  return encodeDataSet(new DataSet(elements), TransferSyntax.ExplicitVrLittleEndian);
}

Deno.test("quirk 28: a step in UTC is on the list of its day in Auckland, from midnight to midnight", async () => {
  await using bench = benchWith(`${sps}: { ScheduledProcedureStepStartDate: today }`, {
    start: "2026-11-26T20:00:00Z",
    timeZone: "Pacific/Auckland",
  });
  const answer = answering([
    zoned("S1", "20261126", "190000", "+0000"),
    zoned("S2", "20261127", "080000", "+1300"),
    zoned("S3", "20261127", "110000", "+0000"),
  ]);
  assertEquals(await bench.poll(answer), ["added S1", "added S2"]);
  await bench.quiet(3, answer);
  await bench.clock.advance(15 * 3_600_000);
  assertEquals(await bench.poll(answer), ["added S3", "left_window S1", "left_window S2"]);
});

Deno.test("quirk 36: a station in other letters is dropped, and the cure is named", async () => {
  const keys = `${sps}: { ScheduledStationAETitle: CT1 }`;
  await using strict = benchWith(keys);
  const report = await strict.report(having({ id: "S1", station: "ct1" }, { id: "S2" }));
  assertEquals(report.counts.added, 1);
  assertEquals(report.notes.map(({ words }) => words), [
    `1 match differs from key ${sps}.ScheduledStationAETitle only in upper and lower case and was ` +
    "dropped: to accept them, set `recheck: { ignore_case: true }` in query ct",
  ]);
  const again = await strict.report(having({ id: "S1", station: "ct1" }, { id: "S2" }));
  assertEquals(again.notes.length, 1);
  await using lenient = benchWith(keys, {
    query: `keys: { ${keys} }\n    recheck: { ignore_case: true }`,
  });
  assertEquals(await lenient.poll(having({ id: "S1", station: "ct1" }, { id: "S2" })), [
    "added S1",
    "added S2",
  ]);
});

Deno.test("a peer that does not support optional keys (0xFF01) is noted, its matches count", async () => {
  await using bench = benchWith(today);
  const match = encodeDataSet(
    stepDataSet({ id: "S1", date: "20261127" }),
    TransferSyntax.ExplicitVrLittleEndian,
  );
  const { notes, counts } = await bench.report(answering([match], { pending: 0xFF01 }));
  assertEquals(counts.added, 1);
  assertEquals(notes.map(({ words }) => words), [
    "the peer does not support some of the optional keys (status 0xFF01)",
  ]);
});

Deno.test("quirk 28: a peer in a configured time zone is asked for all that is today in that of the query", async () => {
  await using bench = benchWith(`${sps}: { ScheduledProcedureStepStartDate: today }`, {
    start: "2026-11-26T20:00:00Z",
    timeZone: "Pacific/Auckland",
    peer: "timezone: UTC",
  });
  // The peer matches by its own dates, and tells no offset.
  const ris = serving([
    { id: "S1", date: "20261126", time: "1059" },
    { id: "S2", date: "20261126", time: "1900" },
    { id: "S3", date: "20261127", time: "1059" },
    { id: "S4", date: "20261127", time: "1100" },
  ]);
  assertEquals(await bench.poll(ris), ["added S2", "added S3"]);
  await bench.quiet(3, ris);
});
