import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { formatKeyPath, parseKeyPath } from "../../../../src/query/key_path.ts";
import { setKey } from "../../../../src/query/key_value.ts";
import { compileMatcher, type MatchOptions } from "../../../../src/worklist/match/match.ts";

/** A data set from lines of `path=value`. */
function dataSetOf(...lines: string[]): DataSet {
  const dataSet = new DataSet();
  for (const line of lines) {
    const at = line.indexOf("=");
    setKey(dataSet, parseKeyPath(line.slice(0, at)), line.slice(at + 1));
  }
  return dataSet;
}

/** The key that does not match, or nothing. */
function unmatched(dataSet: DataSet, keys: DataSet, options?: MatchOptions): string {
  const path = compileMatcher(keys, options)(dataSet);
  return path === undefined ? "" : formatKeyPath(path);
}

function matches(path: string, key: string, value: string, options?: MatchOptions): boolean {
  return unmatched(dataSetOf(`${path}=${value}`), dataSetOf(`${path}=${key}`), options) === "";
}

type Row = [path: string, key: string, value: string, expected: boolean];

function checkTable(table: readonly Row[], options?: MatchOptions): void {
  for (const [path, key, value, expected] of table) {
    assertEquals(matches(path, key, value, options), expected, `${path}: ${key} on ${value}`);
  }
}

Deno.test("compileMatcher() matches single values: C.2.2.2.1", () => {
  checkTable([
    ["PatientID", "P1", "P1", true],
    ["PatientID", " P1 ", "P1", true],
    ["PatientID", "P1", "  P1", true],
    ["PatientID", "p1", "P1", false],
    ["PatientID", "P", "P1", false],
    ["Modality", "CT", "CT", true],
    ["Modality", "ct", "CT", false],
    ["ScheduledStationAETitle", "ct1", "CT1", false],
    ["InstanceNumber", "7", "+07", true],
    ["InstanceNumber", "7", "70", false],
    ["PatientWeight", "1.0", "1", true],
    ["PregnancyStatus", "4", "4", true],
    ["PregnancyStatus", "4", "3", false],
    ["PatientID", "é", "e\u0301", true],
    ["0029,1010", "AB", "AB ", true],
    ["0029,1010", "AB", "AC", false],
  ]);
});

Deno.test("compileMatcher() matches person names without case, accents and empty components", () => {
  checkTable([
    ["PatientName", "DOE^JANE", "Doe^Jane", true],
    ["PatientName", "DOE^JANE^^^", "DOE^JANE", true],
    ["PatientName", "DOE^JANE", "DOE^JANE^^ ^", true],
    ["PatientName", "DOE", "DOE^JANE", false],
    ["PatientName", "MULLER^ANNE", "Müller^Änne", true],
    ["PatientName", "Straße", "STRASSE", true],
    ["PatientName", "山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", true],
    ["PatientName", "=山田*", "Yamada^Tarou=山田^太郎", true],
    ["PatientName", "Tanaka*=山田*", "Yamada^Tarou=山田^太郎", false],
    ["PatientName", "Yamada*=山田*", "Yamada^Tarou", false],
    ["PatientName", "Yamada*=", "Yamada^Tarou", true],
    ["PatientName", "か", "が", false],
  ]);
  const exact = { personNames: { ignoreCase: false, ignoreAccents: false } };
  checkTable([
    ["PatientName", "DOE", "Doe", false],
    ["PatientName", "Muller", "Müller", false],
    ["PatientName", "Mu\u0308ller", "Müller", true],
  ], exact);
});

Deno.test("compileMatcher() matches wild cards: C.2.2.2.4", () => {
  checkTable([
    ["PatientName", "*", "DOE", true],
    ["PatientName", "D*", "DOE^JANE", true],
    ["PatientName", "*^J?NE", "DOE^JANE", true],
    ["PatientName", "D?E", "DOE^JANE", false],
    ["PatientName", "*E*N*", "DOE^JANE", true],
    ["PatientName", "DOE**^*E", "DOE^JANE", true],
    ["PatientID", "P?", "P12", false],
    ["PatientID", "P??", "P12", true],
    ["PatientID", "?", "😀", true],
    ["PatientID", "p*", "P12", false],
    ["Modality", "C?", "CT", true],
    ["PatientID", "a.c*", "abc", false],
    ["PatientComments", "*line*", "first\nline two", true],
  ]);
});

Deno.test("compileMatcher() is not slowed down by hostile wild cards", () => {
  const key = "*a".repeat(30) + "*b";
  assertEquals(matches("PatientComments", key, "a".repeat(5000)), false);
});

