/**
 * Data element tags (PS3.5 section 7.1) as numbers, 0xGGGGEEEE, unsigned; and the ways of writing them.
 *
 * @module
 */

/** The tags that this program names; all others come from the dictionary or from peers. */
export const Tag = {
  FileMetaInformationGroupLength: 0x0002_0000,
  FileMetaInformationVersion: 0x0002_0001,
  MediaStorageSOPClassUID: 0x0002_0002,
  MediaStorageSOPInstanceUID: 0x0002_0003,
  TransferSyntaxUID: 0x0002_0010,
  ImplementationClassUID: 0x0002_0012,
  ImplementationVersionName: 0x0002_0013,
  SpecificCharacterSet: 0x0008_0005,
  SOPInstanceUID: 0x0008_0018,
  AccessionNumber: 0x0008_0050,
  QueryRetrieveLevel: 0x0008_0052,
  Modality: 0x0008_0060,
  ReferringPhysicianName: 0x0008_0090,
  TimezoneOffsetFromUTC: 0x0008_0201,
  PatientName: 0x0010_0010,
  PatientID: 0x0010_0020,
  PatientBirthDate: 0x0010_0030,
  PatientSex: 0x0010_0040,
  PregnancyStatus: 0x0010_21C0,
  StudyInstanceUID: 0x0020_000D,
  SeriesInstanceUID: 0x0020_000E,
  StudyID: 0x0020_0010,
  PixelRepresentation: 0x0028_0103,
  RequestedProcedureDescription: 0x0032_1060,
  RequestedProcedureCodeSequence: 0x0032_1064,
  AdmissionID: 0x0038_0010,
  PatientState: 0x0038_0500,
  ScheduledStationAETitle: 0x0040_0001,
  ScheduledProcedureStepStartDate: 0x0040_0002,
  ScheduledProcedureStepStartTime: 0x0040_0003,
  ScheduledPerformingPhysicianName: 0x0040_0006,
  ScheduledProcedureStepDescription: 0x0040_0007,
  ScheduledProcedureStepID: 0x0040_0009,
  ScheduledProcedureStepStatus: 0x0040_0020,
  ScheduledProcedureStepSequence: 0x0040_0100,
  RequestedProcedureID: 0x0040_1001,
  Item: 0xFFFE_E000,
  ItemDelimitationItem: 0xFFFE_E00D,
  SequenceDelimitationItem: 0xFFFE_E0DD,
} as const;

/**
 * Writes a tag as the standard prints it, lower case as DCMTK does: "(0008,103e)".
 *
 * @param tag The tag.
 * @returns Eleven characters.
 */
export function formatTag(tag: number): string {
  const hex = (tag >>> 0).toString(16).padStart(8, "0");
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

/**
 * Writes a tag as DICOM JSON does (PS3.18 section F.2.2): "0008103E".
 *
 * @param tag The tag.
 * @returns Eight upper case hexadecimal digits.
 */
export function tagHex(tag: number): string {
  return (tag >>> 0).toString(16).toUpperCase().padStart(8, "0");
}

/**
 * Reads a tag from `(gggg,eeee)`, `gggg,eeee` or `ggggeeee`, in either case. Keywords are the
 * dictionary's business.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseTag } from "./tag.ts";
 *
 * assertEquals(parseTag("(0010,0010)"), 0x00100010);
 * assertEquals(parseTag("7FE00010"), 0x7FE00010);
 * assertEquals(parseTag("PatientName"), undefined);
 * ```
 *
 * @param text The text.
 * @returns The tag, or undefined if the text is not one.
 */
export function parseTag(text: string): number | undefined {
  const match =
    /^(?:\(([0-9a-f]{4}),([0-9a-f]{4})\)|([0-9a-f]{4}),([0-9a-f]{4})|([0-9a-f]{4})([0-9a-f]{4}))$/i
      .exec(text);
  if (match === null) return undefined;
  const group = match[1] ?? match[3] ?? match[5];
  const elementNumber = match[2] ?? match[4] ?? match[6];
  return Number.parseInt(`${group}${elementNumber}`, 16);
}

/**
 * Returns true if a tag belongs to a private group: its group number is odd (PS3.5 section 7.8).
 *
 * @param tag The tag.
 */
export function isPrivateTag(tag: number): boolean {
  return (tag & 0x0001_0000) !== 0;
}

/**
 * Returns true if a tag reserves a block of private elements: (gggg,0010-00FF), odd gggg (PS3.5
 * section 7.8.1).
 *
 * @param tag The tag.
 */
export function isPrivateCreatorTag(tag: number): boolean {
  const elementNumber = tag & 0xFFFF;
  return isPrivateTag(tag) && elementNumber >= 0x10 && elementNumber <= 0xFF;
}

/**
 * Finds the tag of a private element's Private Creator: (gggg,00bb) reserves the block of (gggg,bbee).
 *
 * PS3.5 section 7.8.1.
 *
 * @param tag The tag of a private element.
 */
export function privateCreatorTagOf(tag: number): number {
  return ((tag & 0xFFFF_0000) >>> 0) + ((tag & 0xFFFF) >>> 8);
}
