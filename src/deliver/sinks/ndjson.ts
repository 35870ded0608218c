// Touches the world: appends to the event file and rotates it.
/**
 * The `ndjson` sink: every event as one line of a file.
 *
 * @module
 */
import type { EventSelection } from "../sink.ts";

/** When the file is put aside and a new one begun. */
export interface Rotation {
  /** Before the file would grow beyond this many bytes; undefined: whatever its size. */
  readonly sizeBytes?: number | undefined;
  /** At the first event of a new day in `timeZone`. @default {false} */
  readonly daily?: boolean | undefined;
  /** How many files put aside are kept: `path.1` (the newest) to `path.N`. */
  readonly keep: number;
  /** Whether files put aside, `path.2` and older, are compressed to `.gz`. @default {false} */
  readonly compress?: boolean | undefined;
}

/** The options of the `ndjson` sink. */
export interface NdjsonOptions extends EventSelection {
  readonly type: "ndjson";
  /** The absolute path of the file. */
  readonly path: string;
  /** @default never */
  readonly rotate?: Rotation | undefined;
  /** The IANA time zone whose days `rotate.daily` counts. @default {"UTC"} */
  readonly timeZone?: string | undefined;
}
