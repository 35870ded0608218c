/**
 * The seven PDUs of the DICOM Upper Layer and their sub-items, as values: the vocabulary that
 * `pdu_decode.ts` reads, `pdu_encode.ts` writes and `describe.ts` prints.
 *
 * PS3.8 section 9.3; user information sub-items in PS3.8 Annex D and PS3.7 Annex D.3.3.
 *
 * @module
 */

/** PDU types, PS3.8 section 9.3.1: the first byte of each PDU. */
export const PduType = {
  AAssociateRq: 0x01,
  AAssociateAc: 0x02,
  AAssociateRj: 0x03,
  PDataTf: 0x04,
  AReleaseRq: 0x05,
  AReleaseRp: 0x06,
  AAbort: 0x07,
} as const;

/** Item and sub-item types of the association PDUs, PS3.8 section 9.3.2 and PS3.7 Annex D.3.3. */
export const ItemType = {
  ApplicationContext: 0x10,
  PresentationContextRq: 0x20,
  PresentationContextAc: 0x21,
  AbstractSyntax: 0x30,
  TransferSyntax: 0x40,
  UserInformation: 0x50,
  MaximumLength: 0x51,
  ImplementationClassUid: 0x52,
  AsynchronousOperationsWindow: 0x53,
  RoleSelection: 0x54,
  ImplementationVersionName: 0x55,
  SopClassExtendedNegotiation: 0x56,
  SopClassCommonExtendedNegotiation: 0x57,
  UserIdentityRq: 0x58,
  UserIdentityAc: 0x59,
} as const;

/** PDU type 1 + reserved 1 + PDU length 4. */
export const pduHeaderLength = 6;

/** Item length 4 + presentation context ID 1 + message control header 1. */
export const pdvHeaderLength = 6;

/** A presentation context as proposed, PS3.8 section 9.3.2.2. */
export interface PresentationContextRq {
  /** Odd, 1 to 255. */
  readonly id: number;
  /** The UID of the SOP class. */
  readonly abstractSyntax: string;
  /** UIDs of transfer syntaxes, best first. */
  readonly transferSyntaxes: readonly string[];
}

/** A presentation context as answered, PS3.8 section 9.3.3.2. */
export interface PresentationContextAc {
  /** The id of the context as proposed. */
  readonly id: number;
  /** 0 acceptance, 1 user rejection, 2 no reason, 3 abstract syntax and 4 transfer syntaxes not supported. */
  readonly result: number;
  /** Only meaningful when `result` is 0. */
  readonly transferSyntax: string;
}

/** Asynchronous operations window, PS3.7 section D.3.3.3; 0 means unlimited. */
export interface AsynchronousOperationsWindow {
  /** Operations that the sender may have under way. */
  readonly maximumNumberOperationsInvoked: number;
  /** Operations that the sender performs at a time. */
  readonly maximumNumberOperationsPerformed: number;
}

/** SCP/SCU role selection of one SOP class, PS3.7 section D.3.3.4. */
export interface RoleSelection {
  /** The SOP class. */
  readonly sopClassUid: string;
  /** True if the requestor may be SCU. */
  readonly scuRole: boolean;
  /** True if the requestor may be SCP. */
  readonly scpRole: boolean;
}

/** SOP class extended negotiation, PS3.7 section D.3.3.5. */
export interface SopClassExtendedNegotiation {
  /** The SOP class. */
  readonly sopClassUid: string;
  /** Service class application information; for C-FIND see `extended_negotiation.ts`. */
  readonly info: Uint8Array;
}

/** SOP class common extended negotiation, PS3.7 section D.3.3.6. */
export interface SopClassCommonExtendedNegotiation {
  /** The SOP class. */
  readonly sopClassUid: string;
  /** The service class that it belongs to. */
  readonly serviceClassUid: string;
  /** SOP classes that it specialises. */
  readonly relatedGeneralSopClassUids: readonly string[];
}

/** User identity as proposed, PS3.7 section D.3.3.7.1. */
export interface UserIdentityRq {
  /** 1 user name, 2 user name and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON Web Token. */
  readonly type: number;
  /** True if the acceptor must answer the identity. */
  readonly positiveResponseRequested: boolean;
  /** The user name, ticket, assertion or token. */
  readonly primaryField: Uint8Array;
  /** The passcode of type 2; empty for all others. */
  readonly secondaryField: Uint8Array;
}

