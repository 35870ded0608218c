/**
 * Decodes the seven PDUs of the DICOM Upper Layer.
 *
 * PS3.8 section 9.3, one function per PDU; each field is preceded by its bytes and name in the
 * standard. Reserved fields are passed over, items of unknown type too, as the standard demands.
 * The bytes are those of one whole PDU, as cut by `pdu_stream.ts`.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import {
  type AAbort,
  type AAssociateAc,
  type AAssociateRj,
  type AAssociateRq,
  ItemType,
  type PDataTf,
  type Pdu,
  pduHeaderLength,
  PduType,
  type PresentationContextAc,
  type PresentationContextRq,
  type PresentationDataValue,
  type UserInformation,
} from "./pdu.ts";
import { PduFieldReader } from "./pdu_field_reader.ts";
import { decodeUserInformation } from "./user_information_decode.ts";

/**
 * Decodes one PDU.
 *
 * PS3.8 section 9.3.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodePdu } from "./pdu_decode.ts";
 *
 * assertEquals(decodePdu(Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 2, 1)), {
 *   type: "A-ABORT",
 *   source: 2,
 *   reason: 1,
 * });
 * ```
 *
 * @param bytes The PDU from its type to its last byte, nothing more.
 * @returns The PDU. Fragments of a P-DATA-TF are views into `bytes`; all else is copied.
 * @throws {DicomDecodeError} If the type is unknown or a length does not fit; carries `offset`.
 */
export function decodePdu(bytes: Uint8Array): Pdu {
  const reader = new PduFieldReader("PDU", bytes);
  // 1 PDU-type
  const type = reader.uint8("PDU-type");
  // 2 reserved
  reader.skip(1, "reserved");
  // 3-6 PDU-length
  const length = reader.uint32("PDU-length");
  if (length !== bytes.length - pduHeaderLength) {
    throw new DicomDecodeError(
      "PDU",
      `PDU-length is ${length} where ${bytes.length - pduHeaderLength} bytes follow`,
      { offset: 2 },
    );
  }
  switch (type) {
    case PduType.AAssociateRq:
      return decodeAAssociateRq(bytes);
    case PduType.AAssociateAc:
      return decodeAAssociateAc(bytes);
    case PduType.AAssociateRj:
      return decodeAAssociateRj(bytes);
    case PduType.PDataTf:
      return decodePDataTf(bytes);
    case PduType.AReleaseRq:
      return { type: "A-RELEASE-RQ" };
    case PduType.AReleaseRp:
      return { type: "A-RELEASE-RP" };
    case PduType.AAbort:
      return decodeAAbort(bytes);
    default:
      throw new DicomDecodeError("PDU", `unknown PDU-type 0x${hex8(type)}`, { offset: 0 });
  }
}

/** Decodes A-ASSOCIATE-RQ, PS3.8 Table 9-11. */
function decodeAAssociateRq(bytes: Uint8Array): AAssociateRq {
  const presentationContexts: PresentationContextRq[] = [];
  const common = decodeAssociate("A-ASSOCIATE-RQ", bytes, (itemType, item) => {
    if (itemType === ItemType.PresentationContextRq) {
      presentationContexts.push(decodePresentationContextRq(item));
    }
  });
  return { type: "A-ASSOCIATE-RQ", ...common, presentationContexts };
}

/** Decodes A-ASSOCIATE-AC, PS3.8 Table 9-17. */
function decodeAAssociateAc(bytes: Uint8Array): AAssociateAc {
  const presentationContexts: PresentationContextAc[] = [];
  const common = decodeAssociate("A-ASSOCIATE-AC", bytes, (itemType, item) => {
    if (itemType === ItemType.PresentationContextAc) {
      presentationContexts.push(decodePresentationContextAc(item));
    }
  });
  return { type: "A-ASSOCIATE-AC", ...common, presentationContexts };
}

/** The fields that both have; presentation context items go to `onItem`. */
function decodeAssociate(
  structure: "A-ASSOCIATE-RQ" | "A-ASSOCIATE-AC",
  bytes: Uint8Array,
  onItem: (itemType: number, item: PduFieldReader) => void,
): Omit<AAssociateRq, "type" | "presentationContexts"> {
  const reader = new PduFieldReader(structure, bytes, pduHeaderLength);
  // 7-8 Protocol-version
  const protocolVersion = reader.uint16("Protocol-version");
  // 9-10 reserved
  reader.skip(2, "reserved");
  // 11-26 Called-AE-title
  const calledAeTitle = reader.text(16, "Called-AE-title");
  // 27-42 Calling-AE-title
  const callingAeTitle = reader.text(16, "Calling-AE-title");
  // 43-74 reserved
  reader.skip(32, "reserved");
  // 75-xxx Variable items
  let applicationContextName = "";
  let userInformation: UserInformation = {
    roleSelections: [],
    sopClassExtendedNegotiations: [],
    sopClassCommonExtendedNegotiations: [],
  };
  while (!reader.atEnd) {
    const { itemType, length } = readItemHeader(reader);
    const item = reader.nested(itemName(itemType), length);
    if (itemType === ItemType.ApplicationContext) {
      // 5-xxx Application-context-name
      applicationContextName = item.text(length, "Application-context-name");
    } else if (itemType === ItemType.UserInformation) {
      userInformation = decodeUserInformation(item);
    } else {
      onItem(itemType, item);
    }
  }
  return {
    protocolVersion,
    calledAeTitle,
    callingAeTitle,
    applicationContextName,
    userInformation,
  };
}

