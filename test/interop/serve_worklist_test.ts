import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { lookupKeyword } from "../../src/dicom/dictionary/dictionary.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { decodePart10, encodePart10 } from "../../src/dicom/part10.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { SopClass, TransferSyntax } from "../../src/dicom/uid.ts";
import { associate } from "../../src/network/associate.ts";
import type { Association } from "../../src/network/association.ts";
import { findByDcmtk } from "../support/find_command.ts";
import {
  dumpToFile,
  interopTest,
  sampleWorklistQueries,
  startOrthanc,
  startWlmscpfs,
} from "../support/foreign.ts";
import { serveStore } from "../support/serve_store.ts";
import { fuzzRounds, SeededRandom } from "../support/seeded_random.ts";
import { MemoryStore } from "../support/served_items.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const syntax = TransferSyntax.ExplicitVrLittleEndian;
const steps = Tag.ScheduledProcedureStepSequence;

interopTest("a station gets of us what wlmscpfs answers to DCMTK's sample queries", [
  "dcmtk",
  "dcmtk-samples",
], async () => {
  await using theirs = await startWlmscpfs({ args: ["-csk"] });
  const store = new MemoryStore("ct");
  for (let n = 1; n <= 10; n++) {
    const path = `${theirs.folder}/${theirs.aeTitle}/wklist${n}.wl`;
    store.commit(`${n}`, decodePart10(await Deno.readFile(path)).dataSet);
  }
  await using ours = serveStore(store);
  const file = await Deno.makeTempFile({ suffix: ".dcm" });
  let matches = 0;
  for (const [n, dump] of sampleWorklistQueries().entries()) {
    await dumpToFile(await Deno.readTextFile(dump), file);
    const [their, our] = await Promise.all(
      [theirs, ours].map((peer) =>
        findByDcmtk(["-W", "-aec", peer.aeTitle, peer.host, `${peer.port}`, file])
      ),
    );
    assertEquals(our?.code, 0, our?.stderr);
    assertEquals(
      our?.responses.map(filled).toSorted(),
      their?.responses.map(filled).toSorted(),
      dump,
    );
    matches += our?.responses.length ?? 0;
    assert(n < 13);
  }
  assert(matches > 40, `${matches} matches`);
  await Deno.remove(file);
});

/**
 * A dump without empty attributes: for an empty step sequence DCMTK returns every attribute that it knows, we return
 * all that the item has (PS3.4 section C.2.2.2.6).
 */