Deno.test("compileMatcher() matches lists of UID and several values: C.2.2.2.2", () => {
  checkTable([
    ["StudyInstanceUID", "1.2\\1.3", "1.3", true],
    ["StudyInstanceUID", "1.2\\1.3", "1.4", false],
    ["ModalitiesInStudy", "MR", "CT\\MR", true],
    ["ModalitiesInStudy", "US\\MR", "CT\\MR", true],
    ["ModalitiesInStudy", "US", "CT\\MR", false],
    ["ScheduledStationAETitle", "CT1", "CT2\\CT1", true],
    ["ScheduledStationAETitle", "CT1", "\\CT1", true],
  ]);
});

Deno.test("compileMatcher() matches dates and ranges of dates: C.2.2.2.5.1", () => {
  checkTable([
    ["StudyDate", "20260105", "20260105", true],
    ["StudyDate", "20260105", "2026.01.05", true],
    ["StudyDate", "2026.01.05", "20260105", true],
    ["StudyDate", "20260105", "20260106", false],
    ["StudyDate", "20260101-20260131", "20260101", true],
    ["StudyDate", "20260101-20260131", "20260131", true],
    ["StudyDate", "20260101-20260131", "20260131 ", true],
    ["StudyDate", "20260101-20260131", "20260201", false],
    ["StudyDate", "20260101-20260131", "20251231", false],
    ["StudyDate", "20260101-", "20991231", true],
    ["StudyDate", "20260101-", "20251231", false],
    ["StudyDate", "-20260101", "20260101", true],
    ["StudyDate", "-20260101", "20260102", false],
    ["StudyDate", "20260101-20260131", "unknown", false],
    ["StudyDate", "20260101-20260131", "20260101.", true],
    ["StudyDate", "*", "20260101", true],
    ["StudyDate", "20260101-", "20261301", false],
    ["StudyDate", "20260101-", "20270001", false],
    ["StudyDate", "20260101-", "20260132", false],
    ["StudyDate", "20260101-", "20260200", false],
    ["StudyDate", "20260101-", "00990101", false],
  ]);
});

Deno.test("compileMatcher() matches times of any precision: C.2.2.2.5.2", () => {
  checkTable([
    ["StudyTime", "103000", "103000", true],
    ["StudyTime", "103000", "103000.000", true],
    ["StudyTime", "1030", "103059", true],
    ["StudyTime", "103000", "1030", true],
    ["StudyTime", "103000", "10:30:00", true],
    ["StudyTime", "103000", "103001", false],
    ["StudyTime", "1000-1100", "110059.999999", true],
    ["StudyTime", "100000-110000", "095959.999999", false],
    ["StudyTime", "100000-110000", "110001", false],
    ["StudyTime", "100000-", "235959", true],
    ["StudyTime", "-100000", "000000", true],
    ["StudyTime", "-100000", "100001", false],
    ["StudyTime", "100000-110000", "10", true],
    ["StudyTime", "100000-110000", "240000", false],
    ["StudyTime", "100000-110000", "9999", false],
    ["StudyTime", "100000-", "240000", false],
    ["StudyTime", "100000-", "106000", false],
    ["StudyTime", "103000-110000", "10", true],
    ["StudyTime", "110000-120000", "1030", false],
    ["StudyTime", "100000.2-100000.4", "100000.3", true],
    ["StudyTime", "100000.2-100000.4", "100000.6", false],
    ["StudyTime", "100000.3", "100000.35", true],
    ["StudyTime", "100000.3", "100000.45", false],
    ["StudyTime", "100000.000001", "100000.000001", true],
  ]);
});

