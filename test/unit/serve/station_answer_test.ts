import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { ServedQuery } from "../../../src/serve/served_query.ts";
import { answerStation, type AskedView } from "../../../src/serve/station_answer.ts";
import { StationKeys } from "../../../src/serve/station_keys.ts";
import { addedKeys } from "../../../src/serve/worklist_service.ts";
import { MemoryStore, type PlannedStep, plannedSteps } from "../../support/served_items.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const steps = Tag.ScheduledProcedureStepSequence;
const explicit = TransferSyntax.ExplicitVrLittleEndian;
const now = Temporal.Instant.from("2026-11-27T09:00:00Z");

function storeOf(...dataSets: DataSet[]): MemoryStore {
  const store = new MemoryStore("ct");
  for (const [index, dataSet] of dataSets.entries()) store.commit(`${index}`, dataSet);
  return store;
}

function asked(store: MemoryStore, options: Partial<AskedView> = {}): AskedView {
  return { view: new ServedQuery(store).view(), added: [], timeZone: "Europe/Berlin", ...options };
}

interface Answered {
  readonly dataSet: DataSet;
  readonly status: number;
}

function answer(views: AskedView[], identifier: DataSet, syntax: string = explicit): Answered[] {
  const steps = answerStation(views, { identifier, transferSyntaxUid: syntax });
  return [...steps].flatMap((step) =>
    step === undefined
      ? []
      : [{ dataSet: decodeDataSet(step.identifier, syntax), status: step.status }]
  );
}

/** The accession numbers of the matches. */
function found(views: AskedView[], identifier: DataSet): string[] {
  identifier.set(element(Tag.AccessionNumber, []));
  return answer(views, identifier).map(({ dataSet }) => dataSet.string(Tag.AccessionNumber) ?? "");
}

function keys(step: [number, string][], top: [number, string][] = []): DataSet {
  return new DataSet([
    ...top.map(([tag, value]) => element(tag, value === "" ? [] : value.split("\\"))),
    element(steps, [
      new DataSet(step.map(([tag, value]) => element(tag, value === "" ? [] : value.split("\\")))),
    ]),
  ]);
}

Deno.test("a station gets the steps that match each kind of key", () => {
  const views = [asked(storeOf(
    plannedSteps({ id: "1", name: "Müller^Änne", characterSet: "ISO_IR 100" }),
    plannedSteps({ id: "2", station: "CT2", time: "093000" }),
    plannedSteps({ id: "3", modality: "MR", station: ["MR1", "MR2"], date: "20261128" }),
    plannedSteps({ id: "4", station: "", modality: "", date: "", time: "" }),
  ))];
  const station = Tag.ScheduledStationAETitle;
  const date = Tag.ScheduledProcedureStepStartDate;
  const time = Tag.ScheduledProcedureStepStartTime;
  const rows: [DataSet, string[]][] = [
    [new DataSet(), ["A1", "A2", "A3", "A4"]],
    [new DataSet([element(steps, [])]), ["A1", "A2", "A3", "A4"]],
    [keys([[station, ""], [date, ""]]), ["A1", "A2", "A3", "A4"]],
    [keys([[station, "*"]]), ["A1", "A2", "A3", "A4"]],
    [keys([[station, "CT1"]]), ["A1"]],
    [keys([[station, " CT1 "]]), ["A1"]],
    [keys([[station, "ct1"]]), []],
    [keys([[station, "CT?"]]), ["A1", "A2"]],
    [keys([[station, "*2"]]), ["A2", "A3"]],
    [keys([[station, "CT1\\MR2"]]), ["A1", "A3"]],
    [keys([[Tag.Modality, "MR"]]), ["A3"]],
    [keys([[date, "20261127"]]), ["A1", "A2"]],
    [keys([[date, "20261128-"]]), ["A3"]],
    [keys([[date, "20261127-20261128"]]), ["A1", "A2", "A3"]],
    [keys([[date, "-20261126"]]), []],
    [keys([[date, "20261127"], [time, "0900-"]]), ["A2"]],
    // One period, from the first time on the first day to the last time on the last day.
    [keys([[date, "20261127-20261128"], [time, "0900-0830"]]), ["A2", "A3"]],
    [keys([], [[Tag.PatientID, "P2"]]), ["A2"]],
    [keys([], [[Tag.PatientID, "P?"]]), ["A1", "A2", "A3", "A4"]],
    [keys([], [[Tag.PatientID, "P"]]), []],
    [keys([], [[Tag.PatientName, "muller*"]]), ["A1"]],
    [keys([], [[Tag.PatientName, "Müller^Änne"]]), ["A1"]],
    [keys([], [[Tag.StudyInstanceUID, "1.2.3.2\\1.2.3.3"]]), ["A2", "A3"]],
    [keys([[station, "CT1"]], [[Tag.PatientID, "P2"]]), []],
  ];
  for (const [identifier, expected] of rows) {
    identifier.set(element(Tag.SpecificCharacterSet, ["ISO_IR 192"]));
    assertEquals(found(views, identifier), expected, JSON.stringify([...identifier.elements()]));
  }
});

