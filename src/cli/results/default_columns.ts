/**
 * The columns of a table where nobody chose any: what a person looks for first.
 *
 * @module
 */
import type { Level, ModelName } from "../../query/model.ts";

const step = "ScheduledProcedureStepSequence";
const patient = "PatientName,PatientID,PatientBirthDate,PatientSex";
const study =
  "StudyDate,StudyTime,AccessionNumber,ModalitiesInStudy,StudyDescription,StudyInstanceUID";

const worklist = [
  `${step}.ScheduledProcedureStepStartDate`,
  `${step}.ScheduledProcedureStepStartTime`,
  `${step}.Modality`,
  `${step}.ScheduledStationAETitle`,
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "AccessionNumber",
  `${step}.ScheduledProcedureStepDescription`,
  `${step}.ScheduledProcedureStepID`,
].join(",");

const ups = [
  "ScheduledProcedureStepStartDateTime",
  "ProcedureStepState",
  "ProcedureStepLabel",
  "PatientName",
  "PatientID",
  "SOPInstanceUID",
].join(",");

const byLevel: Readonly<Record<Level, string>> = {
  PATIENT: patient,
  STUDY: `PatientName,PatientID,${study}`,
  SERIES: "StudyInstanceUID,SeriesNumber,Modality,SeriesDescription,SeriesInstanceUID",
  IMAGE: "SeriesInstanceUID,InstanceNumber,SOPClassUID,SOPInstanceUID",
};

/**
 * Chooses columns.
 *
 * @param model The information model.
 * @param level Its level; the topmost where it has none.
 * @returns Key paths with commas.
 */
export function defaultColumns(model: ModelName, level: Level | undefined): string {
  if (model === "worklist") return worklist;
  if (model === "ups") return ups;
  return byLevel[level ?? (model === "study" ? "STUDY" : "PATIENT")];
}
