/**
 * The command sets of DIMSE messages.
 *
 * PS3.7 section 6.3 and Annex E: a command set is always in Implicit VR Little Endian and has a fixed
 * set of elements, so it has a small table of its own here and needs no data dictionary.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import { decodeAscii, encodeAscii } from "./ascii.ts";

/** Values of Command Field (0000,0100), PS3.7 Table E.1-1; a response has the highest bit set. */
export const CommandField = {
  CStoreRq: 0x0001,
  CGetRq: 0x0010,
  CFindRq: 0x0020,
  CMoveRq: 0x0021,
  CEchoRq: 0x0030,
  NEventReportRq: 0x0100,
  NGetRq: 0x0110,
  NSetRq: 0x0120,
  NActionRq: 0x0130,
  NCreateRq: 0x0140,
  NDeleteRq: 0x0150,
  CCancelRq: 0x0FFF,
  CStoreRsp: 0x8001,
  CGetRsp: 0x8010,
  CFindRsp: 0x8020,
  CMoveRsp: 0x8021,
  CEchoRsp: 0x8030,
  NEventReportRsp: 0x8100,
  NGetRsp: 0x8110,
  NSetRsp: 0x8120,
  NActionRsp: 0x8130,
  NCreateRsp: 0x8140,
  NDeleteRsp: 0x8150,
} as const;

/** Values of Priority (0000,0700), PS3.7 section 9.3.2. */
export const Priority = { Medium: 0, High: 1, Low: 2 } as const;

/** Command Data Set Type (0000,0800): no data set follows. Any other value says that one does. */
export const noDataSet = 0x0101;
/** Command Data Set Type (0000,0800) as most implementations send it where a data set follows. */
export const dataSetFollows = 0x0001;

/** A command set, PS3.7 Table E.1-1; elements that are not named here are passed over. */
export interface CommandSet {
  /** Affected SOP Class UID (0000,0002). */
  affectedSOPClassUID?: string;
  /** Requested SOP Class UID (0000,0003). */
  requestedSOPClassUID?: string;
  /** Command Field (0000,0100). */
  commandField: number;
  /** Message ID (0000,0110). */
  messageID?: number;
  /** Message ID Being Responded To (0000,0120). */
  messageIDBeingRespondedTo?: number;
  /** Move Destination (0000,0600). */
  moveDestination?: string;
  /** Priority (0000,0700). */
  priority?: number;
  /** Command Data Set Type (0000,0800). */
  commandDataSetType: number;
  /** Status (0000,0900). */
  status?: number;
  /** Offending Element (0000,0901). */
  offendingElement?: readonly number[];
  /** Free text of the peer: it may hold patient data. */
  errorComment?: string;
  /** Error ID (0000,0903). */
  errorID?: number;
  /** Affected SOP Instance UID (0000,1000). */
  affectedSOPInstanceUID?: string;
  /** Requested SOP Instance UID (0000,1001). */
  requestedSOPInstanceUID?: string;
  /** Event Type ID (0000,1002). */
  eventTypeID?: number;
  /** Action Type ID (0000,1008). */
  actionTypeID?: number;
  /** Number Of Remaining Suboperations (0000,1020). */
  numberOfRemainingSuboperations?: number;
  /** Number Of Completed Suboperations (0000,1021). */
  numberOfCompletedSuboperations?: number;
  /** Number Of Failed Suboperations (0000,1022). */
  numberOfFailedSuboperations?: number;
  /** Number Of Warning Suboperations (0000,1023). */
  numberOfWarningSuboperations?: number;
}

/** A DIMSE message: a command set, and the data set after it as its encoded bytes. */
export interface DimseMessage {
  /** The command set. */
  readonly command: CommandSet;
  /** The presentation context of the message. */
  readonly presentationContextId: number;
  /** The encoded data set after it, if there is one. */
  readonly dataSet: Uint8Array | undefined;
  /** The length of a data set that was longer than the limit and dropped: then there is none. */
  readonly droppedBytes?: number;
}

type CommandVr = "UI" | "US" | "AE" | "LO" | "AT";

/** Element number, keyword and VR of each command element, PS3.7 Table E.1-1, in ascending order. */
const commandElements: readonly (readonly [number, keyof CommandSet, CommandVr])[] = [
  [0x0002, "affectedSOPClassUID", "UI"],
  [0x0003, "requestedSOPClassUID", "UI"],
  [0x0100, "commandField", "US"],
  [0x0110, "messageID", "US"],
  [0x0120, "messageIDBeingRespondedTo", "US"],
  [0x0600, "moveDestination", "AE"],
  [0x0700, "priority", "US"],
  [0x0800, "commandDataSetType", "US"],
  [0x0900, "status", "US"],
  [0x0901, "offendingElement", "AT"],
  [0x0902, "errorComment", "LO"],
  [0x0903, "errorID", "US"],
  [0x1000, "affectedSOPInstanceUID", "UI"],
  [0x1001, "requestedSOPInstanceUID", "UI"],
  [0x1002, "eventTypeID", "US"],
  [0x1008, "actionTypeID", "US"],
  [0x1020, "numberOfRemainingSuboperations", "US"],
  [0x1021, "numberOfCompletedSuboperations", "US"],
  [0x1022, "numberOfFailedSuboperations", "US"],
  [0x1023, "numberOfWarningSuboperations", "US"],
];
const elementsByNumber = new Map(commandElements.map((row) => [row[0], row]));