Deno.test("an answer is the same with the index and without, for 3,000 random questions", () => {
  const random = new SeededRandom(20261127);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  const stations = ["CT1", "CT2", "MR1", "XR1", ""];
  const modalities = ["CT", "MR", "CR", ""];
  const dates = ["20261126", "20261127", "20261128", "202611", "2026.11.27", "27/11/2026", ""];
  const step = (id: string): PlannedStep => ({
    id,
    station: random.oneIn(6) ? [pick(stations), "CT1"] : pick(stations),
    modality: pick(modalities),
    date: pick(dates),
    time: pick(["0800", "093000", "noon", ""]),
    patient: random.oneIn(9) ? "P\uFFFD" : `P${random.below(9)}`,
    ...(random.oneIn(9) && { characterSet: "ISO_IR 192" }),
  });
  const store = new MemoryStore("ct");
  const dataSets = Array.from({ length: 60 }, (_, n) => {
    const dataSet = random.oneIn(4)
      ? plannedSteps(step(`${n}`), step(`${n}b`))
      : plannedSteps(step(`${n}`));
    store.commit(`${n}`, dataSet);
    return dataSet;
  });
  let matches = 0;
  for (let round = 0; round < 3000; round++) {
    // A new view has numbered nothing yet; the other knows all values.
    const view = asked(store);
    const identifier = keys([
      [Tag.ScheduledStationAETitle, pick([...stations, "CT*", "?R1", "*", "CT1\\MR1", "CT9"])],
      [Tag.Modality, pick([...modalities, "C?", "*R"])],
      [Tag.ScheduledProcedureStepStartDate, pick([...dates, "20261127-", "-20261127", "*"])],
      [Tag.ScheduledProcedureStepStartTime, pick(["", "", "0800-0900", "0800", "0900-"])],
    ], [[Tag.PatientID, pick(["", "", "P1", "P?", "P3"])]]);
    const compiled = new StationKeys(identifier);
    const expected = dataSets.filter((dataSet) => compiled.matches(dataSet))
      .map((dataSet) => dataSet.string(Tag.AccessionNumber) ?? "");
    assertEquals(found([view], identifier), expected);
    assertEquals(found([view], identifier), expected);
    matches += expected.length;
  }
  assert(matches > 3000, `only ${matches} matches`);
});