/** The user information item of A-ASSOCIATE-RQ and A-ASSOCIATE-AC, PS3.8 Annex D. */
export interface UserInformation {
  /** The longest P-DATA-TF variable field that its sender wants to receive; 0 means no limit. */
  readonly maximumLength?: number;
  /** The sender's Implementation Class UID. */
  readonly implementationClassUid?: string;
  /** The sender's Implementation Version Name, at most 16 characters. */
  readonly implementationVersionName?: string;
  /** The asynchronous operations window. */
  readonly asynchronousOperationsWindow?: AsynchronousOperationsWindow;
  /** Roles, by SOP class. */
  readonly roleSelections: readonly RoleSelection[];
  /** Extended negotiation, by SOP class. */
  readonly sopClassExtendedNegotiations: readonly SopClassExtendedNegotiation[];
  /** Common extended negotiation, by SOP class. */
  readonly sopClassCommonExtendedNegotiations: readonly SopClassCommonExtendedNegotiation[];
  /** Only in A-ASSOCIATE-RQ. */
  readonly userIdentity?: UserIdentityRq;
  /** Only in A-ASSOCIATE-AC: the server response to a user identity, PS3.7 section D.3.3.7.2. */
  readonly userIdentityResponse?: Uint8Array;
}

/** The fields that A-ASSOCIATE-RQ and A-ASSOCIATE-AC share. */
export interface AAssociate {
  /** Bit 0 is version 1. */
  readonly protocolVersion: number;
  /** The AE title of the acceptor. */
  readonly calledAeTitle: string;
  /** The AE title of the requestor. */
  readonly callingAeTitle: string;
  /** The UID of the application context. */
  readonly applicationContextName: string;
  /** The user information item. */
  readonly userInformation: UserInformation;
}

/** A-ASSOCIATE-RQ, PS3.8 section 9.3.2. */
export interface AAssociateRq extends AAssociate {
  /** The kind of PDU. */
  readonly type: "A-ASSOCIATE-RQ";
  /** The presentation contexts that are proposed. */
  readonly presentationContexts: readonly PresentationContextRq[];
}

/** A-ASSOCIATE-AC, PS3.8 section 9.3.3; its AE titles are reserved fields, sent as received. */
export interface AAssociateAc extends AAssociate {
  /** The kind of PDU. */
  readonly type: "A-ASSOCIATE-AC";
  /** The answers to them. */
  readonly presentationContexts: readonly PresentationContextAc[];
}

/** A-ASSOCIATE-RJ, PS3.8 section 9.3.4; `reason.ts` describes it. */
export interface AAssociateRj {
  /** The kind of PDU. */
  readonly type: "A-ASSOCIATE-RJ";
  /** 1 permanent, 2 transient. */
  readonly result: number;
  /** 1 the service user, 2 and 3 its network layer. */
  readonly source: number;
  /** The reason; its meaning depends on `source`. */
  readonly reason: number;
}

/** One fragment of a command set or data set, PS3.8 section 9.3.5.1 and Annex E. */
export interface PresentationDataValue {
  /** The presentation context of the message. */
  readonly presentationContextId: number;
  /** True if it is of a command set, false if of a data set. */
  readonly isCommand: boolean;
  /** True if it is the last fragment. */
  readonly isLast: boolean;
  /** The bytes. */
  readonly fragment: Uint8Array;
}

/** P-DATA-TF, PS3.8 section 9.3.5. */
export interface PDataTf {
  /** The kind of PDU. */
  readonly type: "P-DATA-TF";
  /** The fragments. */
  readonly presentationDataValues: readonly PresentationDataValue[];
}

/** A-RELEASE-RQ, PS3.8 section 9.3.6. */
export interface AReleaseRq {
  /** The kind of PDU. */
  readonly type: "A-RELEASE-RQ";
}

/** A-RELEASE-RP, PS3.8 section 9.3.7. */
export interface AReleaseRp {
  /** The kind of PDU. */
  readonly type: "A-RELEASE-RP";
}

/** A-ABORT, PS3.8 section 9.3.8; `reason.ts` describes it. */
export interface AAbort {
  /** The kind of PDU. */
  readonly type: "A-ABORT";
  /** 0 the service user, 2 its network layer. */
  readonly source: number;
  /** The reason, if the network layer aborted. */
  readonly reason: number;
}

/** Any PDU. */
export type Pdu =
  | AAssociateRq
  | AAssociateAc
  | AAssociateRj
  | PDataTf
  | AReleaseRq
  | AReleaseRp
  | AAbort;
