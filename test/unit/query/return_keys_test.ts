import { assertEquals } from "@std/assert";
import { returnKeyPaths, upsReturnKeys } from "../../../src/query/return_keys.ts";

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
