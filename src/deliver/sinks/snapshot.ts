// Touches the world: writes the snapshot file.
/**
 * The `snapshot` sink: the whole current worklist as one file.
 *
 * @module
 */

/** The forms of a snapshot. */
export type SnapshotFormat = "json" | "ndjson" | "csv";

/** The options of the `snapshot` sink. */
export interface SnapshotOptions {
  readonly type: "snapshot";
  /** The absolute path of the file. */
  readonly path: string;
  /** @default by the extension of `path`; JSON where that says nothing */
  readonly format?: SnapshotFormat | undefined;
  /** CSV: key paths of the columns. @default the columns that a technician reads first */
  readonly columns?: readonly string[] | undefined;
  /** Milliseconds after which the file is written again though no item changed. @default never */
  readonly refreshMs?: number | undefined;
}
