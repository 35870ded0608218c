/**
 * The errors that decoders of this layer throw, and the warnings that they report.
 *
 * Messages name structures, offsets, tags and lengths, never values: those are patient data.
 *
 * @module
 */
import { markAsOurs } from "../base/worklistd_error.ts";
import { formatTag } from "./tag.ts";

/** The place in the input where a decoder gave up. */
export interface DecodePosition {
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** The data element at fault, where known. */
  readonly tag?: number | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Input that is not what the standard says, in a way that cannot be read around.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DicomDecodeError } from "./errors.ts";
 *
 * const error = new DicomDecodeError("data set", "the length 9 is more than the 4 bytes left", {
 *   offset: 8,
 *   tag: 0x00100010,
 * });
 * assertEquals(
 *   error.message,
 *   "Cannot decode data set at offset 8, (0010,0010): the length 9 is more than the 4 bytes left",
 * );
 * ```
 */
export class DicomDecodeError extends SyntaxError {
  static {
    markAsOurs(this);
  }

  /** The name of the class. */
  override readonly name = "DicomDecodeError";
  /** The structure that was being decoded, as the standard names it: "data set", "A-ASSOCIATE-RQ". */
  readonly structure: string;
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** The data element at fault, where known. */
  readonly tag: number | undefined;

  /**
   * Says what cannot be decoded, and where.
   *
   * @param structure The structure that was being decoded.
   * @param message The fault, without values.
   * @param position The place in the input.
   */
  constructor(structure: string, message: string, position: DecodePosition) {
    const at = position.tag === undefined ? "" : `, ${formatTag(position.tag)}`;
    super(
      `Cannot decode ${structure} at offset ${position.offset}${at}: ${message}`,
      position.cause === undefined ? undefined : { cause: position.cause },
    );
    this.structure = structure;
    this.offset = position.offset;
    this.tag = position.tag;
  }
}

/** Something wrong that was read around; the value is the best that could be made of it. */
export interface DecodeWarning {
  /** The kind of fault, for counting. */
  readonly kind:
    | "character" // a byte that its character set does not have, or a character set nobody knows
    | "delimiter" // a delimitation item where none belongs
    | "encoding" // another encoding than the transfer syntax says
    | "order" // elements out of ascending order, or twice
    | "padding" // bytes after the last element, a value whose length does not fit its VR
    | "vr"; // a VR that the standard does not have
  /** The fault, without values. */
  readonly message: string;
  /** Bytes from the start of the data set. */
  readonly offset: number;
  /** The data element at fault, where known. */
  readonly tag?: number | undefined;
}