Deno.test("compileMatcher() matches dates with times and their offsets from UTC: C.2.2.2.5.3", () => {
  const path = "ScheduledProcedureStepStartDateTime";
  checkTable([
    [path, "20260105103000", "20260105103000", true],
    [path, "20260105", "20260105103000", true],
    [path, "2026", "20260105103000", true],
    [path, "202602", "20260105103000", false],
    [path, "20260105100000-20260105110000", "20260105103000.5", true],
    [path, "20260105100000-20260105110000", "20260105110001", false],
    [path, "20260105100000-", "20260106", true],
    [path, "-20260105100000", "20260105100001", false],
    [path, "20260105100000+0100", "20260105090000+0000", true],
    [path, "20260105100000+0100", "20260105100000+0000", false],
    [path, "20260105100000-0500", "20260105150000+0000", true],
    [path, "20260105100000-0500-20260105110000-0500", "20260105153000+0000", true],
    [path, "20260105100000-0500-20260105110000-0500", "20260105103000+0000", false],
    [path, "20260105100000+0100-20260105100000+0000", "20260105093000+0000", true],
    [path, "20260105100000-20260105110000+0100", "20260105093000+0000", true],
    [path, "20260105100000+0100-20260105110000", "20260105103000+0000", false],
    [path, "20260105100000-0500-", "20260105145959+0000", false],
    [path, "20260105100000+0530", "20260105043000+0000", true],
    [path, "20260105100000-0330", "20260105133000+0000", true],
    [path, "2026-2027", "20270105", true],
    [path, "2026-", "20261341", false],
    [path, "20260105", "20260106000000", false],
    [path, "202601", "20260131235959", true],
    [path, "202601", "20260201000000", false],
    [path, "202612", "20261231235959", true],
    [path, "2026", "20261231235959", true],
    [path, "2026", "20270101000000", false],
    [path, "20260105+0100", "20260104233000+0000", true],
    [path, "20260105+0100", "20260105233000+0000", false],
    // One side does not tell its offset: as the clock on the wall shows.
    [path, "20260105100000", "20260105100000+0900", true],
    [path, "20260105100000+0900", "20260105100000", true],
  ]);
  const withOffset = dataSetOf(`${path}=20260105100000`, "TimezoneOffsetFromUTC=+0100");
  assertEquals(unmatched(withOffset, dataSetOf(`${path}=20260105090000+0000`)), "");
  assertEquals(unmatched(withOffset, dataSetOf(`${path}=20260105100000+0000`)), path);
  const earlier = dataSetOf(`${path}=20260105090000+0000`);
  assertEquals(unmatched(earlier, withOffset), "");
  // Times without dates are those of the clock on the wall.
  const here = dataSetOf("StudyTime=100000", "TimezoneOffsetFromUTC=+0100");
  const there = dataSetOf("StudyTime=100000", "TimezoneOffsetFromUTC=+0900");
  assertEquals(unmatched(here, there), "");
});

Deno.test("compileMatcher() takes ranges of dates and times as one if that is agreed", () => {
  const keys = dataSetOf("StudyDate=20260705-20260707", "StudyTime=100000-180000");
  const at = (date: string, time: string, combineDateAndTime: boolean): string =>
    unmatched(dataSetOf(`StudyDate=${date}`, `StudyTime=${time}`), keys, { combineDateAndTime });
  const table: [date: string, time: string, combined: boolean, apart: boolean][] = [
    ["20260705", "095959", false, false],
    ["20260705", "100000", true, true],
    ["20260705", "230000", true, false],
    ["20260706", "030000", true, false],
    ["20260707", "180000", true, true],
    ["20260707", "180001", false, false],
    ["20260708", "120000", false, false],
  ];
  for (const [date, time, combined, apart] of table) {
    assertEquals(at(date, time, true) === "", combined, `${date} ${time} combined`);
    assertEquals(at(date, time, false) === "", apart, `${date} ${time} apart`);
  }
  assertEquals(at("20260706", "", true), "StudyTime");
  assertEquals(at("20260709", "", true), "StudyDate");
  const open = dataSetOf("StudyDate=20260705-", "StudyTime=100000-");
  const options = { combineDateAndTime: true };
  assertEquals(
    unmatched(dataSetOf("StudyDate=20270101", "StudyTime=01"), open, options),
    "",
  );
  assertEquals(
    unmatched(dataSetOf("StudyDate=20260705", "StudyTime=01"), open, options),
    "StudyDate",
  );
  // A single date does not combine.
  const single = dataSetOf("StudyDate=20260705", "StudyTime=100000-180000");
  assertEquals(
    unmatched(dataSetOf("StudyDate=20260705", "StudyTime=090000"), single, options),
    "StudyTime",
  );
  const strange = [["unknown", "1200", "StudyDate"], ["20260706", "noon", "StudyTime"]] as const;
  for (const [date, time, path] of strange) {
    const study = new DataSet([element(0x0008_0020, [date]), element(0x0008_0030, [time])]);
    assertEquals(unmatched(study, keys, options), path);
  }
  // Nor does a single time.
  const noon = dataSetOf("StudyDate=20260705-20260707", "StudyTime=120000");
  assertEquals(
    unmatched(dataSetOf("StudyDate=20260706", "StudyTime=110000"), noon, options),
    "StudyTime",
  );
});

