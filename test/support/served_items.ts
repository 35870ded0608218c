/**
 * Items as a store has them, for tests of what stations are answered.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { Tag } from "../../src/dicom/tag.ts";
import type { ServedStore } from "../../src/serve/served_query.ts";
import { returnKeyPaths, worklistReturnKeys } from "../../src/query/return_keys.ts";
import type { Item } from "../../src/worklist/journal/journal.ts";
import type { Entry } from "../../src/worklist/worklist.ts";

/** A store in memory whose items a test sets. */
export class MemoryStore implements ServedStore {
  readonly query: string;
  revision = 0;
  lastSequence = 0;
  readonly worklist: ServedStore["worklist"];
  readonly #items = new Map<string, Item>();

  /** @param requested The key paths that the peer is asked for; default: the model's. */
  constructor(query: string, requested: readonly string[] = returnKeyPaths(worklistReturnKeys)) {
    this.query = query;
    const items = this.#items;
    this.worklist = {
      *entries(): Generator<Entry> {
        for (const item of items.values()) {
          const entry = { high: 0, low: 0, missed: 0, seenIn: 0, matchesIn: 0, gone: false };
          yield { ...entry, item, unreadable: undefined };
        }
      },
      configurationOf: () => ({
        model: "worklist",
        peer: "RIS@127.0.0.1:104",
        keys: {},
        requested,
        identity: ["StudyInstanceUID"],
        ignore: [],
      }),
      pollState: { begun: true, counts: { limits: [] } },
      get size(): number {
        return items.size;
      },
    };
  }

  /** Commits an item; without a data set it is removed. */
  commit(id: string, dataSet?: DataSet): void {
    this.revision++;
    this.lastSequence++;
    if (dataSet === undefined) this.#items.delete(id);
    else this.#items.set(id, storedItem(id, dataSet, this.lastSequence));
  }
}

/** An item as it is stored. */
export function storedItem(id: string, dataSet: DataSet, sequence = 1): Item {
  const terms = dataSet.characterSet;
  return {
    id,
    key: { id },
    subject: `k1-${id}`,
    fingerprint: "0000000000000000",
    json: encodeJson(dataSet),
    characterSet: terms.length === 0 ? undefined : terms.join("\\"),
    sequence,
    configuration: 1,
  };
}

/** The attributes of one planned step. */
export interface PlannedStep {
  readonly id: string;
  readonly name?: string;
  readonly patient?: string;
  readonly modality?: string;
  readonly station?: string | readonly string[];
  readonly date?: string;
  readonly time?: string;
  readonly status?: string;
  readonly characterSet?: string;
}

/** A data set with one or more steps, as a RIS sends it. */
export function plannedSteps(first: PlannedStep, ...others: PlannedStep[]): DataSet {
  const { id, name = "Doe^Jane", patient = `P${id}`, characterSet } = first;
  return new DataSet([
    ...(characterSet === undefined
      ? []
      : [element(Tag.SpecificCharacterSet, characterSet.split("\\"))]),
    element(Tag.AccessionNumber, [`A${id}`]),
    element(Tag.PatientName, [name]),
    element(Tag.PatientID, [patient]),
    element(Tag.StudyInstanceUID, [`1.2.3.${id}`]),
    element(Tag.ScheduledProcedureStepSequence, [first, ...others].map(stepOf)),
  ]);
}

function stepOf(
  { id, modality = "CT", station = "CT1", date = "20261127", time = "080000", status }: PlannedStep,
): DataSet {
  return new DataSet([
    element(Tag.Modality, modality === "" ? [] : [modality]),
    element(Tag.ScheduledStationAETitle, typeof station === "string" ? [station] : station),
    element(Tag.ScheduledProcedureStepStartDate, date === "" ? [] : [date]),
    element(Tag.ScheduledProcedureStepStartTime, time === "" ? [] : [time]),
    element(Tag.ScheduledProcedureStepID, [`S${id}`]),
    ...(status === undefined ? [] : [element(Tag.ScheduledProcedureStepStatus, [status])]),
  ]);
}
