/**
 * Finds items that may match, by the keys with which stations choose: date, station, modality and patient ID.
 *
 * The items are compared with all keys afterwards. The index leaves out only items that cannot match.
 *
 * @module
 */
import { type DataElement, DataSet, element } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";
import { compileJudge, mayMatch } from "../worklist/match/match.ts";

/** Date, station and modality of one scheduled procedure step, as numbers of values in {@linkcode StepIndex}. */
export interface StepPlace {
  readonly date: number;
  readonly station: number;
  readonly modality: number;
}

/** The facts about an item that are known before it is decoded. They are small, because each item has them. */
export interface IndexedItem extends StepPlace {
  /** Further steps, and further stations of the first one; `undefined`: none. */
  readonly others: readonly StepPlace[] | undefined;
  /** A hash of the Patient ID; `undefined` if it cannot be read. */
  readonly patient: number | undefined;
}

/** True if an item may match. */
export type MayMatch = (item: IndexedItem) => boolean;

/** The values of one attribute, numbered. */
class Values {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  get size(): number {
    return this.#texts.length;
  }

  numberOf(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }

  /**
   * Turns a test of values into a test of their numbers. Each value is tested once, also values that are
   * added later.
   */
  tester(test: (text: string) => boolean): (number: number) => boolean {
    const results: boolean[] = [];
    return (number) => {
      if (number === unreadable) return true;
      let result = results[number];
      if (result === undefined) {
        const text = this.#texts[number] ?? "";
        results[number] = result = text !== "" && test(text);
      }
      return result;
    };
  }
}

interface JsonElement {
  readonly vr?: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
}

type JsonObject = Readonly<Record<string, JsonElement | undefined>>;

/** Numbers the values of items, and turns keys into a test of these numbers. */
export class StepIndex {
  readonly #dates = new Values();
  readonly #stations = new Values();
  readonly #modalities = new Values();

  /** The number of different values. */
  get size(): number {
    return this.#dates.size + this.#stations.size + this.#modalities.size;
  }

  /**
   * Adds an item.
   *
   * @param json Its data set in the DICOM JSON Model.
   * @throws {SyntaxError} If the text is no JSON.
   */
  add(json: string): IndexedItem {
    const dataSet: JsonObject = JSON.parse(json);
    const sequence = dataSet["00400100"];
    const items = (sequence?.Value ?? []) as readonly (JsonObject | null)[];
    const isUnreadable = sequence !== undefined && sequence.vr !== "SQ";
    const steps = isUnreadable
      ? [anywhere]
      : (items.length > 0 ? items : [null]).flatMap((item) => {
        const numberIn = (values: Values, tag: string): number => {
          const texts = textsOf(item, tag);
          return texts === undefined ? unreadable : values.numberOf(texts.join("\\"));
        };
        const date = numberIn(this.#dates, "00400002");
        const modality = numberIn(this.#modalities, "00080060");
        const stations = textsOf(item, "00400001");
        if (stations === undefined) return [{ date, modality, station: unreadable }];
        return (stations.length > 0 ? stations : [""])
          .map((station) => ({ date, modality, station: this.#stations.numberOf(station) }));
      });
    const [first = nowhere, ...others] = steps;
    return {
      date: first.date,
      station: first.station,
      modality: first.modality,
      others: others.length > 0 ? others : undefined,
      patient: patientOf(dataSet),
    };
  }

  /**
   * Compiles a test of the keys.
   *
   * @param keys The data sets with keys. An item must match all of them.
   * @param usesDates False if dates are in another zone than those of the items.
   * @returns The test; `undefined` if the keys exclude nothing.
   */
  compile(keys: readonly DataSet[], usesDates: boolean = true): MayMatch | undefined {
    const tests: ((step: StepPlace) => boolean)[] = [];
    let patient: number | undefined;
    for (const each of keys) {
      patient ??= wantedPatient(each.get(Tag.PatientID));
      const steps = each.items(Tag.ScheduledProcedureStepSequence);
      const [step] = steps;
      if (step === undefined || steps.length > 1) continue;
      const dates = usesDates
        ? testOf(step.get(Tag.ScheduledProcedureStepStartDate), "DA")
        : undefined;
      const stations = testOf(step.get(Tag.ScheduledStationAETitle), "AE");
      const modalities = testOf(step.get(Tag.Modality), "CS");
      if (dates) {
        const passes = this.#dates.tester(dates);
        tests.push(({ date }) => passes(date));
      }
      if (stations) {
        const passes = this.#stations.tester(stations);
        tests.push(({ station }) => passes(station));
      }
      if (modalities) {
        const passes = this.#modalities.tester(modalities);
        tests.push(({ modality }) => passes(modality));
      }
    }
    if (patient === undefined && tests.length === 0) return undefined;
    const isThere = (step: StepPlace): boolean => tests.every((test) => test(step));
    return (item) =>
      (patient === undefined || item.patient === undefined || item.patient === patient) &&
      (isThere(item) || item.others?.some(isThere) === true);
  }
}

/** The number for a value that cannot be read, which may be any value. */
const unreadable = -2;
const anywhere: StepPlace = { date: unreadable, station: unreadable, modality: unreadable };
const nowhere: StepPlace = { date: -1, station: -1, modality: -1 };

/** A test of values by one key; `undefined` if it matches everything, or has another VR. */
function testOf(
  key: DataElement | undefined,
  vr: "AE" | "CS" | "DA",
): ((text: string) => boolean) | undefined {
  if (key?.vr !== vr || key.strings.every((text) => /^\**$/.test(text.trim()))) return undefined;
  const judge = compileJudge(new DataSet([key]));
  return (text) => mayMatch(judge(new DataSet([element(key.tag, text.split("\\"), vr)])));
}

/** The hash of the only Patient ID that matches; `undefined` if others may match as well. */
function wantedPatient(key: DataElement | undefined): number | undefined {
  const asked = key?.strings.filter((text) => text.trim() !== "") ?? [];
  const [text = ""] = asked;
  if (key?.vr !== "LO" || asked.length !== 1 || /[*?]/.test(text)) return undefined;
  return hashOf(text);
}

/** The hash of the Patient ID; `undefined` if a character of it was lost, or if there are several. */
function patientOf(dataSet: JsonObject): number | undefined {
  const [text = "", ...others] = textsOf(dataSet, "00100020") ?? [lostCharacter];
  return others.length > 0 || text.includes(lostCharacter) ? undefined : hashOf(text);
}

/** The character that replaces one that cannot be decoded. */
const lostCharacter = "\uFFFD";

/** The values of an attribute; `undefined` if they are bytes of an unknown VR. */
function textsOf(dataSet: JsonObject | null, tag: string): string[] | undefined {
  const found = dataSet?.[tag];
  if (found?.InlineBinary !== undefined) return undefined;
  const values = found?.Value ?? [];
  return values.map((value) => String(value ?? "").trim()).filter((text) => text !== "");
}

/** The FNV-1a hash of the text as it is compared: without spaces around it, letters composed. */
function hashOf(text: string): number {
  const plain = text.trim().normalize();
  let hash = 0x811C9DC5;
  for (let at = 0; at < plain.length; at++) {
    hash = Math.imul(hash ^ plain.charCodeAt(at), 0x01000193);
  }
  return hash;
}
