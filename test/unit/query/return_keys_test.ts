import { assertEquals } from "@std/assert";
import { lookupKeyword } from "../../../src/dicom/dictionary.ts";
import {
  imageLevelReturnKeys,
  patientLevelReturnKeys,
  returnKeyPaths,
  seriesLevelReturnKeys,
  studyLevelReturnKeys,
  upsReturnKeys,
  worklistReturnKeys,
} from "../../../src/query/return_keys.ts";

const tables = {
  imageLevelReturnKeys,
  patientLevelReturnKeys,
  seriesLevelReturnKeys,
  studyLevelReturnKeys,
  upsReturnKeys,
  worklistReturnKeys,
};

for (const [name, table] of Object.entries(tables)) {
  Deno.test(`${name} names attributes of the dictionary, each once, and steps into sequences only`, () => {
    const paths = returnKeyPaths(table);
    assertEquals(paths.length, new Set(paths).size);
    for (const path of paths) {
      const entries = path.split(".").map(lookupKeyword);
      assertEquals(entries.includes(undefined), false, path);
      assertEquals(entries.slice(0, -1).every((entry) => entry?.vr === "SQ"), true, path);
    }
  });
}

/** PS3.4 Table CC.2.5-3: the attributes of Return Key Type 1 and 2, conditional ones included. */
const upsRequired = [
  "SOPClassUID",
  "SOPInstanceUID",
  "ScheduledProcedureStepPriority",
  "ProcedureStepLabel",
  "WorklistLabel",
  "ScheduledProcessingParametersSequence",
  "ScheduledStationNameCodeSequence",
  "ScheduledStationClassCodeSequence",
  "ScheduledStationGeographicLocationCodeSequence",
  "ScheduledHumanPerformersSequence",
  "ScheduledProcedureStepStartDateTime",
  "ScheduledWorkitemCodeSequence",
  "InputReadinessState",
  "InputInformationSequence",
  "StudyInstanceUID",
  "PatientName",
  "PatientID",
  "IssuerOfPatientID",
  "IssuerOfPatientIDQualifiersSequence",
  "OtherPatientIDsSequence",
  "PatientBirthDate",
  "PatientSex",
  "AdmissionID",
  "IssuerOfAdmissionIDSequence",
  "AdmittingDiagnosesDescription",
  "AdmittingDiagnosesCodeSequence",
  "ReferencedRequestSequence",
  "MedicalAlerts",
  "PregnancyStatus",
  "SpecialNeeds",
  "ProcedureStepState",
  "ProcedureStepProgressInformationSequence",
];

Deno.test("upsReturnKeys asks for all that an SCP must be able to return", () => {
  const asked = new Set(returnKeyPaths(upsReturnKeys).map((path) => path.split(".")[0]));
  assertEquals(upsRequired.filter((keyword) => !asked.has(keyword)), []);
});