function filled(dump: string): string {
  return dump.split("\n")
    .filter((line) => !/\(no value available\)|#=0\)/.test(line))
    // Lengths of sequences count the empty ones, too.
    .map((line) => line.replace(/#=\d+\) +# +\d+, \d+/, ""))
    .join("\n");
}

interopTest(
  "a station gets of us what wlmscpfs answers to random queries, attribute by attribute",
  [
    "dcmtk",
  ],
  async () => {
    const random = new SeededRandom(20261127);
    await using theirs = await startWlmscpfs({ samples: false, args: ["-csk", "-s"] });
    const store = new MemoryStore("ct");
    for (let n = 0; n < 40; n++) {
      const dataSet = randomItem(random, n);
      store.commit(`${n}`, dataSet);
      const file = encodePart10(dataSet, {
        transferSyntaxUid: syntax,
        sopClassUid: worklist,
        sopInstanceUid: `1.2.3.9.${n}`,
      });
      await Deno.writeFile(`${theirs.folder}/${theirs.aeTitle}/${n}.wl`, file);
    }
    await using ours = serveStore(store);
    const [their, our] = await Promise.all([theirs, ours].map(open));
    if (their === undefined || our === undefined) throw new Error("no association");
    let matches = 0;
    for (let round = 0; round < fuzzRounds(300); round++) {
      const query = randomQuery(random);
      const expected = await ask(their, query);
      assertEquals(await ask(our, query), expected, `round ${round}: ${encodeJson(query)}`);
      matches += expected.length;
    }
    assert(matches > 300, `${matches} matches`);
    await Promise.all([their.release(), our.release()]);
  },
);

interopTest("a station gets of us the steps that Orthanc answers to random queries", [
  "dcmtk",
  "orthanc",
], async () => {
  const random = new SeededRandom(7);
  await using theirs = await startOrthanc();
  const store = new MemoryStore("ct");
  for (let n = 0; n < 30; n++) {
    const dataSet = randomItem(random, n);
    store.commit(`${n}`, dataSet);
    const file = encodePart10(dataSet, {
      transferSyntaxUid: syntax,
      sopClassUid: worklist,
      sopInstanceUid: `1.2.3.9.${n}`,
    });
    await Deno.writeFile(`${theirs.folder}/worklists/${n}.wl`, file);
  }
  await using ours = serveStore(store, { personNames: { ignoreCase: true, ignoreAccents: false } });
  const [their, our] = await Promise.all([theirs, ours].map(open));
  if (their === undefined || our === undefined) throw new Error("no association");
  let matches = 0;
  for (let round = 0; round < fuzzRounds(100); round++) {
    const query = orthancQuery(random);
    const expected = await studies(their, query);
    assertEquals(await studies(our, query), expected, `round ${round}: ${encodeJson(query)}`);
    matches += expected.length;
  }
  assert(matches > 30, `${matches} matches`);
  await Promise.all([their.release(), our.release()]);
});

function open(
  { host, port, aeTitle }: { host: string; port: number; aeTitle: string },
): Promise<Association> {
  return associate({
    host,
    port,
    calledAeTitle: aeTitle,
    callingAeTitle: "CT1",
    presentationContexts: [{ abstractSyntax: worklist, transferSyntaxes: [syntax] }],
    timeouts: { connectMs: 5000, associateMs: 5000, responseMs: 20_000, releaseMs: 2000 },
  });
}

async function responses(association: Association, query: DataSet): Promise<[number, DataSet][]> {
  const found: [number, DataSet][] = [];
  const identifier = encodeDataSet(query, syntax);
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    for (const { status, dataSet } of batch) {
      found.push([status, decodeDataSet(dataSet.slice(), syntax)]);
    }
  }
  return found;
}

/** The matches as sorted texts: status, character set, and every attribute but for empty sequences. */
async function ask(association: Association, query: DataSet): Promise<string[]> {
  const found = await responses(association, query);
  return found.map(([status, dataSet]) => {
    const terms = dataSet.strings(Tag.SpecificCharacterSet).join("\\");
    return `${status.toString(16)} ${terms} ${encodeJson(withoutEmptySequences(dataSet))}`;
  }).sort();
}

async function studies(association: Association, query: DataSet): Promise<string[]> {
  const found = await responses(association, query);
  return found.map(([, dataSet]) => dataSet.string(Tag.StudyInstanceUID) ?? "").sort();
}

function withoutEmptySequences(dataSet: DataSet): DataSet {
  const kept = new DataSet();
  for (const each of dataSet.elements()) {
    if (each.vr !== "SQ") kept.set(each);
    else {
      const items = each.items.map(withoutEmptySequences)
        .filter((item) => [...item.elements()].some(({ value }) => value.length > 0));
      if (items.length > 0) kept.set(element(each.tag, items, "SQ"));
    }
  }
  return kept;
}

function attribute(keyword: string, value: string): ReturnType<typeof element> {
  return element(tagOf(keyword), value === "" ? [] : value.split("\\"));
}

function tagOf(keyword: string): number {
  const tag = lookupKeyword(keyword)?.tag;
  if (tag === undefined) throw new Error(`no attribute ${keyword}`);
  return tag;
}

const stations = ["CT1", "CT2", "MR1", "XR10", "US1"] as const;
const modalities = ["CT", "MR", "CR", "US"] as const;
const dates = ["20261125", "20261126", "20261127", "20261128"] as const;
const times = ["080000", "0930", "101500.5", "16", "235959"] as const;
const names = [
  "Doe^Jane",
  "DOE^JOHN^^Dr",
  "Müller^Änne",
  "Roe^Ri?hard",
  "Smith",
  "SMITH^ANN",
] as const;
const physicians = ["ROSS", "JOHNSON^AL", ""] as const;

function randomItem(random: SeededRandom, n: number): DataSet {
  const maybe = (keyword: string, value: string): ReturnType<typeof element>[] =>
    random.oneIn(4) ? [] : [attribute(keyword, random.oneIn(5) ? "" : value)];
  const station = random.pick(stations);
  const step = new DataSet([
    attribute(
      "ScheduledStationAETitle",
      random.oneIn(4) ? `${station}\\${random.pick(stations)}` : station,
    ),
    attribute("ScheduledProcedureStepStartDate", random.pick(dates)),
    attribute("ScheduledProcedureStepStartTime", random.pick(times)),
    attribute("Modality", random.pick(modalities)),
    ...maybe("ScheduledPerformingPhysicianName", random.pick(physicians)),
    attribute("ScheduledProcedureStepDescription", "STEP"),
    attribute("ScheduledProcedureStepID", `S${n}`),
    ...maybe("ScheduledStationName", "ST1"),
    ...maybe("ScheduledProcedureStepLocation", "ROOM"),
    ...maybe("CommentsOnTheScheduledProcedureStep", "note"),
    ...(random.oneIn(2) ? [element(tagOf("ScheduledProtocolCodeSequence"), [code("P1")])] : []),
  ]);
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    attribute("AccessionNumber", `A${random.below(30)}`),
    attribute("PatientName", random.pick(names)),
    attribute("PatientID", `P${random.below(20)}`),
    ...maybe("PatientBirthDate", random.pick(["19500101", "19800215"])),
    ...maybe("PatientSex", random.pick(["M", "F"])),
    ...maybe("ReferringPhysicianName", random.pick(physicians)),
    ...maybe("MedicalAlerts", "ALERT"),
    ...maybe("Allergies", "NUTS"),
    ...maybe("AdmissionID", `ADM${random.below(4)}`),
    ...maybe("PatientWeight", "72.5"),
    attribute("StudyInstanceUID", `1.2.3.${n}`),
    attribute("RequestedProcedureDescription", "EXAM"),
    attribute("RequestedProcedureID", `RP${n}`),
    ...maybe("RequestedProcedurePriority", random.pick(["HIGH", "LOW"])),
    ...maybe("PatientTransportArrangements", "BED"),
    ...maybe("RequestedProcedureComments", "some text"),
    ...(random.oneIn(2) ? [element(tagOf("RequestedProcedureCodeSequence"), [code("C1")])] : []),
    element(steps, [step]),
  ]);
}

