import { assertEquals, assertThrows } from "@std/assert";
import { lookupKeyword } from "../../../src/dicom/dictionary/dictionary.ts";
import { levelOf, models, queryMechanics } from "../../../src/query/model.ts";
import { returnKeyPaths } from "../../../src/query/return_keys.ts";

const definitions = Object.values(models).flatMap((model) => model.levels);

Deno.test("models ask by default for nothing that the dictionary does not know or has retired", () => {
  const wrong: string[] = [];
  for (const { returnKeys, identity, uniqueKeys } of definitions) {
    const paths = [...returnKeyPaths(returnKeys), ...identity, ...uniqueKeys, ...queryMechanics];
    for (const path of paths) {
      const entries = path.split(".").map(lookupKeyword);
      const isKnown = entries.every((entry) => entry && !entry.retired);
      const isNested = entries.slice(0, -1).every((entry) => entry?.vr === "SQ");
      if (!isKnown || !isNested) wrong.push(path);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("models ask for each attribute once, and for what they identify matches by", () => {
  for (const { returnKeys, identity, uniqueKeys } of definitions) {
    const paths = returnKeyPaths(returnKeys);
    assertEquals(paths.length, new Set(paths).size);
    assertEquals([...identity, ...uniqueKeys].filter((path) => !paths.includes(path)), []);
  }
});

Deno.test("the worklist model asks for what PS3.4 Table K.6-1 has with return key type 1, 1C, 2 and 2C", () => {
  const table = [
    "ScheduledProcedureStepSequence.ScheduledStationAETitle",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
    "ScheduledProcedureStepSequence.Modality",
    "ScheduledProcedureStepSequence.ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepDescription",
    "ScheduledProcedureStepSequence.ScheduledStationName",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepLocation",
    "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue",
    "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodingSchemeDesignator",
    "ScheduledProcedureStepSequence.PreMedication",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepID",
    "ScheduledProcedureStepSequence.RequestedContrastAgent",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "RequestedProcedureCodeSequence.CodeValue",
    "RequestedProcedureCodeSequence.CodingSchemeDesignator",
    "StudyInstanceUID",
    "ReferencedStudySequence.ReferencedSOPClassUID",
    "ReferencedStudySequence.ReferencedSOPInstanceUID",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "AccessionNumber",
    "RequestingPhysician",
    "ReferringPhysicianName",
    "AdmissionID",
    "CurrentPatientLocation",
    "ReferencedPatientSequence.ReferencedSOPClassUID",
    "ReferencedPatientSequence.ReferencedSOPInstanceUID",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "ConfidentialityConstraintOnPatientDataDescription",
    "PatientState",
    "PregnancyStatus",
    "MedicalAlerts",
    "Allergies",
    "SpecialNeeds",
  ];
  const paths = returnKeyPaths(levelOf("worklist").returnKeys);
  assertEquals(table.filter((path) => !paths.includes(path)), []);
});

Deno.test("levelOf() takes the topmost level by default and names the levels there are", () => {
  assertEquals(levelOf("patient").level, "PATIENT");
  assertEquals(levelOf("study").level, "STUDY");
  assertEquals(levelOf("worklist").level, undefined);
  assertEquals(levelOf("patient", "IMAGE").uniqueKeys[0], "PatientID");
  assertThrows(
    () => levelOf("study", "PATIENT"),
    RangeError,
    "Cannot query the Study Root Query/Retrieve model at level PATIENT: its levels are STUDY, SERIES, IMAGE",
  );
  assertThrows(
    () => levelOf("worklist", "STUDY"),
    RangeError,
    "Cannot query the Modality Worklist model at level STUDY: it has no levels",
  );
});

Deno.test("returnKeyPaths() counts a sequence by its attributes, or by itself when it has none", () => {
  assertEquals(returnKeyPaths("\nA\nB\n>C\n>D\n>>E\nF\n"), ["A", "B.C", "B.D.E", "F"]);
});
