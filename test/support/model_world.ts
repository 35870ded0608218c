/**
 * A hospital as a model: its steps, what happens to them, and what is true of them. What is in a window is
 * worked out here by other means than the program's: with calendar dates in a time zone, and no identifiers.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import type { ReceivedMatch } from "../../src/worklist/judge/answer.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A scheduled procedure step. Its accession number is its own; all else may change or be another's too. */
export interface ModelStep {
  readonly accession: string;
  readonly study: string;
  readonly step: string;
  readonly patient: string;
  readonly name: string;
  readonly description: string;
  readonly station: string;
  /** As DICOM writes it. */
  readonly date: string;
  readonly time: string;
}

/** What a query asks for at a moment, as people mean it. */
export interface Window {
  /** The days, as DICOM writes them. */
  readonly days: readonly string[];
  /** Only steps of this station; undefined: of all. */
  readonly station: string | undefined;
}

const names = ["DOE^JANE", "DOE^JOAN", "MÜLLER^ÄNNE", "ROE^JOHN"] as const;
const times = ["0000", "0010", "0130", "0230", "0800", "0930", "1215", "1830", "2359"] as const;
const descriptions = ["CT HEAD", "CT CHEST", ""] as const;

/** The days from today on, so many, by the calendar of a time zone. */
export function daysFrom(now: Temporal.Instant, timeZone: string, count: number): string[] {
  const today = now.toZonedDateTimeISO(timeZone).toPlainDate();
  return Array.from({ length: count }, (_, days) => dateText(today.add({ days })));
}

/** Tells whether a step is in a window. */
export function isInWindow(
  step: Pick<ModelStep, "station" | "date">,
  { days, station }: Window,
): boolean {
  return (station === undefined || step.station === station) && days.includes(step.date);
}

/** What everybody must agree on about a step. */
export function factsOf(step: ModelStep): string {
  const { accession, study, step: id, patient, name, station, date, time } = step;
  return [accession, study, id, patient, name, station, date, time].join("|");
}

/** The same of a data set in DICOM JSON. */
export function factsOfJson(json: Readonly<Record<string, JsonElement>>): string {
  const [item = {}] = (json["00400100"]?.Value ?? []) as Record<string, JsonElement>[];
  const [name] = json["00100010"]?.Value ?? [];
  return [
    textOf(json["00080050"]),
    textOf(json["0020000D"]),
    textOf(item["00400009"]),
    textOf(json["00100020"]),
    ((name as { Alphabetic?: string })?.Alphabetic ?? "").replace(/[\^ ]+$/, ""),
    textOf(item["00400001"]),
    textOf(item["00400002"]),
    textOf(item["00400003"]),
  ].join("|");
}

/** An element of DICOM JSON. */
export interface JsonElement {
  readonly Value?: readonly unknown[];
}

/** The hospital. */
export class ModelWorld {
  readonly random: SeededRandom;
  readonly timeZone: string;
  readonly steps = new Map<string, ModelStep>();
  readonly #cancelled: ModelStep[] = [];
  readonly #encoded = new WeakMap<ModelStep, ReceivedMatch[]>();
  #made = 0;

  constructor(random: SeededRandom, timeZone: string) {
    this.random = random;
    this.timeZone = timeZone;
  }