Deno.test("compileMatcher() treats a missing time beside a date as its options say", () => {
  const sps = "ScheduledProcedureStepSequence";
  const date = `${sps}.ScheduledProcedureStepStartDate`;
  const time = `${sps}.ScheduledProcedureStepStartTime`;
  const keys = dataSetOf(`${date}=20260705-20260707`, `${time}=100000-180000`);
  const absent = dataSetOf(`${date}=20260705`);
  const empty = dataSetOf(`${date}=20260705`, `${time}=`);
  const cases: [dataSet: DataSet, options: MatchOptions, unmatchedKey: string][] = [
    [absent, {}, time],
    [absent, { absentMatches: true }, ""],
    [absent, { emptyMatches: true }, time],
    [empty, {}, time],
    [empty, { absentMatches: true }, time],
    [empty, { emptyMatches: true }, ""],
    [dataSetOf(`${date}=20260708`), { absentMatches: true }, date],
  ];
  for (const [dataSet, options, expected] of cases) {
    assertEquals(unmatched(dataSet, keys, { ...options, combineDateAndTime: true }), expected);
  }
});

Deno.test("compileMatcher() crosses midnight in a combined range", () => {
  const keys = dataSetOf("StudyDate=20260301-20260302", "StudyTime=230000-010000");
  const options = { combineDateAndTime: true };
  const at = (date: string, time: string): string =>
    unmatched(dataSetOf(`StudyDate=${date}`, `StudyTime=${time}`), keys, options);
  assertEquals(at("20260301", "233000"), "");
  assertEquals(at("20260302", "003000"), "");
  assertEquals(at("20260301", "120000"), "StudyDate");
  assertEquals(at("20260302", "010100"), "StudyDate");
});

Deno.test("compileMatcher() matches sequences item by item: C.2.2.2.6", () => {
  const modality = "ScheduledProcedureStepSequence.Modality";
  const ae = "ScheduledProcedureStepSequence.ScheduledStationAETitle";
  const two = dataSetOf(
    "ScheduledProcedureStepSequence[0].Modality=CT",
    "ScheduledProcedureStepSequence[0].ScheduledStationAETitle=A",
    "ScheduledProcedureStepSequence[1].Modality=MR",
    "ScheduledProcedureStepSequence[1].ScheduledStationAETitle=B",
  );
  for (const one of ["CT", "MR"]) assertEquals(unmatched(two, dataSetOf(`${modality}=${one}`)), "");
  assertEquals(unmatched(two, dataSetOf(`${modality}=MR`, `${ae}=B`)), "");
  // No single item has both.
  assertEquals(unmatched(two, dataSetOf(`${modality}=MR`, `${ae}=A`)), ae);
  assertEquals(unmatched(two, dataSetOf(`${modality}=US`)), modality);
  // An item that asks for nothing matches everything.
  const keys = dataSetOf(`${modality}=US`, "ScheduledProcedureStepSequence[1].Modality=");
  assertEquals(unmatched(two, keys), "");
  const deep = "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue";
  assertEquals(unmatched(dataSetOf(`${deep}=X1`), dataSetOf(`${deep}=X*`)), "");
  assertEquals(unmatched(two, dataSetOf(`${deep}=X*`)), deep);
});

Deno.test("compileMatcher() takes keys without a value as matching everything: C.2.2.2.3", () => {
  const some = dataSetOf("PatientID=P1");
  const none = new DataSet();
  const table = [
    dataSetOf("PatientName="),
    dataSetOf("PatientName=*"),
    dataSetOf("StudyDate=", "ScheduledProcedureStepSequence="),
    dataSetOf("ScheduledProcedureStepSequence[0]="),
    dataSetOf("ScheduledProcedureStepSequence.Modality="),
    dataSetOf("ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue="),
    dataSetOf("SpecificCharacterSet=ISO_IR 192", "QueryRetrieveLevel=STUDY"),
    dataSetOf("TimezoneOffsetFromUTC=+0100", "0029,0010=ACME"),
  ];
  for (const keys of table) {
    assertEquals(unmatched(some, keys), "");
    assertEquals(unmatched(none, keys), "");
  }
});

