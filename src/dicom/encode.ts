/**
 * Data sets to bytes, in each uncompressed transfer syntax (PS3.5 section 7 and Annex A).
 *
 * @module
 */
import type { Encoding } from "./believable_encoding.ts";
import { ByteWriter } from "./byte_writer.ts";
import { type CharacterSet, characterSetOf } from "./text/character_set.ts";
import type { DataElement, DataSet } from "./data_set.ts";
import { deflate } from "./deflate.ts";
import { encodeValue } from "./encode_value.ts";
import { Tag } from "./tag.ts";
import { encodingOf } from "./transfer_syntax.ts";
import { TransferSyntax } from "./uid.ts";
import { vrRule } from "./vr.ts";

/** Options of encoding. */
export interface EncodeOptions {
  /**
   * The form in which sequences and items end: by their length, or by delimitation items.
   *
   * @default {"defined"}
   */
  readonly sequenceLength?: "defined" | "undefined";
}

const undefinedLength = 0xFFFF_FFFF;
/** The greatest even length that two bytes hold. */
const longestShortLength = 0xFFFE;

/**
 * Encodes a data set.
 *
 * PS3.5 section 7. Elements ascend by tag, values have even lengths. Text is written in the data set's Specific
 * Character Set, that of an item in its own; text that was decoded from the same character set is copied as it was
 * received. Left out: group lengths, and groups 0000 and 0002, which belong to no data set.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "./data_set.ts";
 * import { encodeDataSet } from "./encode.ts";
 * import { Tag } from "./tag.ts";
 * import { TransferSyntax } from "./uid.ts";
 *
 * const dataSet = new DataSet([element(Tag.PatientID, ["AB1"])]);
 * assertEquals(
 *   encodeDataSet(dataSet, TransferSyntax.ImplicitVrLittleEndian),
 *   Uint8Array.of(0x10, 0, 0x20, 0, 4, 0, 0, 0, 0x41, 0x42, 0x31, 0x20),
 * );
 * ```
 *
 * @param dataSet The data set.
 * @param transferSyntaxUid One of {@linkcode TransferSyntax}.
 * @param options Options.
 * @returns The bytes.
 * @throws {RangeError} If the transfer syntax is none of these, or a character is not in the character set; names the
 * tag, never the value.
 */
export function encodeDataSet(
  dataSet: DataSet,
  transferSyntaxUid: string,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const encoding = encodingOf(transferSyntaxUid);
  const isKnown = Object.values<string>(TransferSyntax).includes(transferSyntaxUid);
  if (encoding === undefined || !isKnown) {
    throw new RangeError(`Cannot encode a data set in the transfer syntax ${transferSyntaxUid}`);
  }
  const writer = new ByteWriter();
  const encoder: Encoder = { writer, encoding, delimits: options.sequenceLength === "undefined" };
  encodeElements(encoder, dataSet, characterSetOf(dataSet.characterSet));
  const isDeflated = transferSyntaxUid === TransferSyntax.DeflatedExplicitVrLittleEndian;
  return isDeflated ? deflate(writer.bytes) : writer.bytes;
}

interface Encoder {
  readonly writer: ByteWriter;
  readonly encoding: Encoding;
  readonly delimits: boolean;
}

function encodeElements(encoder: Encoder, dataSet: DataSet, characterSet: CharacterSet): void {
  for (const element of dataSet.elements()) {
    const group = element.tag >>> 16;
    if (group === 0x0000 || group === 0x0002 || (element.tag & 0xFFFF) === 0) continue;
    if (element.vr === "SQ") encodeSequence(encoder, element, characterSet);
    else encodeElement(encoder.writer, encoder.encoding, element, characterSet);
  }
}

/**
 * Encodes an element that is not a sequence.
 *
 * @param writer The destination.
 * @param encoding The encoding.
 * @param element The element.
 * @param characterSet The character set of its text.
 * @throws {RangeError} If a character is not in the character set.
 */
export function encodeElement(
  writer: ByteWriter,
  encoding: Encoding,
  element: DataElement,
  characterSet: CharacterSet,
): void {
  const { explicitVr, littleEndian } = encoding;
  const { longLength, padding } = vrRule(element.vr);
  let value = encodeValue(element, littleEndian, characterSet);
  let { vr } = element;
  if (explicitVr && !longLength && value.length > longestShortLength) {
    // PS3.5 section 6.2.2: what is too long for its VR's length is UN, and so Little Endian
    vr = "UN";
    if (!littleEndian) value = encodeValue(element, true, characterSet);
  }
  const length = value.length + value.length % 2;
  encodeHeader(writer, encoding, element.tag, vr, length);
  writer.writeBytes(value);
  if (length > value.length) writer.writeUint8(padding);
}

function encodeHeader(
  writer: ByteWriter,
  { explicitVr, littleEndian }: Encoding,
  tag: number,
  vr: DataElement["vr"],
  length: number,
): void {
  // 0-3 tag
  writer.writeUint16(tag >>> 16, littleEndian);
  writer.writeUint16(tag & 0xFFFF, littleEndian);
  if (!explicitVr) {
    // 4-7 length
    writer.writeUint32(length, littleEndian);
    return;
  }
  // 4-5 VR
  writer.writeUint8(vr.charCodeAt(0));
  writer.writeUint8(vr.charCodeAt(1));
  if (!vrRule(vr).longLength) {
    // 6-7 length
    writer.writeUint16(length, littleEndian);
    return;
  }
  // 6-7 reserved, 8-11 length
  writer.writeUint16(0, littleEndian);
  writer.writeUint32(length, littleEndian);
}

function encodeSequence(encoder: Encoder, element: DataElement, inherited: CharacterSet): void {
  const { writer, encoding } = encoder;
  encodeHeader(writer, encoding, element.tag, "SQ", undefinedLength);
  encodeRun(encoder, Tag.SequenceDelimitationItem, () => {
    for (const item of element.items) {
      encodeItemTag(encoder, Tag.Item, undefinedLength);
      const ownTerms = item.has(Tag.SpecificCharacterSet) ? item.characterSet : undefined;
      const characterSet = ownTerms === undefined ? inherited : characterSetOf(ownTerms);
      encodeRun(
        encoder,
        Tag.ItemDelimitationItem,
        () => encodeElements(encoder, item, characterSet),
      );
    }
  });
}

/** Encodes what a length, just written as undefined, is for: then ends it, or puts the length in its place. */
function encodeRun(encoder: Encoder, delimiter: number, encodeContent: () => void): void {
  const { writer, encoding, delimits } = encoder;
  const start = writer.length;
  encodeContent();
  if (delimits) encodeItemTag(encoder, delimiter, 0);
  else writer.patchUint32(start - 4, writer.length - start, encoding.littleEndian);
}

function encodeItemTag({ writer, encoding }: Encoder, tag: number, length: number): void {
  writer.writeUint16(tag >>> 16, encoding.littleEndian);
  writer.writeUint16(tag & 0xFFFF, encoding.littleEndian);
  writer.writeUint32(length, encoding.littleEndian);
}
