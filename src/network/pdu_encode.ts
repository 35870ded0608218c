/**
 * Encodes the seven PDUs of the DICOM Upper Layer, the mirror of `pdu_decode.ts`.
 *
 * PS3.8 section 9.3. Messages have their own fast path in `message_encode.ts`.
 *
 * @module
 */
import { concat } from "../base/concat.ts";
import { encodeAscii } from "./ascii.ts";
import {
  type AAssociateAc,
  type AAssociateRq,
  ItemType,
  type PDataTf,
  type Pdu,
  pduHeaderLength,
  PduType,
  type PresentationContextAc,
  type PresentationContextRq,
} from "./pdu.ts";
import { item, uint16, uint32 } from "./pdu_field_writer.ts";
import { encodeUserInformation } from "./user_information_encode.ts";

/**
 * Encodes one PDU.
 *
 * PS3.8 section 9.3.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodePdu } from "./pdu_encode.ts";
 *
 * assertEquals(
 *   encodePdu({ type: "A-ABORT", source: 0, reason: 0 }),
 *   Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 0, 0),
 * );
 * ```
 *
 * @param pdu The PDU.
 * @returns Its bytes.
 * @throws {RangeError} If an AE title is longer than 16 characters or an item longer than 65535 bytes.
 */
export function encodePdu(pdu: Pdu): Uint8Array {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return encodeAssociate(
        PduType.AAssociateRq,
        pdu,
        pdu.presentationContexts.map(encodePresentationContextRq),
      );
    case "A-ASSOCIATE-AC":
      return encodeAssociate(
        PduType.AAssociateAc,
        pdu,
        pdu.presentationContexts.map(encodePresentationContextAc),
      );
    case "A-ASSOCIATE-RJ":
      // 7 reserved, 8 Result, 9 Source, 10 Reason/Diag.
      return encodeHeader(
        PduType.AAssociateRj,
        Uint8Array.of(0, pdu.result, pdu.source, pdu.reason),
      );
    case "P-DATA-TF":
      return encodePDataTf(pdu);
    case "A-RELEASE-RQ":
      // 7-10 reserved
      return encodeHeader(PduType.AReleaseRq, new Uint8Array(4));
    case "A-RELEASE-RP":
      // 7-10 reserved
      return encodeHeader(PduType.AReleaseRp, new Uint8Array(4));
    case "A-ABORT":
      // 7-8 reserved, 9 Source, 10 Reason/Diag.
      return encodeHeader(PduType.AAbort, Uint8Array.of(0, 0, pdu.source, pdu.reason));
  }
}

/** Encodes A-ASSOCIATE-RQ and -AC, PS3.8 Table 9-11 and 9-17. */
function encodeAssociate(
  type: number,
  pdu: AAssociateRq | AAssociateAc,
  presentationContexts: Uint8Array[],
): Uint8Array {
  return encodeHeader(
    type,
    // 7-8 Protocol-version
    uint16(pdu.protocolVersion),
    // 9-10 reserved
    new Uint8Array(2),
    // 11-26 Called-AE-title
    aeTitle(pdu.calledAeTitle),
    // 27-42 Calling-AE-title
    aeTitle(pdu.callingAeTitle),
    // 43-74 reserved
    new Uint8Array(32),
    // 75-xxx Variable items
    item(ItemType.ApplicationContext, encodeAscii(pdu.applicationContextName)),
    ...presentationContexts,
    encodeUserInformation(pdu.userInformation),
  );
}

/** Encodes a proposed presentation context, PS3.8 Table 9-13. */
function encodePresentationContextRq(context: PresentationContextRq): Uint8Array {
  return item(
    ItemType.PresentationContextRq,
    // 5 Presentation-context-ID, 6-8 reserved
    Uint8Array.of(context.id, 0, 0, 0),
    // 9-xxx Abstract/Transfer-syntax sub-items
    item(ItemType.AbstractSyntax, encodeAscii(context.abstractSyntax)),
    ...context.transferSyntaxes.map((uid) => item(ItemType.TransferSyntax, encodeAscii(uid))),
  );
}

/** Encodes an answered presentation context, PS3.8 Table 9-18. */
function encodePresentationContextAc(context: PresentationContextAc): Uint8Array {
  return item(
    ItemType.PresentationContextAc,
    // 5 Presentation-context-ID, 6 reserved, 7 Result/Reason, 8 reserved
    Uint8Array.of(context.id, 0, context.result, 0),
    // 9-xxx Transfer syntax sub-item
    item(ItemType.TransferSyntax, encodeAscii(context.transferSyntax)),
  );
}

/** Encodes P-DATA-TF, PS3.8 Table 9-22 and 9-23. */
function encodePDataTf(pdu: PDataTf): Uint8Array {
  return encodeHeader(
    PduType.PDataTf,
    ...pdu.presentationDataValues.flatMap((value) => [
      // 1-4 Item-length
      uint32(value.fragment.length + 2),
      // 5 Presentation-context-ID, 6 Message control header
      Uint8Array.of(
        value.presentationContextId,
        (value.isCommand ? 1 : 0) | (value.isLast ? 2 : 0),
      ),
      // 7-xxx Presentation-data-value
      value.fragment,
    ]),
  );
}

/** Puts the header before the fields of a PDU, PS3.8 section 9.3.1. */
function encodeHeader(type: number, ...fields: Uint8Array[]): Uint8Array {
  const body = concat(fields);
  const pdu = new Uint8Array(pduHeaderLength + body.length);
  // 1 PDU-type, 2 reserved
  pdu[0] = type;
  // 3-6 PDU-length
  pdu.set(uint32(body.length), 2);
  pdu.set(body, pduHeaderLength);
  return pdu;
}

/** An AE title field: 16 characters, filled with spaces, PS3.8 Table 9-11. */
function aeTitle(title: string): Uint8Array {
  if (title.length > 16) {
    throw new RangeError(`Cannot send an AE title of ${title.length} characters: at most 16 fit`);
  }
  return encodeAscii(title.padEnd(16));
}