Deno.test("a value that cannot be read loses no patient for a station", () => {
  const date = Tag.ScheduledProcedureStepStartDate;
  const time = Tag.ScheduledProcedureStepStartTime;
  const utf8 = { characterSet: "ISO_IR 192" };
  const unreadSequence = new DataSet([
    element(Tag.AccessionNumber, ["A8"]),
    element(steps, new Uint8Array([1, 2, 3, 4]), "UN"),
  ]);
  const unknownVr = new DataSet([
    element(Tag.AccessionNumber, ["A9"]),
    element(Tag.PatientID, new TextEncoder().encode("P9"), "UN"),
    element(steps, [
      new DataSet([element(date, new TextEncoder().encode("20261127"), "UN")]),
    ]),
  ]);
  const views = [asked(storeOf(
    plannedSteps({ id: "1", date: "202611" }),
    plannedSteps({ id: "2", date: "27/11/2026", time: "noon" }),
    plannedSteps({ id: "3", station: "CT3" }),
    plannedSteps({ id: "4", ...utf8, patient: "P\uFFFD", name: "D\uFFFDe^Jane" }),
    plannedSteps({ id: "5", date: "20261128", time: "noon" }),
    plannedSteps({ id: "6", date: "20261128", station: "MR1" }),
    plannedSteps({ id: "7", date: "2026-11-27", time: "9:30" }),
    unreadSequence,
    unknownVr,
  ))];
  const rows: [DataSet, string[]][] = [
    [keys([[date, "20261127"]]), ["A1", "A2", "A3", "A4", "A7", "A8", "A9"]],
    [keys([[date, "20261128-"]]), ["A1", "A2", "A5", "A6", "A8"]],
    [keys([[time, "0900-1000"]]), ["A2", "A5", "A7", "A8"]],
    [keys([[date, "20261128"], [time, "0900-1000"]]), ["A2", "A5", "A8"]],
    [keys([[Tag.ScheduledStationAETitle, "CT9"]]), ["A8"]],
    // One key that can be read and does not match is enough.
    [keys([[Tag.ScheduledStationAETitle, "MR1"], [date, "20261127"]]), ["A8"]],
    [keys([], [[Tag.PatientID, "P9"]]), ["A4", "A9"]],
    [keys([], [[Tag.PatientName, "Doe^Jane"], [Tag.PatientID, "P4"]]), ["A4"]],
  ];
  for (const [identifier, expected] of rows) {
    assertEquals(found(views, identifier), expected, JSON.stringify([...identifier.elements()]));
  }
  const forMr9 = { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "MR9" } };
  const added = addedKeys(forMr9, ["SCHEDULED"], now, "UTC");
  assertEquals(found([{ ...views[0] as AskedView, added }], new DataSet()), ["A8"]);
});

Deno.test("one and the same step must match the keys of the station and those of the configuration", () => {
  const two = plannedSteps(
    { id: "1", station: "CT1", modality: "CT", status: "COMPLETED" },
    { id: "1b", station: "CT2", modality: "MR", status: "SCHEDULED" },
  );
  const store = storeOf(two, plannedSteps({ id: "2", station: "CT1" }));
  const forCt1 = { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "CT1" } };
  const ask = (
    identifier: DataSet,
    statuses?: string[],
    added: Record<string, Record<string, string>> = {},
  ): string[] =>
    found([asked(store, { added: addedKeys(added, statuses, now, "UTC") })], identifier);
  assertEquals(ask(keys([[Tag.Modality, "MR"]]), undefined, forCt1), []);
  assertEquals(ask(keys([[Tag.Modality, "CT"]]), undefined, forCt1), ["A1", "A2"]);
  assertEquals(ask(keys([[Tag.ScheduledStationAETitle, "CT2"]]), undefined, forCt1), []);
  assertEquals(ask(new DataSet(), undefined, forCt1), ["A1", "A2"]);
  // A step without a status is not known to be done.
  assertEquals(ask(keys([[Tag.ScheduledStationAETitle, "CT1"]]), ["SCHEDULED", "READY"]), ["A2"]);
  assertEquals(ask(keys([[Tag.ScheduledStationAETitle, "CT2"]]), ["SCHEDULED", "READY"]), ["A1"]);
});