/** Decodes a proposed presentation context, PS3.8 Table 9-13. */
function decodePresentationContextRq(item: PduFieldReader): PresentationContextRq {
  // 5 Presentation-context-ID
  const id = item.uint8("Presentation-context-ID");
  // 6-8 reserved
  item.skip(3, "reserved");
  // 9-xxx Abstract/Transfer-syntax sub-items
  let abstractSyntax = "";
  const transferSyntaxes: string[] = [];
  while (!item.atEnd) {
    const { itemType, length } = readItemHeader(item);
    if (itemType === ItemType.AbstractSyntax) {
      abstractSyntax = item.text(length, "Abstract-syntax-name");
    } else if (itemType === ItemType.TransferSyntax) {
      transferSyntaxes.push(item.text(length, "Transfer-syntax-name"));
    } else {
      item.skip(length, itemName(itemType));
    }
  }
  return { id, abstractSyntax, transferSyntaxes };
}

/** Decodes an answered presentation context, PS3.8 Table 9-18. */
function decodePresentationContextAc(item: PduFieldReader): PresentationContextAc {
  // 5 Presentation-context-ID
  const id = item.uint8("Presentation-context-ID");
  // 6 reserved
  item.skip(1, "reserved");
  // 7 Result/Reason
  const result = item.uint8("Result/Reason");
  // 8 reserved
  item.skip(1, "reserved");
  // 9-xxx Transfer syntax sub-item; not significant, and often absent or malformed, when not accepted
  let transferSyntax = "";
  try {
    while (!item.atEnd) {
      const { itemType, length } = readItemHeader(item);
      if (itemType === ItemType.TransferSyntax) {
        transferSyntax = item.text(length, "Transfer-syntax-name");
      } else {
        item.skip(length, itemName(itemType));
      }
    }
  } catch (error) {
    if (result === 0) throw error;
  }
  return { id, result, transferSyntax };
}

/** Decodes A-ASSOCIATE-RJ, PS3.8 Table 9-21. One that is too short rejects all the same: what is missing is 0. */
function decodeAAssociateRj(bytes: Uint8Array): AAssociateRj {
  // 7 reserved, 8 Result, 9 Source, 10 Reason/Diag.
  const [, result = 0, source = 0, reason = 0] = bytes.subarray(pduHeaderLength);
  return { type: "A-ASSOCIATE-RJ", result, source, reason };
}

/** Decodes P-DATA-TF, PS3.8 Table 9-22 and 9-23. */
function decodePDataTf(bytes: Uint8Array): PDataTf {
  const reader = new PduFieldReader("P-DATA-TF", bytes, pduHeaderLength);
  const presentationDataValues: PresentationDataValue[] = [];
  while (!reader.atEnd) {
    // 1-4 Item-length
    const length = reader.uint32("PDV Item-length");
    if (length < 2) throw reader.error(`PDV Item-length is ${length}, it must be 2 or more`);
    // 5 Presentation-context-ID
    const presentationContextId = reader.uint8("Presentation-context-ID");
    // 6 Message control header, PS3.8 section E.2
    const header = reader.uint8("Message control header");
    // 7-xxx Presentation-data-value
    const start = reader.position;
    reader.skip(length - 2, "Presentation-data-value");
    presentationDataValues.push({
      presentationContextId,
      isCommand: (header & 1) !== 0,
      isLast: (header & 2) !== 0,
      fragment: bytes.subarray(start, reader.position),
    });
  }
  return { type: "P-DATA-TF", presentationDataValues };
}

/** Decodes A-ABORT, PS3.8 Table 9-26. One that is too short aborts all the same: what is missing is 0. */
function decodeAAbort(bytes: Uint8Array): AAbort {
  // 7-8 reserved, 9 Source, 10 Reason/Diag.
  const [, , source = 0, reason = 0] = bytes.subarray(pduHeaderLength);
  return { type: "A-ABORT", source, reason };
}

/** Reads the 4 bytes that every item and sub-item starts with. */
function readItemHeader(reader: PduFieldReader): { itemType: number; length: number } {
  // 1 Item-type
  const itemType = reader.uint8("Item-type");
  // 2 reserved
  reader.skip(1, "reserved");
  // 3-4 Item-length
  const length = reader.uint16("Item-length");
  return { itemType, length };
}

const itemNames = new Map<number, string>(
  Object.entries(ItemType).map(([name, type]) => [type, name]),
);

function itemName(itemType: number): string {
  return `${itemNames.get(itemType) ?? `item 0x${hex8(itemType)}`} item`;
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}
