/**
 * The information models that can be queried by C-FIND: worklist (PS3.4 Annex K), patient root, study root and
 * patient/study only (Annex C), Unified Procedure Step pull (Annex CC).
 *
 * @module
 */

import { SopClass } from "../dicom/uid.ts";
import {
  imageLevelReturnKeys,
  patientLevelReturnKeys,
  seriesLevelReturnKeys,
  studyBelowPatientReturnKeys,
  studyLevelReturnKeys,
  upsReturnKeys,
  worklistReturnKeys,
} from "./return_keys.ts";

/** A query/retrieve level, the value of (0008,0052). */
export type Level = "PATIENT" | "STUDY" | "SERIES" | "IMAGE";

const levels: readonly Level[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];

/** The models by the names they have in the configuration. */
export type ModelName = "worklist" | "study" | "patient" | "patient-study" | "ups";

/** The noun in the types of events about a match: `dicom.NOUN.added`. */
export type EventNoun = "worklist.item" | "patient" | "study" | "series" | "image" | "ups";

/** The definition of one level; a model without levels has exactly one. */
export interface LevelDefinition {
  /** Absent for worklist and UPS, whose identifiers have no Query/Retrieve Level. */
  readonly level?: Level;
  readonly eventNoun: EventNoun;
  /** Key paths that together identify a match. */
  readonly identity: readonly string[];
  /** Key paths that find one match again, whatever else of it has changed. */
  readonly uniqueKeys: readonly string[];
  /** A table of `return_keys.ts`: what is asked for by default. */
  readonly returnKeys: string;
}

/** An information model. */
export interface Model {
  /** For messages to people. */
  readonly title: string;
  readonly sopClassUid: string;
  /** From the top down, never empty; the first is the default. */
  readonly levels: readonly [LevelDefinition, ...LevelDefinition[]];
  /** True if a range of dates and a range of times are one range without negotiation (PS3.4 Table K.6-1). */
  readonly combinesDateAndTime: boolean;
}

const stepId = "ScheduledProcedureStepSequence.ScheduledProcedureStepID";

const worklistItem: LevelDefinition = {
  eventNoun: "worklist.item",
  identity: ["StudyInstanceUID", stepId],
  uniqueKeys: ["StudyInstanceUID", stepId],
  returnKeys: worklistReturnKeys,
};

const ups: LevelDefinition = {
  eventNoun: "ups",
  identity: ["SOPInstanceUID"],
  uniqueKeys: ["SOPInstanceUID"],
  returnKeys: upsReturnKeys,
};

const patient: LevelDefinition = {
  level: "PATIENT",
  eventNoun: "patient",
  identity: ["PatientID", "IssuerOfPatientID"],
  uniqueKeys: ["PatientID", "IssuerOfPatientID"],
  returnKeys: patientLevelReturnKeys,
};

const study: LevelDefinition = {
  level: "STUDY",
  eventNoun: "study",
  identity: ["StudyInstanceUID"],
  uniqueKeys: ["StudyInstanceUID"],
  returnKeys: studyLevelReturnKeys,
};

const series: LevelDefinition = {
  level: "SERIES",
  eventNoun: "series",
  identity: ["SeriesInstanceUID"],
  uniqueKeys: ["StudyInstanceUID", "SeriesInstanceUID"],
  returnKeys: seriesLevelReturnKeys,
};

const image: LevelDefinition = {
  level: "IMAGE",
  eventNoun: "image",
  identity: ["SOPInstanceUID"],
  uniqueKeys: ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"],
  returnKeys: imageLevelReturnKeys,
};

const studyOfPatient = belowPatient({ ...study, returnKeys: studyBelowPatientReturnKeys });

/** Every information model by its name. */
export const models: Readonly<Record<ModelName, Model>> = {
  worklist: {
    title: "Modality Worklist",
    sopClassUid: SopClass.ModalityWorklistInformationModelFind,
    levels: [worklistItem],
    combinesDateAndTime: true,
  },
  study: {
    title: "Study Root Query/Retrieve",
    sopClassUid: SopClass.StudyRootQueryRetrieveInformationModelFind,
    levels: [study, series, image],
    combinesDateAndTime: false,
  },
  patient: {
    title: "Patient Root Query/Retrieve",
    sopClassUid: SopClass.PatientRootQueryRetrieveInformationModelFind,
    levels: [patient, studyOfPatient, belowPatient(series), belowPatient(image)],
    combinesDateAndTime: false,
  },
  "patient-study": {
    title: "Patient/Study Only Query/Retrieve",
    sopClassUid: SopClass.PatientStudyOnlyQueryRetrieveInformationModelFind,
    levels: [patient, studyOfPatient],
    combinesDateAndTime: false,
  },
  ups: {
    title: "Unified Procedure Step Pull",
    sopClassUid: SopClass.UnifiedProcedureStepPull,
    levels: [ups],
    combinesDateAndTime: false,
  },
};

/**
 * Attributes that a response carries because of how it was asked for and by whom, not because of what it is
 * about (PS3.4 section C.4.1.1.3.2); a sound default for what is not compared.
 */
export const queryMechanics: readonly string[] = [
  "SpecificCharacterSet",
  "QueryRetrieveLevel",
  "RetrieveAETitle",
  "StorageMediaFileSetID",
  "StorageMediaFileSetUID",
  "InstanceAvailability",
];

/**
 * Finds what a model says of a level.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { levelOf } from "./model.ts";
 *
 * assertEquals(levelOf("study").eventNoun, "study");
 * assertEquals(levelOf("study", "SERIES").identity, ["SeriesInstanceUID"]);
 * ```
 *
 * @param model The model's name.
 * @param level The level; the model's topmost when absent.
 * @throws {RangeError} If the model has no such level.
 */
export function levelOf(model: ModelName, level?: Level): LevelDefinition {
  const { levels: defined, title } = models[model];
  const found = level === undefined ? defined[0] : defined.find((one) => one.level === level);
  if (found) return found;
  const known = defined.flatMap((one) => one.level ?? []);
  throw new RangeError(
    known.length === 0
      ? `Cannot query the ${title} model at level ${level}: it has no levels`
      : `Cannot query the ${title} model at level ${level}: its levels are ${known.join(", ")}`,
  );
}

/**
 * Reads the name of a level.
 *
 * @param text The value of (0008,0052), in either case.
 * @throws {RangeError} If it is none of the standard's.
 */
export function asLevel(text: string): Level {
  const found = levels.find((level) => level === text.trim().toUpperCase());
  if (found) return found;
  throw new RangeError(`Cannot use the Query/Retrieve Level: it is one of ${levels.join(", ")}`);
}

/** Under a patient root, whatever is searched for is found through its patient. */
function belowPatient(definition: LevelDefinition): LevelDefinition {
  return {
    ...definition,
    uniqueKeys: ["PatientID", ...definition.uniqueKeys],
    returnKeys: `PatientID\n${definition.returnKeys}`,
  };
}
