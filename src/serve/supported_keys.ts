/**
 * The keys that we can answer for an item: what its query asks the peer for.
 *
 * PS3.4 sections C.2.2.1 and K.2.2.1. A key that the peer was never asked for is one that we do not support: nothing is
 * known of it, so it is not matched and not returned, and the response says so with status 0xFF01.
 *
 * @module
 */
import { Tag } from "../dicom/tag.ts";
import { parseKeyPath } from "../query/key_path.ts";

/** The keys of PS3.4 Table K.6-1 that every SCP must match. */
const requiredPaths: readonly (readonly number[])[] = [
  [Tag.PatientName],
  [Tag.PatientID],
  ...[
    Tag.ScheduledStationAETitle,
    Tag.ScheduledProcedureStepStartDate,
    Tag.ScheduledProcedureStepStartTime,
    Tag.Modality,
    Tag.ScheduledPerformingPhysicianName,
  ].map((tag) => [Tag.ScheduledProcedureStepSequence, tag]),
];

/** The keys that can be answered. */
export class SupportedKeys {
  /** Attributes that were asked for, a sequence with all that is in it. */
  readonly #whole = new Set<string>();
  /** These, and every sequence that one of them stands in. */
  readonly #partly = new Set<string>();

  /**
   * @param requested The key paths that the peer is asked for.
   */
  constructor(requested: readonly string[]) {
    const paths = requested.map((path) => parseKeyPath(path).map(({ tag }) => tag));
    for (const path of [...paths, ...requiredPaths]) {
      this.#whole.add(path.join());
      for (let length = 1; length <= path.length; length++) {
        this.#partly.add(path.slice(0, length).join());
      }
    }
  }

  /**
   * Tells if an attribute was asked for, or something in it.
   *
   * @param path The tags of the sequences around it, and its own.
   */
  has(path: readonly number[]): boolean {
    if (this.#partly.has(path.join())) return true;
    for (let length = 1; length < path.length; length++) {
      if (this.#whole.has(path.slice(0, length).join())) return true;
    }
    return false;
  }
}
