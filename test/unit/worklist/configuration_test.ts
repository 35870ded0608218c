import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import type { PollEnd } from "../../../src/worklist/judge/reconciliation.ts";
import {
  describeConfigChange,
  type QueryConfiguration,
} from "../../../src/worklist/configuration.ts";
import { subjectOf } from "../../../src/worklist/item.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type Step,
} from "../../support/polled_worklist.ts";

const sps = "ScheduledProcedureStepSequence";
const asked = plainConfiguration.requested;

function step(number: number, more: Step = {}): Step {
  return {
    study: `1.2.${number}`,
    step: `SPS${number}`,
    patient: "4711",
    name: "DOE^JANE",
    time: "0800",
    station: "CT1",
    accession: `A${number}`,
    ...more,
  };
}

function steps(count: number, more: Step = {}): Step[] {
  return Array.from({ length: count }, (_, index) => step(index + 1, more));
}

function without(path: string): QueryConfiguration {
  return { ...plainConfiguration, requested: asked.filter((one) => one !== path) };
}

function stationKeys(station: string): DataSet {
  const item = new DataSet([element(Tag.ScheduledStationAETitle, [station])]);
  return new DataSet([element(Tag.ScheduledProcedureStepSequence, [item])]);
}

Deno.test("reconcile() takes over newly requested attributes without events, and compares them from then on", () => {
  const polled = new PolledWorklist();
  const configuration = without(`${sps}.ScheduledProcedureStepStartTime`);
  const bare = steps(3).map(({ time: _, ...rest }) => rest);
  polled.poll(bare, { configuration });
  polled.takeEvents();
  polled.poll(steps(3));
  assertEquals(polled.takeEvents(), []);
  polled.poll([...steps(2), step(3, { time: "0930" })]);
  assertEquals(polled.takeEvents(), ["changed SPS3"]);
});

Deno.test("reconcile() drops attributes that are no longer requested without events", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  const configuration = without("AccessionNumber");
  const bare = steps(3).map(({ accession: _, ...rest }) => rest);
  polled.poll(bare, { configuration });
  polled.poll(bare, { configuration });
  assertEquals(polled.takeEvents(), []);
  polled.poll(steps(3));
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() reports real changes during a change of the configuration", () => {
  const polled = new PolledWorklist();
  const bare = steps(3).map(({ accession: _, ...rest }) => rest);
  polled.poll(bare, { configuration: without("AccessionNumber") });
  polled.takeEvents();
  const { events } = polled.poll([step(1, { time: "0930" }), ...steps(3).slice(1)]);
  const [event] = events;
  assert(event?.kind === "changed");
  assertEquals(event.changes.map(({ path }) => path), [`${sps}.ScheduledProcedureStepStartTime`]);
});

Deno.test("reconcile() does not compare attributes that were ignored when the item came in other bytes", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  polled.poll(steps(2), { configuration });
  polled.takeEvents();
  polled.poll(steps(2, { accession: "B" }));
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() begins to compare attributes that are no longer ignored, without events", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  polled.poll(steps(2), { configuration });
  polled.takeEvents();
  polled.poll(steps(2, { accession: "B" }), { configuration });
  polled.poll(steps(2, { accession: "B" }));
  assertEquals(polled.takeEvents(), []);
  polled.poll(steps(2, { accession: "C" }));
  assertEquals(polled.takeEvents(), ["changed SPS1", "changed SPS2"]);
});

Deno.test("reconcile() compares with the values last received, not with those ignored before", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  polled.poll(steps(1), { configuration });
  polled.poll(steps(1, { accession: "B" }), { configuration });
  polled.poll(steps(1, { accession: "B" }));
  polled.takeEvents();
  const { events } = polled.poll(steps(1, { accession: "B", time: "0930" }));
  const [event] = events;
  assert(event?.kind === "changed");
  assertEquals(event.changes.map(({ path }) => path), [`${sps}.ScheduledProcedureStepStartTime`]);
});

Deno.test("reconcile() does not compare attributes ignored before and after a change of the configuration", () => {
  const polled = new PolledWorklist();
  const ignore = ["AccessionNumber"];
  polled.poll(steps(2), { configuration: { ...plainConfiguration, ignore } });
  polled.takeEvents();
  const configuration = { ...without("PatientName"), ignore };
  polled.poll(steps(2, { accession: "B" }), { configuration });
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() takes over ignored attributes also if the first answers do not have them", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  polled.poll(steps(1), { configuration });
  polled.poll(steps(1, { accession: "B" }), { configuration });
  const end: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };
  polled.poll([], { end });
  polled.poll(steps(1, { accession: "B" }));
  polled.takeEvents();
  const { events } = polled.poll(steps(1, { accession: "C" }));
  const [event] = events;
  assert(event?.kind === "changed");
  assertEquals(event.changes.map(({ before, after }) => [before, after]), [[["B"], ["C"]]]);
});

