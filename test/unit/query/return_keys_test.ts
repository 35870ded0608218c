import { assertEquals } from "@std/assert";
import {
  imageLevelReturnKeys,
  patientLevelReturnKeys,
  returnKeyPaths,
  seriesLevelReturnKeys,
  studyBelowPatientReturnKeys,
  studyLevelReturnKeys,
  upsReturnKeys,
} from "../../../src/query/return_keys.ts";

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

/** PS3.4 Tables C.6-1 to C.6-5: their attributes, but for those that are retired or not asked for on purpose. */
const patientTable = [
  ...["PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientBirthTime"],
  ...["PatientSex", "OtherPatientIDsSequence", "OtherPatientNames", "PatientComments"],
];
const studyTable = [
  ...["StudyDate", "StudyTime", "AccessionNumber", "StudyID", "StudyInstanceUID"],
  ...["ModalitiesInStudy", "SOPClassesInStudy", "ReferringPhysicianName", "StudyDescription"],
  ...["ProcedureCodeSequence", "NameOfPhysiciansReadingStudy", "AdmittingDiagnosesDescription"],
  ...["PatientAge", "PatientSize", "PatientWeight", "AdditionalPatientHistory"],
  ...["NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"],
];
const tables: [name: string, table: string, attributes: string[]][] = [
  ["patient", patientLevelReturnKeys, [
    ...patientTable,
    ...["NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries"],
    "NumberOfPatientRelatedInstances",
  ]],
  ["study below a patient", studyBelowPatientReturnKeys, studyTable],
  ["study", studyLevelReturnKeys, [...patientTable, ...studyTable]],
  ["series", seriesLevelReturnKeys, [
    ...["Modality", "SeriesNumber", "SeriesInstanceUID", "NumberOfSeriesRelatedInstances"],
  ]],
  ["image", imageLevelReturnKeys, [
    ...["InstanceNumber", "SOPInstanceUID", "SOPClassUID", "RelatedGeneralSOPClassUID"],
    ...["ConceptNameCodeSequence", "ContentTemplateSequence", "ContainerIdentifier"],
    "SpecimenDescriptionSequence",
  ]],
];
for (const [name, table, attributes] of tables) {
  Deno.test(`the return keys of a ${name} are those of the standard's table, and more`, () => {
    const asked = new Set(returnKeyPaths(table).map((path) => path.split(".")[0]));
    assertEquals(attributes.filter((keyword) => !asked.has(keyword)), []);
  });
}
