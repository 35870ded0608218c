import { assertEquals } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { lookupKeyword } from "../../../../src/dicom/dictionary/dictionary.ts";
import { formatKeyPath, parseKeyPath } from "../../../../src/query/key_path.ts";
import { setKey } from "../../../../src/query/key_value.ts";
import { compileJudge, type MatchOptions } from "../../../../src/worklist/match/match.ts";

const sps = "ScheduledProcedureStepSequence";
const date = "ScheduledProcedureStepStartDate";
const time = "ScheduledProcedureStepStartTime";
const now = Temporal.Instant.from("2026-11-27T00:00:00Z");

type Values = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** A data set of values as they are, however wrong. */
function dataSetOf(values: Values): DataSet {
  return new DataSet(
    Object.entries(values).map(([keyword, value]) => {
      const tag = lookupKeyword(keyword)?.tag ?? 0;
      return typeof value === "string"
        ? element(tag, value === "" ? [] : value.split("\\"))
        : element(tag, [dataSetOf(value)]);
    }),
  );
}

function keysOf(values: Readonly<Record<string, string>>): DataSet {
  const keys = new DataSet();
  for (const [path, text] of Object.entries(values)) setKey(keys, parseKeyPath(path), text);
  return keys;
}

/** `matches`, or the outcome and the attribute. */
function verdict(
  keys: Readonly<Record<string, string>>,
  item: Values,
  options: MatchOptions = {},
): string {
  const judgement = compileJudge(keysOf(keys), { absentMatches: true, ...options })(
    dataSetOf(item),
  );
  return judgement === undefined
    ? "matches"
    : `${judgement.outcome} ${formatKeyPath(judgement.path)}`;
}

Deno.test("a value that cannot be read neither matches nor fails to match, whatever its VR", () => {
  const rows: [path: string, key: string, value: string, expected: string][] = [
    ["StudyDate", "20261127-20261128", "2026-11-27", "matches"],
    ["StudyDate", "20261127-20261128", "2026-11-29", "differs"],
    ["StudyDate", "20261127-20261128", "202611", "unreadable"],
    ["StudyDate", "20261127", "tomorrow", "unreadable"],
    ["StudyDate", "20261127", "2026-11-27Z", "matches"],
    ["StudyDate", "20261127", "2026-11-27+01:00", "matches"],
    ["StudyDate", "20261127", "20261127-1128", "unreadable"],
    ["StudyDate", "20261127", "20261127-20261128", "unreadable"],
    ["StudyDate", "-20261127", "00000000", "unreadable"],
    ["StudyDate", "20261127", "202611\\20261127", "matches"],
    ["StudyDate", "20261127", "202611\\20261128", "unreadable"],
    ["StudyTime", "0900-1000", "9:30", "matches"],
    ["StudyTime", "0900-1000", "093000.0000000", "matches"],
    ["StudyTime", "0900-1000", "093000,5", "matches"],
    ["StudyTime", "0900-1000", "8:30", "differs"],
    ["StudyTime", "0900-1000", "noon", "unreadable"],
    ["StudyTime", "0900-", "0900-1000", "unreadable"],
    ["ScheduledProcedureStepStartDateTime", "20261127", "2026-11-27T12:00:00Z", "matches"],
    ["ScheduledProcedureStepStartDateTime", "20261127", "27 Nov 2026", "unreadable"],
    ["PatientName", "MULLER*", "M\uFFFDller^Anna", "unreadable"],
    ["PatientName", "M?ller*", "M\uFFFDller^Anna", "matches"],
    ["PatientName", "MULLER*", "Miller^Anna", "differs"],
    ["PatientID", "P1", "P\uFFFD", "unreadable"],
    ["PatientID", "P1", "p1", "case"],
    ["PatientID", "P*", "p1", "case"],
    ["PatientID", "P1", "P2", "differs"],
    ["ScheduledStationAETitle", "CT1", "ct1", "case"],
    ["ScheduledStationAETitle", "CT1", "ct2\\ct1", "case"],
    ["Modality", "CT", "\uFFFDT", "unreadable"],
    ["InstanceNumber", "7", "7.0", "matches"],
    ["InstanceNumber", "7", "8", "differs"],
    ["InstanceNumber", "7", "seven", "unreadable"],
    ["PatientWeight", "71.5", "71,5", "matches"],
    ["PatientWeight", "71.5", "71,6", "differs"],
    ["PatientWeight", "71.5", "71.5 kg", "unreadable"],
    ["PatientWeight", "71.5", "0x47", "unreadable"],
    ["StudyInstanceUID", "1.2.3", "1.2.3\0", "matches"],
    ["StudyInstanceUID", "1.2.3", "1.2.03", "matches"],
    ["StudyInstanceUID", "1.2.3", "1.2.4", "differs"],
    ["StudyInstanceUID", "1.2.3", "1.2.x", "unreadable"],
    ["PatientAge", "045Y", "45Y", "matches"],
    ["PatientAge", "045Y", "46Y", "differs"],
    ["PatientAge", "045Y", "45 years", "unreadable"],
  ];
  for (const [path, key, value, expected] of rows) {
    const found = verdict({ [path]: key }, { [path]: value });
    assertEquals(found, expected === "matches" ? expected : `${expected} ${path}`, value);
    const nested = verdict({ [`${sps}.${path}`]: key }, { [sps]: { [path]: value } });
    assertEquals(nested, expected === "matches" ? expected : `${expected} ${sps}.${path}`, value);
  }
});

