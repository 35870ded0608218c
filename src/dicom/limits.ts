/**
 * Limits on a data set: beyond them it is refused, so that no peer can take all memory.
 *
 * @module
 */

/** Limits of one data set. */
export interface DataSetLimits {
  /** Values of one element. A value of one byte takes some forty bytes once it is decoded and printed. */
  readonly values: number;
  /** Elements and items. Each takes some hundred bytes; an empty one takes eight of the input. */
  readonly elements: number;
  /** Sequences within sequences; the deepest of the standard have about ten. */
  readonly depth: number;
  /** Bytes of a deflated data set once it is inflated. */
  readonly inflatedBytes: number;
}

/** The limits that apply unless others are given: far more than any query or match has. */
export const defaultDataSetLimits: DataSetLimits = {
  values: 1_000_000,
  elements: 100_000,
  depth: 64,
  inflatedBytes: 64 * 1024 * 1024,
};
