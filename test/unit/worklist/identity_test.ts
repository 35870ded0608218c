import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { identityOf, idOf, isNameless, parseIdentity } from "../../../src/worklist/item.ts";
import { splitOrdinal, subjectOf, withOrdinal } from "../../../src/worklist/item.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type Step,
} from "../../support/polled_worklist.ts";

const sps = "ScheduledProcedureStepSequence";
const stepId = `${sps}.ScheduledProcedureStepID`;

/** A step that shares its identity with all others, or has none. */
function same(name: string, more: Step = {}): Step {
  return { study: "1.2.3", step: "SPS1", patient: name, name, time: "0800", ...more };
}

function withSteps(...ids: readonly string[]): DataSet {
  return new DataSet([
    element(Tag.StudyInstanceUID, ["1.2.3"]),
    element(
      Tag.ScheduledProcedureStepSequence,
      ids.map((id) => new DataSet([element(Tag.ScheduledProcedureStepID, [id])])),
    ),
  ]);
}

/** Every order of a list. */
function orders<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((value, index) =>
    orders(values.filter((_, other) => other !== index)).map((rest) => [value, ...rest])
  );
}

Deno.test("identityOf() reads values inside sequences, and takes missing ones as empty", () => {
  const identity = parseIdentity(["StudyInstanceUID", stepId, "AccessionNumber"]);
  const key = identityOf(dataSetOf({ study: "1.2.3 ", step: "SPS1" }), identity);
  assertEquals(key, {
    StudyInstanceUID: "1.2.3",
    ScheduledProcedureStepID: "SPS1",
    AccessionNumber: "",
  });
  assertEquals(isNameless(key), false);
  const nameless = identityOf(new DataSet(), identity);
  assertEquals([isNameless(nameless), isNameless(withOrdinal(nameless, 2))], [true, true]);
  assertEquals(Object.values(identityOf(withSteps("S1"), parseIdentity([sps]))), [""]);
  const modalities = new DataSet([element(0x00080061, ["CT", "MR"])]);
  assertEquals(Object.values(identityOf(modalities, parseIdentity(["ModalitiesInStudy"]))), [
    "CT\\MR",
  ]);
});

Deno.test("identityOf() does not depend on the order of the items of a sequence", () => {
  const identity = parseIdentity([stepId]);
  for (const order of orders(["S2", "S1", "S3"])) {
    assertEquals(identityOf(withSteps(...order), identity), { ScheduledProcedureStepID: "S1" });
  }
  const second = parseIdentity(["ScheduledProcedureStepSequence[1].ScheduledProcedureStepID"]);
  assertEquals(Object.values(identityOf(withSteps("S2", "S1"), second)), ["S1"]);
  assertEquals(Object.values(identityOf(withSteps("S2"), second)), [""]);
});

Deno.test("parseIdentity() names paths by their last keyword unless two would be the same", () => {
  assertEquals(parseIdentity(["PatientID", stepId]).names, [
    "PatientID",
    "ScheduledProcedureStepID",
  ]);
  const twice = parseIdentity(["PatientID", "OtherPatientIDsSequence.PatientID"]);
  assertEquals(twice.names, ["PatientID", "OtherPatientIDsSequence.PatientID"]);
});

Deno.test("withOrdinal() distinguishes items of one identity, and splitOrdinal() is the reverse", () => {
  const key = { StudyInstanceUID: "1.2.3" };
  assertEquals(withOrdinal(key, 1), key);
  assertEquals(splitOrdinal(withOrdinal(key, 7)), { base: key, ordinal: 7 });
  assertEquals(splitOrdinal(key), { base: key, ordinal: 1 });
  assert(idOf(withOrdinal(key, 2)) !== idOf(withOrdinal(key, 3)));
});

Deno.test("subjectOf() depends on secret, query and identity, and shows none of them", () => {
  const subjects = [["a", "q", "i"], ["b", "q", "i"], ["a", "r", "i"], ["a", "q", "j"]]
    .map(([secret = "", query = "", id = ""]) => subjectOf(secret, query, id));
  assertEquals(new Set(subjects).size, 4);
  for (const subject of subjects) assert(/^k1-[0-9a-f]{32}$/.test(subject));
});

Deno.test("PolledWorklist keeps items of one identity apart, whatever the order of the answer", () => {
  const answer = [same("A"), same("B"), same("C")];
  const kept = orders(answer).map((order) => {
    const polled = new PolledWorklist();
    polled.poll(order);
    assertEquals(polled.takeEvents().sort(), ["added SPS1", "added SPS1#2", "added SPS1#3"]);
    for (const other of orders(answer)) polled.poll(other);
    assertEquals(polled.takeEvents().sort(), []);
    return Array.from(polled.worklist.entries(), ({ item }) => `${item.id} ${item.json}`).sort();
  });
  for (const items of kept) assertEquals(items, kept[0]);
});