Deno.test("reconcile() forgets the limits of another peer", () => {
  const polled = new PolledWorklist();
  for (let round = 0; round < 2; round++) polled.poll(steps(100));
  assertEquals(polled.worklist.pollState.counts.limits, [100]);
  const configuration = { ...plainConfiguration, peer: "RIS@other:104" };
  const { suspect } = polled.poll(steps(100), { configuration });
  assertEquals(suspect, undefined);
  assertEquals(polled.worklist.pollState.counts.limits, []);
});

Deno.test("reconcile() neither holds nor releases the brake for the answers of another peer", () => {
  const configuration = { ...plainConfiguration, peer: "RIS@other:104" };
  const end: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };
  for (const isApproved of [false, true]) {
    for (const incomplete of [[], [end]]) {
      const polled = new PolledWorklist();
      for (const answer of [steps(12), [], []]) polled.poll(answer);
      if (isApproved) {
        const { pollState } = polled.worklist;
        polled.worklist.setPollState({
          ...pollState,
          brake: { polls: 2, loss: 12, heldMs: 0, approved: true },
        });
      }
      for (const end of incomplete) polled.poll([], { configuration, end });
      polled.poll([], { configuration });
      assertEquals(polled.worklist.pollState.brake, { polls: 1, loss: 12, heldMs: 0 });
      assertEquals(polled.worklist.size, 12);
    }
  }
});

Deno.test("reconcile() holds no brake that items of another model held", () => {
  const polled = new PolledWorklist();
  for (const answer of [steps(100), [], []]) polled.poll(answer);
  const configuration: QueryConfiguration = { ...plainConfiguration, model: "ups" };
  polled.poll(steps(100), { configuration });
  assertEquals(polled.worklist.pollState.brake, undefined);
});

Deno.test("reconcile() gives items another identity without events", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  polled.poll(steps(3));
  polled.takeEvents();
  polled.poll(steps(3), { configuration });
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.poll(steps(3), { configuration }).taken, []);
  for (const { item } of polled.worklist.entries()) {
    assertEquals(item.subject, subjectOf("5".repeat(64), "ct-today", item.id));
  }
  const keys = Array.from(polled.worklist.entries(), ({ item }) => item.key);
  assertEquals(keys, [{ AccessionNumber: "A1" }, { AccessionNumber: "A2" }, {
    AccessionNumber: "A3",
  }]);
  polled.poll([step(1), step(2, { time: "0930" })], { configuration });
  polled.poll([step(1), step(2, { time: "0930" })], { configuration });
  assertEquals(polled.takeEvents(), ["changed A2", "removed A3"]);
});

Deno.test("reconcile() knows items that share an identity only since it is another one", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  const jane = step(1, { accession: "A1", patient: "4711", name: "DOE^JANE" });
  const john = step(1, { accession: "A2", patient: "4712", name: "ROE^JOHN" });
  const end: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };
  const otherwise = { ...john, name: "ROE^JOHN^^" };
  polled.poll([jane, john], { configuration });
  polled.takeEvents();
  polled.poll([jane], { end });
  assertEquals(polled.takeEvents(), ["failed aborted"]);
  polled.poll([{ ...jane, time: "0930" }, otherwise, john]);
  assertEquals(polled.takeEvents(), ["changed SPS1", "recovered aborted"]);
  polled.poll([{ ...jane, time: "0930" }, john]);
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.worklist.size, 2);
});

Deno.test("reconcile() does not take a new item for one that has its identity only since that is another one", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  const jane = step(1, { accession: "A1", patient: "4711", name: "DOE^JANE" });
  const john = step(1, { accession: "A2", patient: "4712", name: "ROE^JOHN" });
  polled.poll([jane], { configuration });
  polled.takeEvents();
  polled.poll([john, { ...jane, name: "DOE^JANE^^" }]);
  assertEquals(polled.takeEvents(), ["added SPS1#2"]);
});

Deno.test("reconcile() knows items of one identity while some of them have another one already", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  const jane = step(1, { accession: "A1", patient: "4711", name: "DOE^JANE" });
  const john = step(1, { accession: "A2", patient: "4712", name: "ROE^JOHN" });
  const end: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };
  polled.poll([jane, john]);
  polled.poll([jane], { configuration, end });
  polled.takeEvents();
  const otherwise = [{ ...john, name: "ROE^JOHN^^" }, { ...jane, name: "DOE^JANE^^" }];
  polled.poll(otherwise, { configuration });
  assertEquals(polled.takeEvents(), ["recovered aborted"]);
  polled.poll(otherwise.reverse(), { configuration });
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.worklist.size, 2);
});