function code(value: string): DataSet {
  return new DataSet([
    attribute("CodeValue", value),
    attribute("CodingSchemeDesignator", "L"),
    attribute("CodeMeaning", "Thorax"),
  ]);
}

type Choice = readonly [string, readonly string[]];

/**
 * Keys of which the standard says what they match. Not asked: wild cards where Table K.6-1 demands single values only
 * (wlmscpfs takes them literally, we take them as section C.2.2.2.4 does), a range of times with an open range of dates.
 */
const stepKeys: readonly Choice[] = [
  ["ScheduledStationAETitle", [...stations, "CT9"]],
  ["ScheduledProcedureStepStartDate", [...dates, "20261126-20261127", "20270101"]],
  ["ScheduledProcedureStepStartTime", ["080000", "080000-120000", "160000-", "-100000", "0930"]],
  ["Modality", [...modalities, "XX"]],
  ["ScheduledPerformingPhysicianName", ["ROSS", "JOHN*", "?OSS"]],
  ["ScheduledProcedureStepDescription", []],
  ["ScheduledProcedureStepID", []],
  ["ScheduledStationName", []],
  ["ScheduledProcedureStepLocation", []],
  ["CommentsOnTheScheduledProcedureStep", []],
];
const patientKeys: readonly Choice[] = [
  ["PatientName", ["Doe^Jane", "D*", "*JO*", "Müller*", "M?ller^Änne", "Smith", "S*", "Roe*"]],
  ["PatientID", ["P1", "P12", "P99"]],
  ["AccessionNumber", ["A1", "A2*"]],
  ["ReferringPhysicianName", ["ROSS", "J*"]],
  ["AdmissionID", ["ADM1", "ADM*"]],
  ["StudyInstanceUID", []],
  ["PatientBirthDate", []],
  ["PatientSex", []],
  ["MedicalAlerts", []],
  ["Allergies", []],
  ["PatientWeight", []],
  ["RequestedProcedureID", []],
  ["RequestedProcedureDescription", []],
  ["RequestedProcedurePriority", []],
  ["PatientTransportArrangements", []],
  ["RequestedProcedureComments", []],
];

function keysOf(random: SeededRandom, choices: readonly Choice[]): ReturnType<typeof element>[] {
  return choices.filter(() => random.oneIn(2)).map(([keyword, values]) => {
    const [first, ...rest] = values;
    const value = first === undefined || random.oneIn(2) ? "" : random.pick([first, ...rest]);
    return attribute(keyword, value);
  });
}

function randomQuery(random: SeededRandom): DataSet {
  const step = keysOf(random, stepKeys);
  const codes = new DataSet([attribute("CodeValue", ""), attribute("CodeMeaning", "")]);
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    ...keysOf(random, patientKeys),
    ...(random.oneIn(3) ? [element(tagOf("RequestedProcedureCodeSequence"), [codes])] : []),
    // What an empty step returns is another test's.
    ...(step.length > 0 ? [element(steps, [new DataSet(step)])] : []),
  ]);
}

/** What Orthanc matches as the standard does: no times, no lists. */
function orthancQuery(random: SeededRandom): DataSet {
  const step = keysOf(random, [
    ["ScheduledStationAETitle", ["CT9"]],
    ["ScheduledProcedureStepStartDate", [...dates, "20261126-20261127", "20261127-"]],
    ["Modality", [...modalities, "XX"]],
  ]);
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    attribute("StudyInstanceUID", ""),
    ...keysOf(random, [
      ["PatientName", ["Doe^Jane", "D*", "S*", "*ANN"]],
      ["PatientID", ["P1", "P1*", "P?"]],
      ["AccessionNumber", ["A1", "A2*"]],
    ]),
    ...(step.length > 0 ? [element(steps, [new DataSet(step)])] : []),
  ]);
}