Deno.test("compileMatcher() treats missing values as its options say", () => {
  const modality = "ScheduledProcedureStepSequence.Modality";
  const keys = dataSetOf("PatientID=P1", `${modality}=CT`);
  const cases: [dataSet: DataSet, options: MatchOptions, unmatchedKey: string][] = [
    [dataSetOf(`${modality}=CT`), {}, "PatientID"],
    [dataSetOf(`${modality}=CT`), { absentMatches: true }, ""],
    [dataSetOf(`${modality}=CT`, "PatientID="), { absentMatches: true }, "PatientID"],
    [dataSetOf(`${modality}=CT`, "PatientID="), { emptyMatches: true }, ""],
    [dataSetOf(`${modality}=CT`, "PatientID= "), {}, "PatientID"],
    [dataSetOf(`${modality}=CT`, "PatientID= "), { emptyMatches: true }, ""],
    [dataSetOf("PatientID=P1"), {}, modality],
    [dataSetOf("PatientID=P1"), { absentMatches: true }, ""],
    [dataSetOf("PatientID=P1", `${modality}=MR`), { absentMatches: true }, modality],
    [dataSetOf("PatientID=P1", `${modality}=MR`), { emptyMatches: true }, modality],
    [dataSetOf("PatientID=P1"), { emptyMatches: true }, modality],
    [dataSetOf("PatientID=P1", "ScheduledProcedureStepSequence="), {}, modality],
    [dataSetOf("PatientID=P1", "ScheduledProcedureStepSequence="), { emptyMatches: true }, ""],
    [dataSetOf("PatientID=P1", "ScheduledProcedureStepSequence[0]="), {}, modality],
    [
      dataSetOf("PatientID=P1", "ScheduledProcedureStepSequence[0]="),
      { absentMatches: true },
      "",
    ],
  ];
  for (const [dataSet, options, expected] of cases) {
    assertEquals(unmatched(dataSet, keys, options), expected);
  }
});

Deno.test("compileMatcher() finds every data set by its own values and not by a changed one", () => {
  const random = generator(20260301);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const digits = (count: number): string =>
    Array.from({ length: count }, () => pick([..."123456789"])).join("");
  for (let round = 0; round < 500; round++) {
    const values: Record<string, string> = {
      PatientID: digits(6),
      PatientName: `${pick(["Doe", "Müller", "Roe"])}^${digits(3)}`,
      StudyDate: `202${pick([..."456"])}0${digits(1)}1${digits(1)}`,
      StudyTime: `1${digits(1)}3${digits(1)}${pick(["", "15", "15.5"])}`,
      StudyInstanceUID: `1.2.${digits(8)}`,
      "ScheduledProcedureStepSequence.Modality": pick(["CT", "MR", "US"]),
    };
    const dataSet = dataSetOf(...Object.entries(values).map(([path, text]) => `${path}=${text}`));
    const some = Object.entries(values).filter(() => random() < 0.6);
    const keys = some.map(([path, text]) => `${path}=${text}`);
    assertEquals(unmatched(dataSet, dataSetOf(...keys)), "");
    const [path, text] = pick(Object.entries(values));
    const wrong = path === "StudyDate" ? "20300101" : path === "StudyTime" ? "0900" : `${text}9`;
    assertEquals(unmatched(dataSet, dataSetOf(`${path}=${wrong}`)), path);
    if (path !== "StudyDate" && path !== "StudyTime" && path !== "StudyInstanceUID") {
      const cut = text.slice(0, 1 + Math.floor(random() * text.length));
      assert(matches(path, `${cut}*`, text), `${cut}* on ${text}`);
    }
  }
});

Deno.test("compileMatcher() reads elements of VR UN as the text that they are", () => {
  const withBytes = (text: string): DataSet =>
    new DataSet([element(Tag.PatientID, new TextEncoder().encode(text), "UN")]);
  for (const padded of ["P1 ", "P1\0", "P0\\P1"]) {
    assertEquals(unmatched(withBytes(padded), dataSetOf("PatientID=P1")), "");
    assertEquals(unmatched(withBytes(padded), dataSetOf("PatientID=P2")), "PatientID");
  }
  assertEquals(unmatched(withBytes(" "), dataSetOf("PatientID=P1"), { emptyMatches: true }), "");
});

Deno.test("compileMatcher() compares as text a value that should be a date or a number and is none", () => {
  const study = (date: string): DataSet => new DataSet([element(0x0008_0020, [date])]);
  assertEquals(unmatched(study("unknown "), study(" unknown")), "");
  for (const key of ["unknown", "-unknown", "-", "20260105-unknown"]) {
    assertEquals(unmatched(study("20260105"), study(key)), "StudyDate");
    assertEquals(unmatched(study(key), study(key)), "");
  }
  const instance = (text: string): DataSet => new DataSet([element(0x0020_0013, [text])]);
  assertEquals(unmatched(instance("1a "), instance(" 1a")), "");
  assertEquals(unmatched(instance("1b"), instance("1a")), "InstanceNumber");
  assertEquals(unmatched(instance("1a"), instance("1")), "InstanceNumber");
});

/** Mulberry32: the same numbers on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
