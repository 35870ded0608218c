/**
 * DICOM files (PS3.10 section 7): a preamble, the File Meta Information, a data set.
 *
 * @module
 */
import { explicitLittle } from "./believable_encoding.ts";
import { ByteWriter } from "./byte_writer.ts";
import { characterSetOf } from "./text/character_set.ts";
import { type DataElement, type DataSet, element } from "./data_set.ts";
import { DataSetCursor } from "./data_set_cursor.ts";
import { outlineElements } from "./decode_elements.ts";
import { dataSetOf, decodeDataSet, type DecodeOptions } from "./decode.ts";
import { encodeDataSet, encodeElement, type EncodeOptions } from "./encode.ts";
import { DicomDecodeError } from "./errors.ts";
import { EncodedBytes } from "./origin.ts";
import { Outline } from "./outline.ts";
import { Tag } from "./tag.ts";
import { implementationClassUid, implementationVersionName, TransferSyntax } from "./uid.ts";

/** The content of a file. */
export interface Part10 {
  /** The File Meta Information, group 0002. */
  readonly meta: DataSet;
  /** The data set of the file. */
  readonly dataSet: DataSet;
  /** The UID of the transfer syntax in which the file was encoded. */
  readonly transferSyntaxUid: string;
}

/** The File Meta Information of a data set. */
export interface Part10Options extends EncodeOptions {
  /** The UID of the transfer syntax to encode in. */
  readonly transferSyntaxUid: string;
  /** The Media Storage SOP Class UID. */
  readonly sopClassUid: string;
  /** The Media Storage SOP Instance UID. */
  readonly sopInstanceUid: string;
}

const preambleLength = 128;
const prefix = Uint8Array.of(0x44, 0x49, 0x43, 0x4D);
const metaStart = preambleLength + prefix.length;
const metaGroup = 0x0002;

/**
 * Returns true if bytes are a DICOM file: "DICM" follows a preamble of 128 bytes.
 *
 * @param bytes Any bytes.
 */
export function isPart10(bytes: Uint8Array): boolean {
  return prefix.every((byte, index) => bytes[preambleLength + index] === byte);
}

/**
 * Decodes a DICOM file.
 *
 * PS3.10 section 7.1. The group length of the File Meta Information need not be there, nor right.
 *
 * @param bytes The whole file.
 * @param options As for data sets.
 * @returns The File Meta Information and the data set.
 * @throws {DicomDecodeError} If the bytes are not a DICOM file; offsets count from the data set's start.
 */
export function decodePart10(bytes: Uint8Array, options: DecodeOptions = {}): Part10 {
  if (!isPart10(bytes)) {
    throw new DicomDecodeError("DICOM file", "there is no DICM prefix", { offset: preambleLength });
  }
  return decodeWithMeta(bytes, metaStart, options);
}

/**
 * Decodes a file that holds a data set in whatever form: a DICOM file, one without preamble, or a bare data set
 * in Implicit or Explicit VR Little Endian or Explicit VR Big Endian. For files that users give.
 *
 * @param bytes The whole file.
 * @param options As for data sets.
 * @returns The data set, and the transfer syntax that it was found to be in.
 * @throws {DicomDecodeError} If the bytes are nothing of the kind.
 */
export function sniffDataSet(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Omit<Part10, "meta"> {
  if (isPart10(bytes)) return decodePart10(bytes, options);
  if (bytes[0] === metaGroup && bytes[1] === 0) return decodeWithMeta(bytes, 0, options);
  const transferSyntaxUid = bareTransferSyntaxOf(bytes);
  return { dataSet: decodeDataSet(bytes, transferSyntaxUid, options), transferSyntaxUid };
}

/**
 * Encodes a DICOM file.
 *
 * PS3.10 section 7.1: an empty preamble, every element of the File Meta Information that is required, then the data
 * set.
 *
 * @param dataSet The data set; bytes that are already encoded in the transfer syntax are copied.
 * @param options The File Meta Information and the transfer syntax.
 * @returns The whole file.
 * @throws {RangeError} As {@linkcode encodeDataSet} does.
 */
export function encodePart10(
  dataSet: DataSet | Uint8Array,
  options: Part10Options,
): Uint8Array<ArrayBuffer> {
  const meta = encodeMeta([
    element(Tag.FileMetaInformationVersion, Uint8Array.of(0x00, 0x01)),
    element(Tag.MediaStorageSOPClassUID, [options.sopClassUid]),
    element(Tag.MediaStorageSOPInstanceUID, [options.sopInstanceUid]),
    element(Tag.TransferSyntaxUID, [options.transferSyntaxUid]),
    element(Tag.ImplementationClassUID, [implementationClassUid]),
    element(Tag.ImplementationVersionName, [implementationVersionName]),
  ]);
  const groupLength = encodeMeta([element(Tag.FileMetaInformationGroupLength, [meta.length])]);
  const file = new ByteWriter();
  file.writeBytes(new Uint8Array(preambleLength));
  file.writeBytes(prefix);
  file.writeBytes(groupLength);
  file.writeBytes(meta);
  file.writeBytes(
    dataSet instanceof Uint8Array
      ? dataSet
      : encodeDataSet(dataSet, options.transferSyntaxUid, options),
  );
  return file.bytes;
}

function encodeMeta(elements: readonly DataElement[]): Uint8Array {
  const writer = new ByteWriter();
  for (const each of elements) encodeElement(writer, explicitLittle, each, characterSetOf([]));
  return writer.bytes;
}

/** Decodes File Meta Information, wherever it really ends, and the data set after it. */
function decodeWithMeta(bytes: Uint8Array, start: number, options: DecodeOptions): Part10 {
  const rest = bytes.subarray(start);
  const encoded = new EncodedBytes(rest, undefined, options.onWarning);
  const cursor = new DataSetCursor(encoded, new Outline());
  outlineElements(cursor, { encoding: explicitLittle, limit: rest.length, group: metaGroup });
  const meta = dataSetOf(cursor.outline);
  const transferSyntaxUid = meta.string(Tag.TransferSyntaxUID);
  const dataSetBytes = rest.subarray(cursor.at);
  const syntax = transferSyntaxUid ?? bareTransferSyntaxOf(dataSetBytes);
  return {
    meta,
    dataSet: decodeDataSet(dataSetBytes, syntax, options),
    transferSyntaxUid: syntax,
  };
}

/** The transfer syntax that the first element of a bare data set shows. */
function bareTransferSyntaxOf(bytes: Uint8Array): string {
  // a query's first group is below 0100: of its two bytes, the zero comes first in Big Endian only
  const [first = 0, , , , vrFirst = 0, vrSecond = 0] = bytes;
  const isExplicit = isUpperCase(vrFirst) && isUpperCase(vrSecond);
  if (!isExplicit) return TransferSyntax.ImplicitVrLittleEndian;
  return first === 0 ? TransferSyntax.ExplicitVrBigEndian : TransferSyntax.ExplicitVrLittleEndian;
}

function isUpperCase(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5A;
}
