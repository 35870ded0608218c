/**
 * Encodes the user information item, the mirror of `user_information_decode.ts`.
 *
 * PS3.8 Annex D.1 and PS3.7 Annex D.3.3, one function per sub-item that has a shape of its own.
 *
 * @module
 */
import { concat } from "../base/concat.ts";
import { encodeAscii } from "./ascii.ts";
import {
  ItemType,
  type RoleSelection,
  type SopClassCommonExtendedNegotiation,
  type SopClassExtendedNegotiation,
  type UserIdentityRq,
  type UserInformation,
} from "./pdu.ts";
import { item, lengthPrefixed, uint16, uint32 } from "./pdu_field_writer.ts";

/**
 * Encodes a user information item with those sub-items that are given.
 *
 * PS3.8 section 9.3.2.3; sub-items in ascending order of their type.
 *
 * @param user The sub-items.
 * @returns The item, its header included.
 * @throws {RangeError} If a sub-item is longer than 65535 bytes.
 */
export function encodeUserInformation(user: UserInformation): Uint8Array {
  const subItems: Uint8Array[] = [];
  if (user.maximumLength !== undefined) {
    // 5-8 Maximum-length-received
    subItems.push(item(ItemType.MaximumLength, uint32(user.maximumLength)));
  }
  if (user.implementationClassUid !== undefined) {
    // 5-xxx Implementation-class-uid
    subItems.push(item(ItemType.ImplementationClassUid, encodeAscii(user.implementationClassUid)));
  }
  const window = user.asynchronousOperationsWindow;
  if (window !== undefined) {
    subItems.push(item(
      ItemType.AsynchronousOperationsWindow,
      // 5-6 Maximum-number-operations-invoked
      uint16(window.maximumNumberOperationsInvoked),
      // 7-8 Maximum-number-operations-performed
      uint16(window.maximumNumberOperationsPerformed),
    ));
  }
  subItems.push(...user.roleSelections.map(encodeRoleSelection));
  if (user.implementationVersionName !== undefined) {
    // 5-xxx Implementation-version-name
    subItems.push(
      item(ItemType.ImplementationVersionName, encodeAscii(user.implementationVersionName)),
    );
  }
  subItems.push(...user.sopClassExtendedNegotiations.map(encodeExtendedNegotiation));
  subItems.push(...user.sopClassCommonExtendedNegotiations.map(encodeCommonExtendedNegotiation));
  if (user.userIdentity !== undefined) {
    subItems.push(encodeUserIdentityRq(user.userIdentity));
  }
  if (user.userIdentityResponse !== undefined) {
    // 5-6 Server-response-length, 7-n Server-response
    subItems.push(item(ItemType.UserIdentityAc, lengthPrefixed(user.userIdentityResponse)));
  }
  return item(ItemType.UserInformation, ...subItems);
}

/** Encodes a role selection sub-item, PS3.7 Table D.3-9. */
function encodeRoleSelection(role: RoleSelection): Uint8Array {
  return item(
    ItemType.RoleSelection,
    // 5-6 UID-length, 7-xxx SOP-class-uid
    lengthPrefixed(encodeAscii(role.sopClassUid)),
    // SCU-role, SCP-role
    Uint8Array.of(role.scuRole ? 1 : 0, role.scpRole ? 1 : 0),
  );
}

/** Encodes a SOP class extended negotiation sub-item, PS3.7 Table D.3-11. */
function encodeExtendedNegotiation(negotiation: SopClassExtendedNegotiation): Uint8Array {
  return item(
    ItemType.SopClassExtendedNegotiation,
    // 5-6 SOP-class-uid-length, 7-xxx SOP-class-uid
    lengthPrefixed(encodeAscii(negotiation.sopClassUid)),
    // Service-class-application-information
    negotiation.info,
  );
}

/** Encodes a SOP class common extended negotiation sub-item, PS3.7 Table D.3-12. */
function encodeCommonExtendedNegotiation(
  negotiation: SopClassCommonExtendedNegotiation,
): Uint8Array {
  return item(
    ItemType.SopClassCommonExtendedNegotiation,
    // 5-6 SOP-class-uid-length, 7-x SOP-class-uid
    lengthPrefixed(encodeAscii(negotiation.sopClassUid)),
    // Service-class-uid-length, Service-class-uid
    lengthPrefixed(encodeAscii(negotiation.serviceClassUid)),
    // Related-general-sop-class-identification-length, Related-general-sop-class-identification
    lengthPrefixed(
      concat(negotiation.relatedGeneralSopClassUids.map((uid) => lengthPrefixed(encodeAscii(uid)))),
    ),
  );
}

/** Encodes a proposed user identity sub-item, PS3.7 Table D.3-14. */
function encodeUserIdentityRq(identity: UserIdentityRq): Uint8Array {
  return item(
    ItemType.UserIdentityRq,
    // 5 User-Identity-Type, 6 Positive-response-requested
    Uint8Array.of(identity.type, identity.positiveResponseRequested ? 1 : 0),
    // 7-8 Primary-field-length, 9-n Primary-field
    lengthPrefixed(identity.primaryField),
    // Secondary-field-length, Secondary-field
    lengthPrefixed(identity.secondaryField),
  );
}
