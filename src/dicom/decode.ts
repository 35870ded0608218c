/**
 * Encoded data sets to data sets, in each transfer syntax (PS3.5 section 7 and Annex A).
 *
 * @module
 */
import type { CharacterSetPolicy } from "./text/character_set.ts";
import { DataElement, DataSet } from "./data_set.ts";
import { DataSetCursor } from "./data_set_cursor.ts";
import { outlineElements } from "./decode_elements.ts";
import { inflate } from "./deflate.ts";
import { type DecodeWarning, DicomDecodeError } from "./errors.ts";
import type { DataSetLimits } from "./limits.ts";
import { EncodedBytes } from "./origin.ts";
import { Outline } from "./outline.ts";
import { encodingOf } from "./transfer_syntax.ts";
import { TransferSyntax } from "./uid.ts";

/** Options of decoding. */
export interface DecodeOptions {
  /** The character set of data sets that name none, or a wrong one. */
  readonly characterSet?: CharacterSetPolicy | undefined;
  /** Called for what is wrong but was read around; for text, when its value is read. */
  readonly onWarning?: ((warning: DecodeWarning) => void) | undefined;
  /** The most that a data set may have; it is refused if it has more. @default {defaultDataSetLimits} */
  readonly limits?: DataSetLimits | undefined;
}

/**
 * Decodes a data set.
 *
 * PS3.5 section 7. Values are decoded when they are first read; until then the data set refers to `bytes`,
 * which must not change. Read around, with a warning: odd lengths, wrong padding, elements out of order (they are
 * put in order) or twice (the first is kept, as DCMTK does), stray delimiters, unknown VRs, zeros at the end, a VR where
 * none should be and none where one should. Unknown (UN) elements become what the dictionary says they are.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeDataSet } from "./decode.ts";
 * import { Tag } from "./tag.ts";
 * import { TransferSyntax } from "./uid.ts";
 *
 * const bytes = Uint8Array.of(0x10, 0, 0x20, 0, 0x4C, 0x4F, 4, 0, 0x41, 0x42, 0x31, 0x20);
 * const dataSet = decodeDataSet(bytes, TransferSyntax.ExplicitVrLittleEndian);
 * assertEquals(dataSet.string(Tag.PatientID), "AB1");
 * ```
 *
 * @param bytes The encoded data set.
 * @param transferSyntaxUid Its transfer syntax. Compressed ones are Explicit VR Little Endian too; their
 * pixel data stays as it is, fragments' headers included.
 * @param options Options.
 * @returns The data set.
 * @throws {DicomDecodeError} If the bytes cannot be such a data set.
 */
export function decodeDataSet(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  options: DecodeOptions = {},
): DataSet {
  // Taken while it is in use: a warning may make its receiver decode something else.
  const outline = spare ?? new Outline();
  spare = undefined;
  try {
    outlineDataSet(outline, bytes, transferSyntaxUid, options);
    return dataSetOf(outline);
  } finally {
    outline.clear();
    spare = outline;
  }
}

let spare: Outline | undefined;

/**
 * Finds out where the elements of a data set stand, for those who print it and keep nothing.
 *
 * @param outline The outline to fill; its old content is dropped.
 * @param bytes The encoded data set, which must not change while the outline is looked at.
 * @param transferSyntaxUid Its transfer syntax.
 * @param options Options.
 * @throws {DicomDecodeError} If the bytes cannot be such a data set.
 */
export function outlineDataSet(
  outline: Outline,
  bytes: Uint8Array,
  transferSyntaxUid: string,
  options: DecodeOptions = {},
): void {
  outline.clear();
  const encoding = encodingOf(transferSyntaxUid);
  if (encoding === undefined) {
    throw new DicomDecodeError("data set", "its transfer syntax is not known", { offset: 0 });
  }
  const plain = transferSyntaxUid === TransferSyntax.DeflatedExplicitVrLittleEndian
    ? inflate(bytes, options.limits?.inflatedBytes)
    : bytes;
  const encoded = new EncodedBytes(plain, options.characterSet, options.onWarning);
  outlineElements(new DataSetCursor(encoded, outline, options.limits), {
    encoding,
    limit: plain.length,
  });
}

/**
 * Makes a data set of an outline.
 *
 * @param outline The outline; it may be filled with another data set afterwards.
 * @param tags The only elements to take, in items too; all of them if left out.
 * @returns The data set, which refers to the bytes.
 */
export function dataSetOf(outline: Outline, tags?: ReadonlySet<number>): DataSet {
  return itemOf(outline, 0, tags);
}

function itemOf(outline: Outline, index: number, tags?: ReadonlySet<number>): DataSet {
  const { origin, span } = outline.at(index);
  const elements: DataElement[] = [];
  for (let at = index + 1; at < index + span;) {
    const { tag, vr, origin, start, end, span } = outline.at(at);
    if (tags === undefined || tags.has(tag)) {
      const items = vr === "SQ" ? itemsOf(outline, at, tags) : undefined;
      elements.push(new DataElement(tag, vr, items, origin, start, end));
    }
    at += span;
  }
  return new DataSet(elements, origin);
}

function itemsOf(outline: Outline, index: number, tags?: ReadonlySet<number>): DataSet[] {
  const { span } = outline.at(index);
  const items: DataSet[] = [];
  for (let at = index + 1; at < index + span; at += outline.at(at).span) {
    items.push(itemOf(outline, at, tags));
  }
  return items;
}
