/**
 * Names the attributes in which two states of an item differ.
 *
 * @module
 */

/** One attribute that differs, as it stands in an event. */
export interface AttributeChange {
  /** Keywords joined by `.`; an item beyond the first of its sequence as `[n]`. */
  readonly path: string;
  /** The tags of the path, concatenated: `0040010000400003`. */
  readonly tag: string;
  readonly vr: string;
  /** The DICOM JSON values before; empty where there was none. */
  readonly before: readonly unknown[];
  /** The DICOM JSON values after; empty where there is none. */
  readonly after: readonly unknown[];
}