  /** A new step, sometimes a second one of an identity that there is already, of another patient. */
  add(now: Temporal.Instant): void {
    const { random } = this;
    const number = ++this.#made;
    const twin = random.oneIn(12) ? this.#any() : undefined;
    const isTwinned = twin !== undefined && this.#sharing(twin).length > 1;
    const other = isTwinned ? undefined : twin;
    this.#put({
      accession: `A${number}`,
      study: other?.study ?? `1.2.${number}`,
      step: other?.step ?? `S${number}`,
      patient: `P${number}`,
      name: random.pick(names),
      description: random.pick(descriptions),
      station: random.pick(["CT1", "CT1", "CT1", "CT2"]),
      date: this.#day(now),
      time: random.pick(times),
    });
  }

  /** Something happens. */
  act(now: Temporal.Instant): void {
    const { random } = this;
    const step = this.#any();
    const action = random.below(14);
    if (step === undefined || action < 3) this.add(now);
    else if (action < 6) this.#cancel(step);
    else if (action < 7) this.#restore(now);
    else if (action < 9) this.#put({ ...step, time: random.pick(times) });
    else if (action < 10) this.#put({ ...step, name: random.pick(names) });
    else if (action < 11) this.#put({ ...step, description: random.pick(descriptions) });
    else if (action < 12) this.#put({ ...step, station: random.pick(["CT1", "CT2"]) });
    else this.#put({ ...step, date: this.#day(now) });
  }

  /** The match of a step, encoded in one of the ways in which peers may say the same. */
  match(step: ModelStep): ReceivedMatch {
    let encoded = this.#encoded.get(step);
    if (encoded === undefined) this.#encoded.set(step, encoded = []);
    const way = this.random.below(6) === 0 ? this.random.below(ways.length) : 0;
    return encoded[way] ??= matchOf(step, ways[way] ?? ways[0]);
  }

  #put(step: ModelStep): void {
    this.steps.set(step.accession, step);
  }

  #cancel(step: ModelStep): void {
    this.steps.delete(step.accession);
    this.#cancelled.push(step);
  }

  /** A cancelled step comes back, as it was or otherwise. */
  #restore(now: Temporal.Instant): void {
    const step = this.#cancelled.pop();
    if (step === undefined || this.#sharing(step).length > 1) return;
    this.#put(this.random.oneIn(2) ? step : { ...step, date: this.#day(now) });
  }

  #sharing({ study, step }: ModelStep): ModelStep[] {
    return [...this.steps.values()].filter((one) => one.study === study && one.step === step);
  }

  #any(): ModelStep | undefined {
    const all = [...this.steps.values()];
    return all[this.random.below(Math.max(1, all.length))];
  }

  #day(now: Temporal.Instant): string {
    const yesterday = now.toZonedDateTimeISO(this.timeZone).toPlainDate().subtract({ days: 1 });
    return dateText(yesterday.add({ days: this.random.pick([0, 1, 1, 1, 2, 2, 3]) }));
  }
}

/** A way of saying the same. */
interface Way {
  readonly transferSyntaxUid: string;
  readonly characterSet: string;
  readonly padding: string;
}

const ways: readonly [Way, ...Way[]] = [
  {
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    characterSet: "ISO_IR 192",
    padding: "",
  },
  {
    transferSyntaxUid: TransferSyntax.ImplicitVrLittleEndian,
    characterSet: "ISO_IR 192",
    padding: "",
  },
  {
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    characterSet: "ISO_IR 100",
    padding: "^^",
  },
  {
    transferSyntaxUid: TransferSyntax.ExplicitVrBigEndian,
    characterSet: "ISO_IR 192",
    padding: "^",
  },
];

function matchOf(
  step: ModelStep,
  { transferSyntaxUid, characterSet, padding }: Way,
): ReceivedMatch {
  const dataSet = new DataSet([
    element(Tag.SpecificCharacterSet, [characterSet]),
    element(Tag.AccessionNumber, [step.accession]),
    element(Tag.PatientName, [step.name + padding]),
    element(Tag.PatientID, [step.patient + (padding === "" ? "" : " ")]),
    element(Tag.StudyInstanceUID, [step.study]),
    element(0x00321060, step.description === "" ? [] : [step.description]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.ScheduledStationAETitle, [step.station]),
        element(Tag.ScheduledProcedureStepStartDate, [step.date]),
        element(Tag.ScheduledProcedureStepStartTime, [step.time]),
        element(Tag.ScheduledProcedureStepID, [step.step]),
      ]),
    ]),
  ]);
  const bytes = encodeDataSet(dataSet, transferSyntaxUid);
  return {
    bytes,
    transferSyntaxUid,
    decode: () => decodeDataSet(bytes, transferSyntaxUid),
  };
}

function dateText(date: Temporal.PlainDate): string {
  return date.toString().replaceAll("-", "");
}

function textOf(element: JsonElement | undefined): string {
  return String(element?.Value?.[0] ?? "");
}