const elementHeaderLength = 8;

/**
 * Decodes a command set.
 *
 * PS3.7 section 6.3.1. Strict only about what is used, as DCMTK and pynetdicom are: ignored are elements of other groups,
 * elements that no service defines, the group length, and zeros after the last element. A US is the first two bytes of
 * its value, and absent if it has fewer.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeCommandSet, encodeCommandSet } from "./dimse.ts";
 *
 * const command = { commandField: 0x0030, messageID: 1, commandDataSetType: 0x0101 };
 * assertEquals(decodeCommandSet(encodeCommandSet(command)), command);
 * ```
 *
 * @param bytes The command set, all fragments put together.
 * @returns Its elements.
 * @throws {DicomDecodeError} If an element is cut short, or if Command Field or Command Data Set Type is missing.
 */
export function decodeCommandSet(bytes: Uint8Array): CommandSet {
  const command: { -readonly [K in keyof CommandSet]?: CommandSet[K] } = {};
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < elementHeaderLength) {
      if (bytes.subarray(offset).every((byte) => byte === 0)) break;
      throw new DicomDecodeError("command set", "an element header is cut short", { offset });
    }
    const group = uint16At(bytes, offset);
    const number = uint16At(bytes, offset + 2);
    const length = (uint16At(bytes, offset + 4) | (uint16At(bytes, offset + 6) << 16)) >>> 0;
    const start = offset + elementHeaderLength;
    const tag = group * 0x10000 + number;
    if (length > bytes.length - start) {
      throw new DicomDecodeError(
        "command set",
        `an element has ${length} bytes where ${bytes.length - start} remain`,
        { offset, tag },
      );
    }
    const row = group === 0 ? elementsByNumber.get(number) : undefined;
    if (row !== undefined) {
      const [, field, vr] = row;
      const value = decodeValue(bytes, start, length, vr);
      if (value !== undefined) Object.assign(command, { [field]: value });
    }
    offset = start + length;
  }
  const { commandField, commandDataSetType } = command;
  if (commandField === undefined || commandDataSetType === undefined) {
    const missing = commandField === undefined ? "Command Field" : "Command Data Set Type";
    throw new DicomDecodeError("command set", `${missing} is missing`, {
      offset,
      tag: commandField === undefined ? 0x00000100 : 0x00000800,
    });
  }
  return { ...command, commandField, commandDataSetType };
}

/** The value, or `undefined` if it is too short for one. */
function decodeValue(
  bytes: Uint8Array,
  start: number,
  length: number,
  vr: CommandVr,
): number | string | readonly number[] | undefined {
  switch (vr) {
    case "US":
      return length < 2 ? undefined : uint16At(bytes, start);
    case "AT": {
      const tags: number[] = [];
      for (let at = start; at + 4 <= start + length; at += 4) {
        tags.push(uint16At(bytes, at) * 0x10000 + uint16At(bytes, at + 2));
      }
      return tags;
    }
    default:
      return decodeAscii(bytes, start, start + length);
  }
}

/**
 * Encodes a command set, its group length first.
 *
 * PS3.7 section 6.3.1.
 *
 * @param command The elements; they are written in ascending order.
 * @returns The bytes in Implicit VR Little Endian.
 * @throws {RangeError} If a text has characters outside ISO 646.
 */
export function encodeCommandSet(command: CommandSet): Uint8Array {
  const values: { number: number; value: Uint8Array }[] = [];
  for (const [number, field, vr] of commandElements) {
    const value = command[field];
    if (value !== undefined) values.push({ number, value: encodeValue(value, vr) });
  }
  const groupLength = values.reduce(
    (sum, { value }) => sum + elementHeaderLength + value.length,
    0,
  );
  values.unshift({ number: 0x0000, value: encodeUint32(groupLength) });
  const bytes = new Uint8Array(groupLength + elementHeaderLength + 4);
  let offset = 0;
  for (const { number, value } of values) {
    bytes[offset + 2] = number;
    bytes[offset + 3] = number >>> 8;
    bytes.set(encodeUint32(value.length), offset + 4);
    bytes.set(value, offset + elementHeaderLength);
    offset += elementHeaderLength + value.length;
  }
  return bytes;
}

function encodeValue(value: string | number | readonly number[], vr: CommandVr): Uint8Array {
  if (typeof value === "number") return Uint8Array.of(value, value >>> 8);
  if (typeof value !== "string") {
    return Uint8Array.from(value.flatMap((tag) => [tag >>> 16, tag >>> 24, tag, tag >>> 8]));
  }
  return encodeAscii(value.length % 2 === 0 ? value : value + (vr === "UI" ? "\0" : " "));
}

function encodeUint32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}