Deno.test("of a step sequence only the steps that match are returned, with what was asked for", () => {
  const two = plannedSteps({ id: "1", station: "CT1" }, { id: "1b", station: "CT2" });
  const ids = (identifier: DataSet, added = addedKeys({}, undefined, now, "UTC")): unknown =>
    answer([asked(storeOf(two), { added })], identifier)
      .map(({ dataSet }) =>
        dataSet.items(steps).map((step) => [...step.elements()].map(({ strings }) => strings[0]))
      );
  assertEquals(ids(keys([[Tag.ScheduledStationAETitle, "CT2"]])), [[["CT2"]]]);
  assertEquals(ids(keys([[Tag.ScheduledStationAETitle, ""]])), [[["CT1"], ["CT2"]]]);
  const whole = ["CT", "CT2", "20261127", "080000", "S1b"];
  const forCt2 = addedKeys(
    { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "CT2" } },
    undefined,
    now,
    "UTC",
  );
  assertEquals(ids(new DataSet([element(steps, [])]), forCt2), [[whole]]);
  assertEquals(ids(new DataSet([element(steps, [new DataSet()])]), forCt2), [[whole]]);
});

Deno.test("an attribute that the peer was not asked for is left out and makes the status FF01", () => {
  const store = new MemoryStore("ct", ["PatientName", "ScheduledProcedureStepSequence.Modality"]);
  store.commit("1", plannedSteps({ id: "1" }));
  const view = asked(store);
  const ask = (...elements: Parameters<typeof element>[]): [number, number[]][] =>
    answer([view], new DataSet(elements.map((each) => element(...each))))
      .map(({ status, dataSet }) => [status, [...dataSet.elements()].map(({ tag }) => tag)]);
  const all = [Tag.PatientName, Tag.PatientID];
  assertEquals(ask([Tag.PatientName, []], [Tag.PatientID, []]), [[0xFF00, all]]);
  // As a key it is not matched either: nothing is known of it.
  assertEquals(ask([Tag.PatientName, []], [0x00102160, ["x"]]), [[0xFF01, [Tag.PatientName]]]);
  assertEquals(ask([Tag.PatientName, []], [0x00091001, ["x"], "LO"]), [[0xFF01, [
    Tag.PatientName,
  ]]]);
  const identifier = new DataSet([element(Tag.PatientName, []), element(0x00102160, ["x"])]);
  const [only] = answerStation([view], { identifier, transferSyntaxUid: explicit, onlyFF00: true });
  assertEquals(only?.status, 0xFF00);
  const step = new DataSet([element(Tag.Modality, ["CT"]), element(0x00400010, ["x"])]);
  const [answered] = answer([view], new DataSet([element(steps, [step])]));
  assertEquals(answered?.status, 0xFF01);
  assertEquals([...answered?.dataSet.items(steps)[0]?.elements() ?? []].map(({ tag }) => tag), [
    Tag.Modality,
  ]);
  // What the item has is returned although nobody asked for it.
  assertEquals(ask([Tag.AccessionNumber, []]), [[0xFF01, [Tag.AccessionNumber]]]);
});

Deno.test("a requested attribute without a value is returned empty", () => {
  const [answered] = answer(
    [asked(storeOf(plannedSteps({ id: "1" })))],
    keys([[Tag.ScheduledPerformingPhysicianName, ""]], [[Tag.PatientBirthDate, ""]]),
  );
  assertEquals(answered?.status, 0xFF00);
  assertEquals(answered?.dataSet.get(Tag.PatientBirthDate)?.value, []);
  const [step] = answered?.dataSet.items(steps) ?? [];
  assertEquals(step?.get(Tag.ScheduledPerformingPhysicianName)?.value, []);
});