Deno.test("PolledWorklist reports exactly the changes of each of several items of one identity", () => {
  const polled = new PolledWorklist();
  polled.poll([same("A"), same("B"), same("C")]);
  polled.takeEvents().sort();
  polled.poll([same("C"), same("B", { time: "0930" }), same("A")]);
  assertEquals(polled.takeEvents().sort(), ["changed SPS1#2"]);
  polled.poll([same("C"), same("B", { time: "0930" })]);
  polled.poll([same("B", { time: "0930" }), same("C")]);
  assertEquals(polled.takeEvents().sort(), ["removed SPS1"]);
  polled.poll([same("D"), same("B", { time: "0930" }), same("C")]);
  assertEquals(polled.takeEvents().sort(), ["added SPS1"]);
  polled.poll([same("C", { time: "1100" })]);
  polled.poll([same("C", { time: "1100" })]);
  assertEquals(polled.takeEvents().sort(), ["changed SPS1#3", "removed SPS1", "removed SPS1#2"]);
});

Deno.test("PolledWorklist pairs items of one identity and patient with the most similar matches", () => {
  const polled = new PolledWorklist();
  const [early, late] = [
    same("A", { accession: "A1", time: "0800" }),
    same("A", { accession: "A2", time: "0900" }),
  ];
  polled.poll([early, late]);
  polled.takeEvents().sort();
  const { events } = polled.poll([
    { ...early, time: "0830" },
    { ...late, accession: "A0" },
  ]);
  assertEquals(
    events.map((event) => event.kind === "changed" && event.changes.map(({ path }) => path)),
    [[`${sps}.ScheduledProcedureStepStartTime`], ["AccessionNumber"]],
  );
});

Deno.test("PolledWorklist does not take a repetition of one item for another that is missing", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  const [early, late] = [same("A", { time: "0800" }), same("A", { time: "0900" })];
  polled.poll([early, late], { configuration });
  polled.takeEvents().sort();
  const { counts } = polled.poll([late, { ...late, accession: "A2" }], { configuration });
  assertEquals([polled.takeEvents().sort(), counts.duplicates, counts.missing], [
    ["suspect duplicates"],
    1,
    1,
  ]);
});

Deno.test("PolledWorklist reports an identity that several items have, by its subject", () => {
  const polled = new PolledWorklist();
  const { counts } = polled.poll([same("A"), same("B")]);
  assertEquals(counts.collisions.length, 1);
  assert(/^k1-/.test(counts.collisions[0] ?? ""));
  assertEquals(counts.duplicates, 0);
});

Deno.test("PolledWorklist never reports the step of one patient as another's if nothing identifies it", () => {
  const polled = new PolledWorklist();
  polled.poll([same("A", { study: "", step: "" })]);
  polled.takeEvents().sort();
  for (let round = 0; round < 3; round++) polled.poll([same("B", { study: "", step: "" })]);
  assertEquals(polled.takeEvents().sort().map((one) => one.split(" ")[0]), [
    "added",
    "removed",
    "suspect",
  ]);
});

Deno.test("PolledWorklist reports the correction of a patient as a change if the identity is unique", () => {
  const polled = new PolledWorklist();
  polled.poll([same("A")]);
  polled.takeEvents().sort();
  const { events } = polled.poll([same("B")]);
  const [event] = events;
  assert(event?.kind === "changed");
  assertEquals(event.kinds, ["patient_identity"]);
});

Deno.test("PolledWorklist copes with thousands of items that nothing identifies", () => {
  const polled = new PolledWorklist();
  const many = Array.from(
    { length: 2000 },
    (_, index) => same(`P${index}`, { study: "", step: "" }),
  );
  polled.poll(many);
  assertEquals(polled.takeEvents().sort().length, 2000);
  polled.poll(many.toReversed());
  polled.poll(many.map((step) => ({ ...step, time: "0930" })), { rules: { brakePolls: 2 } });
  const changes = polled.takeEvents().sort().map((one) => one.split(" ")[0]);
  // Too many to tell who is who: they are told as new, and the old ones are held by the brake.
  assertEquals(new Set(changes), new Set(["added", "suspect"]));
});

Deno.test("PolledWorklist recognises items by their content if they are too many to be compared", () => {
  const polled = new PolledWorklist();
  const many = Array.from({ length: 100 }, (_, at) => same(`P${at}`, { study: "", step: "" }));
  const padded = many.map((step) => ({ ...step, name: `${step.name}^^` }));
  polled.poll(many);
  polled.takeEvents().sort();
  assertEquals(polled.poll([...many, ...padded]).counts.duplicates, 100);
  polled.poll(padded);
  assertEquals(polled.poll([...padded, ...many]).counts.duplicates, 100);
  assertEquals(polled.takeEvents().sort(), []);
});

Deno.test("PolledWorklist takes several steps in one data set as one item", () => {
  const polled = new PolledWorklist();
  polled.pollMatches([matchOf(withSteps("S1", "S2"))]);
  assertEquals(polled.takeEvents().sort(), ["added S1"]);
  polled.pollMatches([matchOf(withSteps("S1", "S2", "S3"))]);
  assertEquals(polled.takeEvents().sort(), ["changed S1"]);
});
