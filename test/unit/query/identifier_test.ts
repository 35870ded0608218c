import { assertEquals, assertThrows } from "@std/assert";
import { DataSet } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { buildIdentifier, type BuiltIdentifier } from "../../../src/query/identifier.ts";
import { IdentifierError } from "../../../src/query/identifier_error.ts";
import type { Keys, QueryDefinition } from "../../../src/query/query_definition.ts";
import { getAt, parseKeyPath } from "../../../src/query/key_path.ts";
import { setKey } from "../../../src/query/key_value.ts";

const berlin = { now: Temporal.Instant.from("2026-03-01T11:30:00Z"), timeZone: "Europe/Berlin" };
const stepDate = "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate";
const stepTime = "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime";

function build(keys: Keys, more: Partial<QueryDefinition> = {}): BuiltIdentifier {
  return buildIdentifier({ model: "worklist", keys, return: [], ...more }, berlin);
}

function at(dataSet: DataSet, path: string): readonly string[] | undefined {
  return getAt(dataSet, parseKeyPath(path))?.strings;
}

/** The paths of everything in a data set, with its values. */
function flat(dataSet: DataSet, prefix = ""): string[] {
  return [...dataSet.elements()].flatMap((each) => {
    const path = prefix + each.tag.toString(16).padStart(8, "0");
    if (each.vr !== "SQ") return [`${path}=${each.strings.join("\\")}`];
    const items = each.items.map((item, index) => flat(item, `${path}[${index}].`));
    return items.length === 0
      ? [`${path}: no item`]
      : items.flatMap((lines, index) => lines.length === 0 ? [`${path}[${index}]: empty`] : lines);
  });
}

Deno.test("buildIdentifier() reads nested maps, dotted paths and tags alike", () => {
  const forms: Keys[] = [
    { ScheduledProcedureStepSequence: { Modality: "CT", ScheduledStationAETitle: null } },
    {
      "ScheduledProcedureStepSequence.Modality": "CT",
      "ScheduledProcedureStepSequence.ScheduledStationAETitle": null,
    },
    { "(0040,0100)[0].0008,0060": "CT", "00400100.00400001": "" },
    { "0040,0100": { "0008,0060": ["CT"], "0040,0001": [] } },
  ];
  for (const keys of forms) {
    const { identifier, keys: matching, matchingPaths } = build(keys);
    assertEquals(flat(identifier), ["00400100[0].00080060=CT", "00400100[0].00400001="]);
    assertEquals(flat(matching), ["00400100[0].00080060=CT"]);
    assertEquals(matchingPaths, ["ScheduledProcedureStepSequence.Modality"]);
  }
});

Deno.test("buildIdentifier() joins lists, writes numbers, and keeps what is not ASCII", () => {
  const { identifier } = build({
    StudyInstanceUID: ["1.2.3", "1.2.4"],
    PatientBirthDate: 19700131,
    PatientWeight: 72.5,
    PregnancyStatus: 4,
    PatientName: "Müller*",
  });
  assertEquals(at(identifier, "StudyInstanceUID"), ["1.2.3", "1.2.4"]);
  assertEquals(at(identifier, "PatientBirthDate"), ["19700131"]);
  assertEquals(at(identifier, "PatientWeight"), ["72.5"]);
  assertEquals(identifier.numbers(Tag.PregnancyStatus), [4]);
  assertEquals(identifier.strings(Tag.SpecificCharacterSet), ["ISO_IR 100"]);
});

Deno.test("buildIdentifier() names a character set only when a value needs one", () => {
  assertEquals(build({ PatientName: "DOE*" }).identifier.has(Tag.SpecificCharacterSet), false);
  const terms = (name: string, characterSet?: string[]): readonly string[] =>
    build({ PatientName: name }, { characterSet }).identifier.strings(Tag.SpecificCharacterSet);
  assertEquals(terms("山田^太郎"), ["ISO_IR 192"]);
  assertEquals(terms("Müller", ["ISO_IR 192"]), ["ISO_IR 192"]);
  assertEquals(terms("Doe", ["ISO_IR 192"]), []);
  const given = build({ PatientName: "Müller", SpecificCharacterSet: "ISO_IR 192" });
  assertEquals(given.identifier.strings(Tag.SpecificCharacterSet), ["ISO_IR 192"]);
  assertEquals(given.matchingPaths, ["PatientName"]);
  const asked = build({ SpecificCharacterSet: null }, { return: ["SpecificCharacterSet"] });
  assertEquals(asked.identifier.has(Tag.SpecificCharacterSet), false);
});

