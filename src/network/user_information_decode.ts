/**
 * Decodes the user information item of A-ASSOCIATE-RQ and A-ASSOCIATE-AC.
 *
 * PS3.8 Annex D.1 (maximum length) and PS3.7 Annex D.3.3 (all others), one function per sub-item.
 * Sub-items of unknown type are ignored, as the standard demands; so is one that is too short for its fields, as if it
 * were absent: an association does not need it.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import {
  ItemType,
  type RoleSelection,
  type SopClassCommonExtendedNegotiation,
  type SopClassExtendedNegotiation,
  type UserIdentityRq,
  type UserInformation,
} from "./pdu.ts";
import type { PduFieldReader } from "./pdu_field_reader.ts";

/**
 * Decodes the sub-items of a user information item.
 *
 * PS3.8 section 9.3.2.3.
 *
 * @param item A reader over the item's value, after its length.
 * @returns The sub-items; if one that may stand only once is repeated, the last one.
 * @throws {DicomDecodeError} If a sub-item is longer than what is left of the item.
 */
export function decodeUserInformation(item: PduFieldReader): UserInformation {
  const roleSelections: RoleSelection[] = [];
  const sopClassExtendedNegotiations: SopClassExtendedNegotiation[] = [];
  const sopClassCommonExtendedNegotiations: SopClassCommonExtendedNegotiation[] = [];
  const single: { -readonly [K in keyof UserInformation]?: UserInformation[K] } = {};
  while (!item.atEnd) {
    // 1 Item-type
    const itemType = item.uint8("Item-type");
    // 2 reserved
    item.skip(1, "reserved");
    // 3-4 Item-length
    const length = item.uint16("Item-length");
    const subItem = item.nested(subItemName(itemType), length);
    try {
      switch (itemType) {
        case ItemType.MaximumLength:
          // 5-8 Maximum-length-received
          single.maximumLength = subItem.uint32("Maximum-length-received");
          break;
        case ItemType.ImplementationClassUid:
          // 5-xxx Implementation-class-uid
          single.implementationClassUid = subItem.text(length, "Implementation-class-uid");
          break;
        case ItemType.AsynchronousOperationsWindow:
          single.asynchronousOperationsWindow = {
            // 5-6 Maximum-number-operations-invoked
            maximumNumberOperationsInvoked: subItem.uint16("Maximum-number-operations-invoked"),
            // 7-8 Maximum-number-operations-performed
            maximumNumberOperationsPerformed: subItem.uint16("Maximum-number-operations-performed"),
          };
          break;
        case ItemType.RoleSelection:
          roleSelections.push(decodeRoleSelection(subItem));
          break;
        case ItemType.ImplementationVersionName:
          // 5-xxx Implementation-version-name
          single.implementationVersionName = subItem.text(length, "Implementation-version-name");
          break;
        case ItemType.SopClassExtendedNegotiation:
          sopClassExtendedNegotiations.push(decodeExtendedNegotiation(subItem, length));
          break;
        case ItemType.SopClassCommonExtendedNegotiation:
          sopClassCommonExtendedNegotiations.push(decodeCommonExtendedNegotiation(subItem));
          break;
        case ItemType.UserIdentityRq:
          single.userIdentity = decodeUserIdentityRq(subItem);
          break;
        case ItemType.UserIdentityAc: {
          // 5-6 Server-response-length, 7-n Server-response
          const responseLength = subItem.uint16("Server-response-length");
          single.userIdentityResponse = subItem.bytes(responseLength, "Server-response");
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof DicomDecodeError)) throw error;
    }
  }
  return {
    ...single,
    roleSelections,
    sopClassExtendedNegotiations,
    sopClassCommonExtendedNegotiations,
  };
}

/** Decodes a role selection sub-item, PS3.7 Table D.3-9. */
function decodeRoleSelection(subItem: PduFieldReader): RoleSelection {
  // 5-6 UID-length
  const uidLength = subItem.uint16("UID-length");
  // 7-xxx SOP-class-uid
  const sopClassUid = subItem.text(uidLength, "SOP-class-uid");
  // xxx SCU-role
  const scuRole = subItem.uint8("SCU-role") === 1;
  // xxx SCP-role
  const scpRole = subItem.uint8("SCP-role") === 1;
  return { sopClassUid, scuRole, scpRole };
}

/** Decodes a SOP class extended negotiation sub-item, PS3.7 Table D.3-11. */
function decodeExtendedNegotiation(
  subItem: PduFieldReader,
  length: number,
): SopClassExtendedNegotiation {
  // 5-6 SOP-class-uid-length
  const uidLength = subItem.uint16("SOP-class-uid-length");
  // 7-xxx SOP-class-uid
  const sopClassUid = subItem.text(uidLength, "SOP-class-uid");
  // xxx Service-class-application-information
  const info = subItem.bytes(length - 2 - uidLength, "Service-class-application-information");
  return { sopClassUid, info };
}

/** Decodes a SOP class common extended negotiation sub-item, PS3.7 Table D.3-12. */
function decodeCommonExtendedNegotiation(
  subItem: PduFieldReader,
): SopClassCommonExtendedNegotiation {
  // 5-6 SOP-class-uid-length
  const uidLength = subItem.uint16("SOP-class-uid-length");
  // 7-x SOP-class-uid
  const sopClassUid = subItem.text(uidLength, "SOP-class-uid");
  // (x+1)-(x+2) Service-class-uid-length
  const serviceLength = subItem.uint16("Service-class-uid-length");
  // (x+3)-y Service-class-uid
  const serviceClassUid = subItem.text(serviceLength, "Service-class-uid");
  // (y+1)-(y+2) Related-general-sop-class-identification-length
  const relatedLength = subItem.uint16("Related-general-sop-class-identification-length");
  // (y+3)-k Related-general-sop-class-identification
  const related = subItem.nested("Related-general-sop-class-identification", relatedLength);
  const relatedGeneralSopClassUids: string[] = [];
  while (!related.atEnd) {
    const length = related.uint16("Related-general-sop-class-uid-length");
    relatedGeneralSopClassUids.push(related.text(length, "Related-general-sop-class-uid"));
  }
  return { sopClassUid, serviceClassUid, relatedGeneralSopClassUids };
}

/** Decodes a proposed user identity sub-item, PS3.7 Table D.3-14. */
function decodeUserIdentityRq(subItem: PduFieldReader): UserIdentityRq {
  // 5 User-Identity-Type
  const type = subItem.uint8("User-Identity-Type");
  // 6 Positive-response-requested
  const positiveResponseRequested = subItem.uint8("Positive-response-requested") === 1;
  // 7-8 Primary-field-length
  const primaryLength = subItem.uint16("Primary-field-length");
  // 9-n Primary-field
  const primaryField = subItem.bytes(primaryLength, "Primary-field");
  // (n+1)-(n+2) Secondary-field-length
  const secondaryLength = subItem.uint16("Secondary-field-length");
  // (n+3)-m Secondary-field
  const secondaryField = subItem.bytes(secondaryLength, "Secondary-field");
  return { type, positiveResponseRequested, primaryField, secondaryField };
}

const subItemNames = new Map<number, string>(
  Object.entries(ItemType).map(([name, type]) => [type, name]),
);

function subItemName(itemType: number): string {
  const name = subItemNames.get(itemType);
  return `${name ?? `item 0x${itemType.toString(16).padStart(2, "0")}`} sub-item`;
}
