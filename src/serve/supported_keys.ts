/**
 * The keys that can be answered for an item: those that its query requests from the peer.
 *
 * PS3.4 sections C.2.2.1 and K.2.2.1. A key that was never requested from the peer is not supported, because
 * its value is unknown. It is neither matched nor returned, and the status of the response is 0xFF01.
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
  /** Requested attributes. A sequence covers all attributes in it. */
  readonly #whole = new Set<string>();
  /** The requested attributes, and every sequence around one of them. */
  readonly #partly = new Set<string>();

  /** @param requested The key paths that are requested from the peer. */
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
   * True if an attribute, or one in it, was requested.
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