Deno.test("buildIdentifier() adds the return keys without touching the keys", () => {
  const { identifier } = buildIdentifier({
    model: "worklist",
    keys: { ScheduledProcedureStepSequence: { Modality: "CT" }, ReferencedStudySequence: null },
    identity: ["(0009,1001)"],
  }, berlin);
  assertEquals(at(identifier, "ScheduledProcedureStepSequence.Modality"), ["CT"]);
  assertEquals(at(identifier, "ScheduledProcedureStepSequence.ScheduledProcedureStepID"), []);
  assertEquals(identifier.items(Tag.ScheduledProcedureStepSequence).length, 1);
  assertEquals(at(identifier, "PatientName"), []);
  assertEquals(identifier.has(0x00091001), true);
  // All of it was asked for: naming attributes would ask for less.
  assertEquals(identifier.get(0x00081110)?.items, []);
  assertEquals(identifier.has(Tag.TimezoneOffsetFromUTC), false);
  assertEquals(identifier.has(Tag.QueryRetrieveLevel), false);
});

Deno.test("buildIdentifier() makes an item of an empty map and none of a bare sequence", () => {
  assertEquals(flat(build({ ScheduledProcedureStepSequence: {} }).identifier), [
    "00400100[0]: empty",
  ]);
  assertEquals(flat(build({ ScheduledProcedureStepSequence: null }).identifier), [
    "00400100: no item",
  ]);
  assertEquals(flat(build({ "ScheduledProcedureStepSequence[3]": null }).identifier), [
    "00400100[0]: empty",
    "00400100[1]: empty",
    "00400100[2]: empty",
    "00400100[3]: empty",
  ]);
});

Deno.test("buildIdentifier() writes the level, of the definition or of the keys", () => {
  const level = (more: Partial<QueryDefinition>): readonly string[] =>
    build({}, { model: "study", return: "default", ...more }).identifier
      .strings(Tag.QueryRetrieveLevel);
  assertEquals(level({}), ["STUDY"]);
  assertEquals(level({ level: "SERIES" }), ["SERIES"]);
  assertEquals(level({ keys: { QueryRetrieveLevel: "image" } }), ["IMAGE"]);
  assertEquals(level({ model: "patient" }), ["PATIENT"]);
  assertThrows(() => level({ level: "PATIENT" }), RangeError, "its levels are STUDY");
  assertThrows(() => level({ keys: { QueryRetrieveLevel: "X" } }), RangeError, "it is one of");
  const { matchingPaths } = build({ QueryRetrieveLevel: "STUDY" }, { model: "study" });
  assertEquals(matchingPaths, []);
});

Deno.test("buildIdentifier() says all that is wrong at once, and repeats no value", () => {
  const error = assertThrows(
    () =>
      build({
        PatientsName: "SECRET",
        "0040,0100.0008,0060": "SECRET",
        ScheduledProcedureStepSequence: {
          Modality: "SECRET",
          ScheduledStationAETitle: "SECRET-SECRET-SECRET",
          ScheduledProcedureStepStartDate: "tomorow-SECRET",
          ScheduledProcedureStepStartTime: "08:00-SECRET",
        },
        PatientBirthDate: "SECRET",
        StudyInstanceUID: "SECRET",
        PatientWeight: "SECRET",
        PregnancyStatus: "SECRET",
        PatientID: "SEC\nRET",
        ReferencedStudySequence: "SECRET",
      }, { return: ["PatientNam"] }),
    IdentifierError,
  );
  assertEquals(error.message.includes("SECRET"), false);
  assertEquals(error.problems.map(({ path }) => path.join(".")), [
    "PatientsName",
    "ScheduledProcedureStepSequence.Modality",
    "ScheduledProcedureStepSequence.ScheduledStationAETitle",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
    "PatientBirthDate",
    "StudyInstanceUID",
    "PatientWeight",
    "PatientID",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
    "PregnancyStatus",
    "ReferencedStudySequence",
    "return.PatientNam",
  ]);
  assertEquals(error.problems[0]?.message.includes('did you mean "PatientName"?'), true);
});