Deno.test("reconcile() recognises a match outside the keys by the item's former identity", () => {
  const polled = new PolledWorklist();
  const item = new DataSet([element(Tag.ScheduledStationAETitle, ["CT1"])]);
  const keys = new DataSet([element(Tag.ScheduledProcedureStepSequence, [item])]);
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  const jane = step(1, { accession: "A1", patient: "4711", name: "DOE^JANE", station: "CT1" });
  const john = step(1, { accession: "A2", patient: "4712", name: "ROE^JOHN", station: "CT1" });
  polled.poll([jane], { keys });
  polled.takeEvents();
  polled.poll([john, { ...jane, station: "CT2" }], { configuration, keys });
  assertEquals(polled.takeEvents().sort(), ["added A2", "changed A1", "left_window A1"]);
});

Deno.test("reconcile() judges rejected matches again after the identity changed", () => {
  const polled = new PolledWorklist();
  const keys = stationKeys("CT1");
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  const moved = step(2, { accession: "A1", station: "CT2" });
  polled.poll([step(1), moved], { keys });
  polled.poll([step(1), moved], { configuration, keys });
  assertEquals(polled.takeEvents(), ["added SPS1"]);
  polled.poll([moved], { configuration, keys });
  assertEquals(polled.takeEvents(), ["changed A1", "left_window A1"]);
});

Deno.test("reconcile() follows an item that changes while its identity does", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, identity: ["AccessionNumber"] };
  polled.poll(steps(3));
  polled.takeEvents();
  polled.poll([step(1, { time: "0930" }), step(2, { accession: "X" }), step(3)], { configuration });
  assertEquals(polled.takeEvents(), ["changed A1", "changed X"]);
  assertEquals(polled.worklist.size, 3);
});

Deno.test("reconcile() links items by their stored data if the old identity is no longer requested", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  const configuration = {
    ...without(`${sps}.ScheduledProcedureStepID`),
    identity: ["AccessionNumber"],
  };
  const bare = steps(3).map(({ step: _, ...rest }) => rest);
  polled.poll(bare, { configuration });
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.worklist.size, 3);
});

Deno.test("reconcile() takes over all items without events if no identity links old and new", () => {
  const polled = new PolledWorklist();
  const before = without("AccessionNumber");
  polled.poll(steps(3).map(({ accession: _, ...rest }) => rest), { configuration: before });
  polled.takeEvents();
  const configuration = {
    ...plainConfiguration,
    requested: asked.filter((path) => path !== "StudyInstanceUID"),
    identity: ["AccessionNumber"],
  };
  const bare = steps(3).map(({ study: _, ...rest }) => rest);
  polled.poll(bare, { configuration });
  polled.poll(bare, { configuration });
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.worklist.size, 3);
});

Deno.test("reconcile() reports items that other keys leave out as left, never as removed", () => {
  const configuration = {
    ...plainConfiguration,
    keys: { [`${sps}.ScheduledStationAETitle`]: "CT1" },
  };
  for (const recheck of [true, false]) {
    const polled = new PolledWorklist();
    polled.poll([step(1), step(2, { station: "CT2" })], { recheck });
    polled.takeEvents();
    const { events } = polled.poll([step(1)], { configuration, keys: stationKeys("CT1"), recheck });
    const [event] = events;
    assert(event?.kind === "left_window");
    assertEquals(event.evidence.reason, "keys-changed");
    assertEquals(events.length, 1);
  }
});

Deno.test("reconcile() reports as left items whose newly requested keys are unknown", () => {
  const polled = new PolledWorklist();
  const before = without(`${sps}.ScheduledStationAETitle`);
  polled.poll(steps(2).map(({ station: _, ...rest }) => rest), { configuration: before });
  polled.takeEvents();
  const configuration = {
    ...plainConfiguration,
    keys: { [`${sps}.ScheduledStationAETitle`]: "CT1" },
  };
  const keys = stationKeys("CT1");
  for (let round = 0; round < 3; round++) polled.poll([step(1)], { configuration, keys });
  assertEquals(polled.takeEvents(), ["left_window SPS2"]);
});