Deno.test("an item with one key that differs does not match, however unreadable the others are", () => {
  const keys = { StudyDate: "20261127", PatientID: "P1" };
  assertEquals(verdict(keys, { StudyDate: "202611", PatientID: "P2" }), "differs PatientID");
  assertEquals(verdict(keys, { StudyDate: "202611", PatientID: "p1" }), "case PatientID");
  assertEquals(verdict(keys, { StudyDate: "202611", PatientID: "P1" }), "unreadable StudyDate");
});

Deno.test("one item of a sequence that cannot be read is enough to keep the data set", () => {
  const keys = keysOf({ [`${sps}.${date}`]: "20261127" });
  const judge = compileJudge(keys);
  const withSteps = (...dates: string[]): DataSet =>
    new DataSet([
      element(0x00400100, dates.map((text) => dataSetOf({ [date]: text }))),
    ]);
  assertEquals(judge(withSteps("20261128", "soon"))?.outcome, "unreadable");
  assertEquals(judge(withSteps("soon", "20261127")), undefined);
  assertEquals(judge(withSteps("20261128", "20261129"))?.outcome, "differs");
});

Deno.test("a sequence that came as bytes cannot be read", () => {
  const judge = compileJudge(keysOf({ [`${sps}.Modality`]: "CT" }), { absentMatches: true });
  const item = new DataSet([element(0x00400100, Uint8Array.of(1, 2), "UN")]);
  assertEquals(judge(item)?.outcome, "unreadable");
});

Deno.test("text of VR UN with bytes beyond ASCII cannot be read: nothing names its character set", () => {
  const judge = compileJudge(keysOf({ PatientName: "MULLER*" }));
  const named = (...bytes: number[]): DataSet =>
    new DataSet([element(0x00100010, Uint8Array.of(...bytes), "UN")]);
  assertEquals(judge(named(0x4D, 0xFC, 0x6C))?.outcome, "unreadable");
  assertEquals(judge(named(0x44, 0x4F, 0x45))?.outcome, "differs");
});

Deno.test("with ignoreCase, text is the same in upper and lower case", () => {
  const rows = [["ScheduledStationAETitle", "CT1", "ct1"], ["PatientID", "p*", "P12"]] as const;
  for (const [path, key, value] of rows) {
    assertEquals(verdict({ [path]: key }, { [path]: value }, { ignoreCase: true }), "matches");
    assertEquals(
      verdict({ [path]: key }, { [path]: "X" }, { ignoreCase: true }),
      `differs ${path}`,
    );
  }
});

Deno.test("a range of dates and times is judged as far as both can be read", () => {
  const keys = { [`${sps}.${date}`]: "20261126-20261128", [`${sps}.${time}`]: "1000-1200" };
  const options = { combineDateAndTime: true };
  const rows: [date: string, time: string, expected: string][] = [
    ["2026-11-27", "9:30", "matches"],
    ["2026/11/28", "12:30", `differs ${sps}.${date}`],
    ["20261127", "noon", `unreadable ${sps}.${time}`],
    ["20261201", "noon", `differs ${sps}.${date}`],
    ["soon", "1100", `unreadable ${sps}.${date}`],
    ["20261126", "9:59", `differs ${sps}.${date}`],
    ["202611271100", "", `differs ${sps}.${time}`],
  ];
  for (const [day, clock, expected] of rows) {
    assertEquals(verdict(keys, { [sps]: { [date]: day, [time]: clock } }, options), expected);
  }
});

/** In Auckland it is 13 hours later than in UTC, in summer. */
const auckland: MatchOptions = {
  combineDateAndTime: true,
  clock: { timeZone: "Pacific/Auckland", now },
};