Deno.test("buildIdentifier() takes values, ranges and wild cards that the standard has", () => {
  const table: Keys[] = [
    { PatientBirthDate: "19700131" },
    { PatientBirthDate: "19700131-" },
    { PatientBirthDate: "-19700131" },
    { PatientBirthDate: "1970.01.31" },
    { PatientBirthDate: "*" },
    { StudyTime: "10" },
    { StudyTime: "1000-103000.5" },
    { ScheduledProcedureStepStartDateTime: "20260101100000.5+0100-20260102-0500" },
    { ScheduledProcedureStepStartDateTime: "today" },
    { Modality: "C*" },
    { ModalitiesInStudy: "CT\\MR" },
    { PatientName: "D?E^*" },
    { PatientID: "" },
    { InstanceNumber: "12" },
    { "0029,0010": "ACME", "0029,1010": "anything" },
  ];
  for (const keys of table) build(keys);
});

Deno.test("buildIdentifier() asks for the times of another day where the date names it", () => {
  const night = { now: Temporal.Instant.from("2026-03-01T23:30:00Z"), timeZone: "Europe/Berlin" };
  const sent = (model: "worklist" | "study", window: string): string => {
    const [date, time] = model === "study" ? ["StudyDate", "StudyTime"] : [stepDate, stepTime];
    const keys = { [date]: window, [time]: window };
    const { identifier } = buildIdentifier({ model, keys, return: [] }, night);
    return `${at(identifier, date)?.[0]} ${at(identifier, time)?.[0]}`;
  };
  assertEquals(sent("worklist", "now-3h..now-1h"), "20260301-20260301 213000-233000");
  assertEquals(sent("study", "now-3h..now-1h"), "20260301-20260301 213000-233000");
  assertEquals(sent("worklist", "..now-1h"), "-20260301 -233000");
  assertEquals(sent("worklist", "now+24h.."), "20260303- 003000-");
  assertEquals(sent("worklist", "now+20h..now+24h"), "20260302-20260303 203000-003000");
});

Deno.test("buildIdentifier() makes one period of date and time windows across midnight", () => {
  const night = { now: Temporal.Instant.from("2026-03-02T00:00:00Z"), timeZone: "Europe/Berlin" };
  const window = { [stepDate]: "now-2h..now", [stepTime]: "now-2h..now" };
  const sent = (keys: Keys, recheck: boolean): string[] => {
    const query: QueryDefinition = { model: "worklist", keys, return: [], recheck };
    const { identifier, keys: meant } = buildIdentifier(query, night);
    return [identifier, meant].map((each) =>
      `${at(each, stepDate)?.[0] ?? ""} ${at(each, stepTime)?.[0] ?? ""}`
    );
  };
  assertEquals(sent(window, false), [
    "20260301-20260302 230000-010000",
    "20260301-20260302 230000-010000",
  ]);
  // Rechecked, the time is left to us: many peers do not know combined ranges.
  assertEquals(sent(window, true), [
    "20260301-20260302 ",
    "20260301-20260302 230000-010000",
  ]);
  assertEquals(sent({ [stepDate]: "20260305-20260307", [stepTime]: "100000-180000" }, true), [
    "20260305-20260307 ",
    "20260305-20260307 100000-180000",
  ]);
  // On one day both readings are the same.
  assertEquals(
    sent({ [stepDate]: "today", [stepTime]: "000000..now" }, true)[0],
    "20260302 000000-010000",
  );
  assertEquals(
    sent({ [stepDate]: "today..today+1", [stepTime]: "..235959" }, false)[0],
    "20260302-20260303 -235959",
  );
  assertEquals(sent({ [stepDate]: "today", [stepTime]: "now-2h..now" }, true), [
    "20260302 000000-010000",
    "20260302 000000-010000",
  ]);
  assertEquals(sent({ [stepDate]: "today..today", [stepTime]: "now-2h..now" }, true), [
    "20260302-20260302 000000-010000",
    "20260302-20260302 000000-010000",
  ]);
});

