import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import {
  ensureItem,
  formatKeyPath,
  getAt,
  parseKeyPath,
  setAt,
} from "../../../src/query/key_path.ts";

const steps = Tag.ScheduledProcedureStepSequence;

Deno.test("parseKeyPath() reads keywords and all ways of writing a tag", () => {
  for (const text of ["PatientName", "(0010,0010)", "0010,0010", "00100010", " PatientName "]) {
    assertEquals(parseKeyPath(text), [{ tag: Tag.PatientName }]);
  }
});

Deno.test("parseKeyPath() steps into items, to any depth", () => {
  const table: [text: string, formatted: string][] = [
    ["ScheduledProcedureStepSequence.Modality", "ScheduledProcedureStepSequence.Modality"],
    ["(0040,0100)[0].0008,0060", "ScheduledProcedureStepSequence.Modality"],
    [
      "00400100[2].00400008[1].CodeValue",
      "ScheduledProcedureStepSequence[2].ScheduledProtocolCodeSequence[1].CodeValue",
    ],
    ["ScheduledProcedureStepSequence[0]", "ScheduledProcedureStepSequence[0]"],
    ["ScheduledProcedureStepSequence", "ScheduledProcedureStepSequence"],
    ["ScheduledProcedureStepSequence [ 3 ]", "ScheduledProcedureStepSequence[3]"],
    ["0029,1010[1].(0029,1020)", "(0029,1010)[1].(0029,1020)"],
  ];
  for (const [text, formatted] of table) {
    const path = parseKeyPath(text);
    assertEquals(formatKeyPath(path), formatted);
    assertEquals(formatKeyPath(parseKeyPath(formatted)), formatted);
  }
});

Deno.test("parseKeyPath() names the nearest keyword, and what is wrong", () => {
  const table: [text: string, message: string][] = [
    ["0000,0100", "(0000,0100) is no attribute of a query"],
    ["TransferSyntaxUID", "(0002,0010) is no attribute of a query"],
    ["0008,0000", "(0008,0000) is no attribute of a query"],
    ["FFFE,E000", "(fffe,e000) is no attribute of a query"],
    ["PatientsName", 'there is no keyword "PatientsName"; did you mean "PatientName"?'],
    ["ScheduledProcedureStepSequence.Modalty", 'did you mean "Modality"?'],
    ["", "a step is empty"],
    ["PatientName.", "a step is empty"],
    ["PatientName[x]", "a step is empty"],
    ["PatientName.Modality", "PatientName is no sequence, it has VR PN"],
    ["PatientName[0]", "PatientName is no sequence"],
    ["ScheduledProcedureStepSequence[1000]", "item 1000 is beyond the limit of 1000 items"],
    ["Q".repeat(500), "there is no keyword"],
    ["\x1b[2J", "\uFFFD"],
    [Array(40).fill("00400100").join("."), "at most 32"],
  ];
  for (const [text, message] of table) {
    const error = assertThrows(() => parseKeyPath(text), SyntaxError, message);
    assertEquals(error.message.includes("\x1b"), false);
    assertEquals(error.message.length < 600, true);
  }
});

Deno.test("getAt() finds what is there and nothing else", () => {
  const dataSet = new DataSet([
    element(Tag.PatientID, ["P1"]),
    element(steps, [
      new DataSet([element(Tag.Modality, ["CT"])]),
      new DataSet([element(Tag.Modality, ["MR"])]),
    ]),
  ]);
  const at = (text: string): readonly string[] | undefined =>
    getAt(dataSet, parseKeyPath(text))?.strings;
  assertEquals(at("PatientID"), ["P1"]);
  assertEquals(at("ScheduledProcedureStepSequence.Modality"), ["CT"]);
  assertEquals(at("ScheduledProcedureStepSequence[1].Modality"), ["MR"]);
  assertEquals(at("ScheduledProcedureStepSequence[2].Modality"), undefined);
  assertEquals(at("PatientName"), undefined);
});

Deno.test("setAt() makes the items on the way and keeps those that are there", () => {
  const dataSet = new DataSet();
  setAt(
    dataSet,
    parseKeyPath("ScheduledProcedureStepSequence.Modality"),
    element(Tag.Modality, ["CT"]),
  );
  setAt(
    dataSet,
    parseKeyPath("ScheduledProcedureStepSequence.ScheduledProcedureStepID"),
    element(Tag.ScheduledProcedureStepID, ["S1"]),
  );
  assertEquals(dataSet.items(steps).length, 1);
  assertEquals(dataSet.items(steps)[0]?.string(Tag.Modality), "CT");
  assertEquals(dataSet.items(steps)[0]?.string(Tag.ScheduledProcedureStepID), "S1");
});

Deno.test("ensureItem() adds empty items up to the one that is asked for", () => {
  const dataSet = new DataSet();
  ensureItem(dataSet, steps, 3);
  assertEquals(dataSet.items(steps).map((item) => item.size), [0, 0, 0, 0]);
  ensureItem(dataSet, steps, 1);
  assertEquals(dataSet.items(steps).length, 4);
});