Deno.test("reconcile() removes missing items if the changed configuration does not explain them", () => {
  const changed: [QueryConfiguration, DataSet?][] = [
    [{ ...plainConfiguration, ignore: ["PatientName"] }],
    [
      { ...plainConfiguration, keys: { PatientID: "4711" } },
      new DataSet([
        element(Tag.PatientID, ["4711"]),
      ]),
    ],
  ];
  for (const [configuration, keys = new DataSet()] of changed) {
    const polled = new PolledWorklist();
    polled.poll(steps(2));
    polled.takeEvents();
    for (let round = 0; round < 2; round++) polled.poll(steps(1), { configuration, keys });
    assertEquals(polled.takeEvents(), ["removed SPS2"]);
  }
});

Deno.test("reconcile() reports items that another peer lacks as left, held by the brake", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(12));
  polled.takeEvents();
  const configuration = { ...plainConfiguration, peer: "RIS@other:104" };
  polled.poll([], { configuration });
  polled.poll([], { configuration });
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  const { events } = polled.poll([], { configuration });
  assertEquals(events.length, 12);
  for (const event of events) {
    assert(event.kind === "left_window");
    assertEquals(event.evidence.reason, "peer-changed");
  }
});

Deno.test("reconcile() forgets the items of another model without events", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  const configuration: QueryConfiguration = {
    ...plainConfiguration,
    model: "study",
    level: "STUDY",
    identity: ["StudyInstanceUID"],
  };
  const study = new DataSet([element(Tag.StudyInstanceUID, ["1.2.3"])]);
  const rules = { confirmPolls: 1 };
  const { dropped, events } = polled.pollMatches([matchOf(study)], { configuration, rules });
  assertEquals([dropped.length, events.length, polled.worklist.size], [3, 1, 1]);
  const silent = polled.poll(steps(2), { initial: "silent" });
  assertEquals([silent.dropped.length, silent.events.length, silent.taken.length], [1, 0, 2]);
});

Deno.test("reconcile() takes over another model silently, also if its first answers are incomplete", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  const configuration: QueryConfiguration = { ...plainConfiguration, model: "ups" };
  const end: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };
  polled.poll(steps(1), { configuration, initial: "silent", end });
  polled.poll(steps(3), { configuration, initial: "silent" });
  assertEquals(polled.takeEvents(), ["failed aborted", "recovered aborted"]);
  assertEquals(polled.worklist.size, 3);
});

Deno.test("reconcile() recognises a match whose bytes an item of another model had as new", () => {
  const polled = new PolledWorklist();
  const match = matchOf(dataSetOf(step(1)));
  polled.pollMatches([match]);
  const configuration: QueryConfiguration = { ...plainConfiguration, model: "ups" };
  polled.pollMatches([match], { configuration });
  assertEquals(polled.takeEvents(), ["added SPS1", "added SPS1"]);
  assertEquals(polled.worklist.size, 1);
});

Deno.test("describeConfigChange() describes the effects of a changed configuration", () => {
  const after: QueryConfiguration = {
    ...plainConfiguration,
    peer: "RIS@other:104",
    keys: { PatientID: "4711" },
    requested: [...asked.slice(1), "PatientSex"],
    identity: ["AccessionNumber"],
    ignore: ["PatientName"],
  };
  assertEquals(describeConfigChange(plainConfiguration, plainConfiguration), []);
  assertEquals(describeConfigChange(plainConfiguration, after), [
    "peer RIS@ris:104 becomes RIS@other:104: items that the new peer does not return are reported as " +
    "left_window, not as removed, once removal.confirm_polls and the brake allow it",
    "other keys: items that no longer match are reported as left_window at the next complete poll, " +
    "items that match now as added",
    "newly asked for, taken over without events: PatientSex",
    "no longer asked for, dropped without events: StudyInstanceUID",
    `identity StudyInstanceUID, ${sps}.ScheduledProcedureStepID becomes AccessionNumber: ` +
    "items keep their history and get new subjects without events",
    "no longer compared: PatientName",
  ]);
  const unlinked = { ...after, identity: ["PatientSex"] };
  assertEquals(
    describeConfigChange(plainConfiguration, unlinked).at(-2),
    `identity StudyInstanceUID, ${sps}.ScheduledProcedureStepID becomes PatientSex: ` +
      "no attribute links old and new items, so the next complete poll takes over all items without events",
  );
  const many = Array.from({ length: 10 }, (_, index) => `0040,100${index}`);
  assertEquals(
    describeConfigChange(plainConfiguration, { ...plainConfiguration, ignore: many }),
    [`no longer compared: ${many.slice(0, 8).join(", ")} and 2 more`],
  );
  assertEquals(
    describeConfigChange(plainConfiguration, { ...plainConfiguration, model: "study" }),
    [
      "model worklist becomes study: the stored items are dropped without events, and the next " +
      "complete poll begins with an empty list",
    ],
  );
});