Deno.test("setKey() writes numbers, tags and bytes of their VRs", () => {
  const identifier = new DataSet();
  const set = (path: string, text: string): unknown => {
    setKey(identifier, parseKeyPath(path), text);
    return identifier.get(parseKeyPath(path)[0]?.tag ?? 0)?.value;
  };
  assertEquals(set("Rows", "512"), [512]);
  assertEquals(set("FrameIncrementPointer", "(0018,1063)\\FrameTimeVector"), [
    0x00181063,
    0x00181065,
  ]);
  assertEquals(set("ICCProfile", "00\\ff 0a"), Uint8Array.of(0, 255, 10));
  assertEquals(set("PixelData", "0102\\0304"), Uint8Array.of(2, 1, 4, 3));
  assertEquals(set("FloatPixelData", "0000803f"), Uint8Array.of(0, 0, 0x80, 0x3f));
  assertEquals(set("FloatPixelData", "1"), Uint8Array.of(0, 0, 0x80, 0x3f));
  assertEquals(set("FloatPixelData", "-1.5\\2"), Uint8Array.of(0, 0, 0xc0, 0xbf, 0, 0, 0, 0x40));
  assertEquals(set("DoubleFloatPixelData", "1"), Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
  assertEquals(set("LongEdgePointIndexList", "1\\258"), Uint8Array.of(1, 0, 0, 0, 2, 1, 0, 0));
  assertEquals(set("SelectorOVValue", "258"), Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0));
  assertEquals(set("SelectorOVValue", ""), new Uint8Array(0));
  assertEquals(set("SelectorUNValue", "00ff"), Uint8Array.of(0, 255));
  assertEquals(set("PatientComments", "a\\b"), ["a\\b"]);
  assertEquals(set("0029,1010", "AB"), Uint8Array.of(0x41, 0x42));
  assertThrows(() => set("ICCProfile", "0"), RangeError, "hexadecimal");
  assertThrows(() => set("Rows", "many"), RangeError, "(0028,0010)");
  assertThrows(() => set("SelectorUNValue", "many"), RangeError, "hexadecimal");
  assertThrows(() => set("LongEdgePointIndexList", "1.5"), RangeError, "(0066,0042)");
  assertThrows(() => set("FloatPixelData", "0000803f\\"), RangeError, "(7fe0,0008)");
});

Deno.test("buildIdentifier() asks a peer in another time zone for a day more, and for any time", () => {
  const keys = {
    StudyDate: "today",
    StudyTime: "0800-1200",
    PatientBirthDate: "19800101",
    ScheduledProcedureStepStartDateTime: "now-1h..now",
  };
  const sent = (recheck: boolean, peerTimeZone?: string): (string | undefined)[] => {
    const definition = { model: "study", keys, return: [], recheck, peerTimeZone } as const;
    const now = Temporal.Instant.from("2026-03-01T11:30:00Z");
    const { identifier } = buildIdentifier(definition, { now, timeZone: "UTC" });
    const tags = [0x0008_0020, 0x0008_0030, 0x0010_0030, 0x0040_4005];
    return tags.map((tag) => identifier.string(tag));
  };
  const asMeant = ["20260301", "0800-1200", "19800101", "20260301103000-20260301113000"];
  assertEquals(sent(true, "Pacific/Auckland"), [
    "20260228-20260302",
    undefined,
    "19800101",
    "20260228-20260302",
  ]);
  assertEquals(sent(false, "Pacific/Auckland"), asMeant);
  assertEquals(sent(true, "UTC"), asMeant);
  assertEquals(sent(true), asMeant);
});