Deno.test("a date and its time move together from the zone of the answer into that of the query", () => {
  const keys = { [`${sps}.${date}`]: "20261127" };
  const step = (day: string, clock: string, offset: string): Values => ({
    TimezoneOffsetFromUTC: offset,
    [sps]: { [date]: day, [time]: clock },
  });
  const differs = `differs ${sps}.${date}`;
  const rows: [item: Values, expected: string][] = [
    [step("20261126", "190000", "+0000"), "matches"],
    [step("20261126", "105959", "+0000"), differs],
    [step("20261127", "105959", "+0000"), "matches"],
    [step("20261127", "110000", "+0000"), differs],
    [step("20261127", "080000", "+1300"), "matches"],
    [step("2026-11-26", "19:00", "+00:00"), "matches"],
    [step("20261126", "190000Z", ""), "matches"],
    [step("20261126190000Z", "", ""), "matches"],
    [step("20261126", "190000", ""), differs],
    [step("20261126", "140000", "-0500"), "matches"],
    // Without a time the day begins when nobody knows: all of it that may be meant counts.
    [step("20261126", "", "+0000"), "matches"],
    [step("20261125", "", "+0000"), differs],
    [step("20261127", "", "+0000"), "matches"],
    // Nobody can tell which zone that is.
    [step("20261126", "190000", "NZDT"), `unreadable ${sps}.${date}`],
    [step("20261127", "190000", "NZDT"), "matches"],
    [step("20261120", "190000", "NZDT"), differs],
    // A program's way to write a date without a time, or a moment.
    [step("2026-11-27T00:00:00Z", "", ""), "matches"],
    [step("2026-11-26T00:00:00-11:00", "", ""), `unreadable ${sps}.${date}`],
  ];
  for (const [item, expected] of rows) {
    assertEquals(verdict(keys, item, auckland), expected, JSON.stringify(item));
  }
});

Deno.test("an item of a sequence may have a zone of its own, otherwise it has that of the data set", () => {
  const keys = { [`${sps}.${date}`]: "20261127" };
  const own = { [date]: "20261126", [time]: "190000", TimezoneOffsetFromUTC: "+0000" };
  assertEquals(verdict(keys, { [sps]: own }, auckland), "matches");
  const outer = { TimezoneOffsetFromUTC: "+1300", [sps]: own };
  assertEquals(verdict(keys, outer, auckland), "matches");
});

Deno.test("a time moves with its date, over midnight too", () => {
  const keys = { StudyTime: "0700-0900" };
  const study = (day: string, clock: string, offset: string): Values => ({
    StudyDate: day,
    StudyTime: clock,
    TimezoneOffsetFromUTC: offset,
  });
  assertEquals(verdict(keys, study("20261126", "190000", "+0000"), auckland), "matches");
  assertEquals(verdict(keys, study("20261126", "080000", "+0000"), auckland), "differs StudyTime");
  // In winter it is 12 hours.
  assertEquals(verdict(keys, study("20260626", "200000", "+0000"), auckland), "matches");
  assertEquals(
    verdict({ StudyTime: "2330-" }, study("20261126", "1030", "+0000"), auckland),
    "matches",
  );
  const without = { StudyTime: "190000", TimezoneOffsetFromUTC: "+0000" };
  assertEquals(verdict(keys, without, auckland), "matches");
});

Deno.test("one range of dates and times is judged in the zone of the query", () => {
  const keys = { StudyDate: "20261127-20261128", StudyTime: "0700-0900" };
  const study = (day: string, clock: string): Values => ({
    StudyDate: day,
    StudyTime: clock,
    TimezoneOffsetFromUTC: "+0000",
  });
  assertEquals(verdict(keys, study("20261126", "180000"), auckland), "matches");
  assertEquals(verdict(keys, study("20261126", "175959"), auckland), "differs StudyDate");
  assertEquals(verdict(keys, study("20261127", "195959"), auckland), "matches");
  assertEquals(verdict(keys, study("20261127", "210000"), auckland), "differs StudyDate");
});

Deno.test("a DT with its own offset is judged in the zone of the query", () => {
  const path = "ScheduledProcedureStepStartDateTime";
  const keys = { [path]: "20261127" };
  assertEquals(verdict(keys, { [path]: "20261126190000+0000" }, auckland), "matches");
  assertEquals(verdict(keys, { [path]: "20261127190000Z" }, auckland), `differs ${path}`);
  assertEquals(verdict(keys, { [path]: "20261127190000" }, auckland), "matches");
  const inUtc = { [path]: "20261126190000", TimezoneOffsetFromUTC: "+0000" };
  assertEquals(verdict(keys, inUtc, auckland), "matches");
  // A key that tells its offset: the value is of the query's zone.
  const exact = { [path]: "20261126190000+0000" };
  assertEquals(verdict(exact, { [path]: "20261127080000" }, auckland), "matches");
});

Deno.test("a birthday stays the day that it is in every time zone", () => {
  const item = { PatientBirthDate: "19800101", TimezoneOffsetFromUTC: "-1000" };
  assertEquals(verdict({ PatientBirthDate: "19800101" }, item, auckland), "matches");
  assertEquals(
    verdict({ PatientBirthDate: "19800102" }, item, auckland),
    "differs PatientBirthDate",
  );
});

Deno.test("values without an offset are of the peer's zone if that is known", () => {
  const options = { ...auckland, valueTimeZone: "Europe/Berlin" };
  const keys = { StudyDate: "20261127" };
  const study = (day: string, clock: string): Values => ({ StudyDate: day, StudyTime: clock });
  assertEquals(verdict(keys, study("20261126", "1200"), options), "matches");
  assertEquals(verdict(keys, study("20261126", "1159"), options), "differs StudyDate");
});