Deno.test("an answer is in the item's character set, or in one that the station names if that holds it", () => {
  const kanji = "Yamada^Tarou=山田^太郎=やまだ^たろう";
  const rows: [string | undefined, string, string[], string[]][] = [
    [undefined, "Doe^Jane", [], []],
    [undefined, "Doe^Jane", ["ISO_IR 192"], []],
    ["ISO_IR 100", "Müller^Änne", [], ["ISO_IR 100"]],
    ["ISO_IR 100", "Müller^Änne", ["ISO_IR 192"], ["ISO_IR 192"]],
    ["ISO_IR 192", "Müller^Änne", ["ISO_IR 100"], ["ISO_IR 100"]],
    ["ISO_IR 192", kanji, ["ISO_IR 100"], ["ISO_IR 192"]],
    ["ISO_IR 192", kanji, ["ISO_IR 6"], ["ISO_IR 192"]],
    ["ISO_IR 192", kanji, ["NO SUCH SET"], ["ISO_IR 192"]],
    ["\\ISO 2022 IR 87", kanji, ["ISO_IR 192"], ["ISO_IR 192"]],
    ["ISO_IR 192", kanji, ["", "ISO 2022 IR 87"], ["", "ISO 2022 IR 87"]],
    // The peer named none, and a policy of the peer read its text.
    [undefined, "Müller^Änne", [], ["ISO_IR 100"]],
  ];
  for (const [own, name, terms, expected] of rows) {
    for (const syntax of Object.values(TransferSyntax)) {
      const dataSet = plannedSteps({
        id: "1",
        name,
        ...(own !== undefined && { characterSet: own }),
      });
      const identifier = new DataSet([
        ...(terms.length > 0 ? [element(Tag.SpecificCharacterSet, terms)] : []),
        element(Tag.PatientName, []),
      ]);
      const [answered] = answer([asked(storeOf(dataSet))], identifier, syntax);
      assertEquals(answered?.dataSet.string(Tag.PatientName), name, `${own} ${terms}`);
      assertEquals(
        answered?.dataSet.strings(Tag.SpecificCharacterSet),
        expected,
        `${own} ${terms}`,
      );
    }
  }
});

Deno.test("a step that several queries have is returned once, from the query that comes first", () => {
  const one = new MemoryStore("one");
  const two = new MemoryStore("two");
  one.commit("1", plannedSteps({ id: "1", name: "From^One" }));
  one.commit("1'", plannedSteps({ id: "1", name: "Again^One" }));
  two.commit("1", plannedSteps({ id: "1", name: "From^Two" }));
  two.commit("2", plannedSteps({ id: "2", name: "Only^Two" }));
  const names = (views: AskedView[]): (string | undefined)[] =>
    answer(views, new DataSet([element(Tag.PatientName, [])]))
      .map(({ dataSet }) => dataSet.string(Tag.PatientName));
  // Two items of one query are two, whatever they have in common.
  assertEquals(names([asked(one), asked(two)]), ["From^One", "Again^One", "Only^Two"]);
  assertEquals(names([asked(two), asked(one)]), ["From^Two", "Only^Two"]);
});

Deno.test("times are held against keys in the zone that the station names, and returned as they are", () => {
  // 00:30 in Berlin is 23:30 of the day before in UTC.
  const views = [asked(storeOf(plannedSteps({ id: "1", date: "20261128", time: "003000" })))];
  const date = Tag.ScheduledProcedureStepStartDate;
  const ask = (zone: string | undefined, day: string, time = ""): unknown => {
    const identifier = keys([[date, day], [Tag.ScheduledProcedureStepStartTime, time]]);
    if (zone !== undefined) identifier.set(element(Tag.TimezoneOffsetFromUTC, [zone]));
    return answer(views, identifier).map(({ dataSet }) => dataSet.items(steps)[0]?.string(date));
  };
  assertEquals(ask(undefined, "20261128"), ["20261128"]);
  assertEquals(ask(undefined, "20261127"), []);
  assertEquals(ask("+0000", "20261127"), ["20261128"]);
  assertEquals(ask("+0000", "20261127", "2300-2359"), ["20261128"]);
  assertEquals(ask("+0000", "20261128"), []);
  assertEquals(ask("+0100", "20261128"), ["20261128"]);
  assertEquals(ask("-1200", "20261127", "1130"), ["20261128"]);
  assertEquals(ask("nonsense", "20261128"), ["20261128"]);
});

