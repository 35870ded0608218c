/**
 * A worklist that changes while the demo runs, and its changes.
 *
 * The patients are invented.
 *
 * @module
 */
import { DataSet, element } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";

/** A worklist and its changes. */
export interface DemoWorklist {
  /** The steps by accession number, in the form in which they are served. */
  readonly items: Map<string, DataSet>;
  /** Makes the next change, and returns its description. */
  change(): string;
}

interface Step {
  readonly number: number;
  readonly name: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly modality: string;
  readonly station: string;
  readonly procedure: string;
  readonly minute: number;
}

const names = [
  "SAMPLE^ADA",
  "SAMPLE^BRUNO",
  "SAMPLE^CÉLINE",
  "SAMPLE^DMITRI",
  "SAMPLE^EMEKA",
  "SAMPLE^FATIMA",
  "SAMPLE^GÜNTER",
];
const procedures = [
  ["CT", "CT1", "CT Thorax"],
  ["MR", "MR1", "MR Knee"],
  ["CR", "XR2", "Hand two planes"],
] as const;
const startMinute = 8 * 60;
const uidRoot = "1.2.826.0.1.3680043.10.1338";

/**
 * Makes a worklist of a few steps.
 *
 * @param items The map that receives them, such as that of a server.
 * @param date The day of the steps, as YYYYMMDD.
 * @returns The worklist.
 */
export function demoWorklist(items: Map<string, DataSet>, date: string): DemoWorklist {
  const steps = new Map<number, Step>();
  let made = 0;
  const put = (step: Step): void => {
    steps.set(step.number, step);
    items.set(accessionOf(step), dataSetOf(step, date));
  };
  const add = (): Step => {
    const step = newStep(++made);
    put(step);
    return step;
  };
  const oldest = (): Step => steps.values().next().value ?? add();
  const happenings = [
    (): string => `${titleOf(add())} is added`,
    (): string => {
      const step = oldest();
      put({ ...step, minute: step.minute + 45 });
      return `${titleOf(step)} is put off by 45 minutes`;
    },
    (): string => {
      const step = oldest();
      put({ ...step, birthDate: `1981${step.birthDate.slice(4)}` });
      return `the patient of ${titleOf(step)} is corrected`;
    },
    (): string => {
      const step = oldest();
      put({ ...step, station: `${step.modality}9` });
      return `${titleOf(step)} is moved to another station`;
    },
    (): string => {
      const step = oldest();
      steps.delete(step.number);
      items.delete(accessionOf(step));
      return `${titleOf(step)} is cancelled`;
    },
  ];
  for (let n = 0; n < 4; n++) add();
  let turn = 0;
  return {
    items,
    change: () => happenings[turn++ % happenings.length]?.() ?? "",
  };
}

function newStep(number: number): Step {
  const [modality, station, procedure] = procedures[number % procedures.length] ?? procedures[0];
  return {
    number,
    name: names[number % names.length] ?? "",
    birthDate: `${1950 + number % 40}0${1 + number % 9}1${number % 10}`,
    sex: number % 2 === 0 ? "F" : "M",
    modality,
    station,
    procedure,
    minute: startMinute + 20 * number,
  };
}

function accessionOf({ number }: Step): string {
  return `A${String(number).padStart(4, "0")}`;
}

function titleOf(step: Step): string {
  return `${accessionOf(step)} (${step.procedure})`;
}

function dataSetOf(step: Step, date: string): DataSet {
  const time = `${two(Math.floor(step.minute / 60) % 24)}${two(step.minute % 60)}00`;
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
    element(Tag.AccessionNumber, [accessionOf(step)]),
    element(Tag.PatientName, [step.name]),
    element(Tag.PatientID, [`P${String(step.number).padStart(4, "0")}`]),
    element(Tag.PatientBirthDate, [step.birthDate]),
    element(Tag.PatientSex, [step.sex]),
    element(Tag.StudyInstanceUID, [`${uidRoot}.${step.number}`]),
    element(Tag.RequestedProcedureID, [`RP${step.number}`]),
    element(Tag.RequestedProcedureDescription, [step.procedure]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, [step.modality]),
        element(Tag.ScheduledStationAETitle, [step.station]),
        element(Tag.ScheduledProcedureStepStartDate, [date]),
        element(Tag.ScheduledProcedureStepStartTime, [time]),
        element(Tag.ScheduledProcedureStepDescription, [step.procedure]),
        element(Tag.ScheduledProcedureStepID, [`SPS${step.number}`]),
      ]),
    ]),
  ]);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