Deno.test("a view stays as it is while items are changed, added and removed", () => {
  const store = storeOf(plannedSteps({ id: "1" }), plannedSteps({ id: "2" }));
  const query = new ServedQuery(store);
  const before = { view: query.view(), added: [], timeZone: "UTC" };
  const answering = answerStation([before], {
    identifier: new DataSet([element(Tag.PatientName, []), element(Tag.AccessionNumber, [])]),
    transferSyntaxUid: explicit,
  });
  const texts: string[] = [];
  const take = (): void => {
    const step = answering.next().value;
    if (step === undefined) return;
    const dataSet = decodeDataSet(step.identifier, explicit);
    texts.push(`${dataSet.string(Tag.AccessionNumber)} ${dataSet.string(Tag.PatientName)}`);
  };
  take();
  store.commit("1", plannedSteps({ id: "1", name: "Changed^Later" }));
  store.commit("0");
  store.commit("9", plannedSteps({ id: "9" }));
  assertEquals(query.view().sequence, 5);
  take();
  take();
  assertEquals(texts, ["A1 Doe^Jane", "A2 Doe^Jane"]);
  assertEquals(before.view.sequence, 2);
  const after = { view: query.view(), added: [], timeZone: "UTC" };
  assertEquals(found([after], new DataSet()).sort(), ["A1", "A9"]);
});

Deno.test("a binary number of 0 asks for an attribute, since some libraries cannot leave it empty", () => {
  const pregnancyStatus = 0x001021C0;
  const pregnant = plannedSteps({ id: "2" });
  pregnant.set(element(pregnancyStatus, [3]));
  const views = [asked(storeOf(plannedSteps({ id: "1" }), pregnant))];
  const ask = (value: number): string[] =>
    found(views, new DataSet([element(pregnancyStatus, [value])]));
  assertEquals([ask(0), ask(3), ask(4)], [["A1", "A2"], ["A2"], []]);
});

Deno.test("a station is returned the steps with a value that cannot be read, but none that does not match", () => {
  const store = storeOf(
    plannedSteps({ id: "1", date: "202611" }),
    plannedSteps({ id: "2", time: "noon" }),
    plannedSteps({ id: "4", patient: "P\uFFFD", characterSet: "ISO_IR 192" }),
    plannedSteps({ id: "5", name: "M\uFFFDller", characterSet: "ISO_IR 192" }),
    plannedSteps({ id: "6", date: "202611", station: "CT2" }),
    new DataSet([
      element(Tag.AccessionNumber, ["A7"]),
      element(steps, Uint8Array.of(1, 2, 3, 4), "UN"),
    ]),
    plannedSteps({ id: "8", date: "20261128" }),
    plannedSteps({ id: "9", station: "CT2" }),
  );
  const own: [number, string][] = [
    [Tag.ScheduledStationAETitle, "CT1"],
    [Tag.ScheduledProcedureStepStartDate, "20261127"],
    [Tag.ScheduledProcedureStepStartTime, "060000-180000"],
  ];
  assertEquals(found([asked(store)], keys(own)), ["A1", "A2", "A4", "A5", "A7"]);
  const ofOne = found([asked(store)], keys(own, [[Tag.PatientID, "P1"]]));
  assertEquals(ofOne.includes("A1") && ofOne.includes("A4") && !ofOne.includes("A2"), true);
  const named = found([asked(store)], keys(own, [[Tag.PatientName, "Müller*"]]));
  assertEquals(named.includes("A5"), true);
});
