/**
 * The proposal of an A-ASSOCIATE-RQ, and the part of it that an A-ASSOCIATE-AC grants.
 *
 * PS3.8 section 9.3.2 and 9.3.3, PS3.7 Annex D.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import {
  applicationContextName,
  implementationClassUid,
  implementationVersionName,
} from "../dicom/uid.ts";
import { PresentationContextError } from "./errors.ts";
import type {
  AAssociateAc,
  AAssociateRq,
  AsynchronousOperationsWindow,
  RoleSelection,
  SopClassCommonExtendedNegotiation,
  SopClassExtendedNegotiation,
  UserIdentityRq,
} from "./pdu.ts";
import { describeContextResult } from "./reason.ts";

/** One SOP class that is wanted, with the transfer syntaxes offered for it, best first. */
export interface ProposedContext {
  /** The UID of the SOP class. */
  readonly abstractSyntax: string;
  /** UIDs of transfer syntaxes, best first. */
  readonly transferSyntaxes: readonly string[];
}

/** A presentation context that both sides agreed on. */
export interface AcceptedContext {
  /** The id of the context. */
  readonly id: number;
  /** The UID of the SOP class. */
  readonly abstractSyntax: string;
  /** The UID of the transfer syntax that the peer chose. */
  readonly transferSyntax: string;
}

/** A presentation context that the peer did not accept. */
export interface RejectedContext extends ProposedContext {
  /** The id of the context. */
  readonly id: number;
  /** Result/Reason, which `reason.ts` describes; `undefined` if the peer did not answer it. */
  readonly result: number | undefined;
}

/** A proposal to a peer. */
export interface AssociationProposal {
  /** At most 16 characters; case matters. */
  readonly calledAeTitle: string;
  /** At most 16 characters; case matters. */
  readonly callingAeTitle: string;
  /** 1 to 128. */
  readonly presentationContexts: readonly ProposedContext[];
  /**
   * The longest P-DATA-TF that we take, in bytes; 0 means no limit.
   *
   * @default {131072}
   */
  readonly maxPduLength?: number | undefined;
  /** SOP class extended negotiation, such as relational queries. */
  readonly extendedNegotiation?: readonly SopClassExtendedNegotiation[] | undefined;
  /** SOP class common extended negotiation. */
  readonly commonExtendedNegotiation?: readonly SopClassCommonExtendedNegotiation[] | undefined;
  /** A user name, a passcode or a ticket for the peer. */
  readonly userIdentity?: UserIdentityRq | undefined;
  /** The asynchronous operations window to propose. */
  readonly asyncWindow?: AsynchronousOperationsWindow | undefined;
  /** The roles to propose; without them the requestor is SCU. */
  readonly roles?: readonly RoleSelection[] | undefined;
}

/** The maximum length of an {@linkcode AssociationProposal} that names none, in bytes. */
export const defaultMaxPduLength = 131072;

/**
 * Builds the A-ASSOCIATE-RQ of a proposal; contexts are numbered 1, 3, 5, ….
 *
 * PS3.8 section 9.3.2.
 *
 * @param proposal The wanted options.
 * @returns The PDU.
 * @throws {RangeError} If there is no context, more than 128, or one without a transfer syntax.
 */
export function requestOf(proposal: AssociationProposal): AAssociateRq {
  const { presentationContexts: contexts } = proposal;
  if (contexts.length < 1 || contexts.length > 128) {
    throw new RangeError(
      `Cannot propose ${contexts.length} presentation contexts: 1 to 128 are allowed`,
    );
  }
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: proposal.calledAeTitle,
    callingAeTitle: proposal.callingAeTitle,
    applicationContextName,
    presentationContexts: contexts.map(({ abstractSyntax, transferSyntaxes }, index) => {
      if (transferSyntaxes.length === 0) {
        throw new RangeError(`Cannot propose ${abstractSyntax} without a transfer syntax`);
      }
      return { id: 2 * index + 1, abstractSyntax, transferSyntaxes };
    }),
    userInformation: {
      maximumLength: proposal.maxPduLength ?? defaultMaxPduLength,
      implementationClassUid,
      implementationVersionName,
      ...(proposal.asyncWindow && { asynchronousOperationsWindow: proposal.asyncWindow }),
      roleSelections: proposal.roles ?? [],
      sopClassExtendedNegotiations: proposal.extendedNegotiation ?? [],
      sopClassCommonExtendedNegotiations: proposal.commonExtendedNegotiation ?? [],
      ...(proposal.userIdentity && { userIdentity: proposal.userIdentity }),
    },
  };
}

/**
 * Reads what an A-ASSOCIATE-AC grants of a request.
 *
 * PS3.8 section 9.3.3. Answers to contexts that were not proposed are passed over; a proposed context
 * without an answer is not accepted.
 *
 * @param request The request.
 * @param answer The peer's answer.
 * @returns The contexts, accepted and not, in the order of the request.
 * @throws {DicomDecodeError} If the peer accepted a transfer syntax that was not offered.
 */
export function grantedContexts(
  request: AAssociateRq,
  answer: AAssociateAc,
): { accepted: AcceptedContext[]; rejected: RejectedContext[] } {
  const accepted: AcceptedContext[] = [];
  const rejected: RejectedContext[] = [];
  const answers = new Map(answer.presentationContexts.map((context) => [context.id, context]));
  for (const { id, abstractSyntax, transferSyntaxes } of request.presentationContexts) {
    const context = answers.get(id);
    if (context?.result !== 0) {
      rejected.push({ id, abstractSyntax, transferSyntaxes, result: context?.result });
    } else if (transferSyntaxes.includes(context.transferSyntax)) {
      accepted.push({ id, abstractSyntax, transferSyntax: context.transferSyntax });
    } else {
      throw new DicomDecodeError(
        "A-ASSOCIATE-AC",
        `presentation context ${id} is accepted with a transfer syntax that was not offered`,
        { offset: 0 },
      );
    }
  }
  return { accepted, rejected };
}

/**
 * Chooses the presentation context for a SOP class: the first that was accepted.
 *
 * @param sopClassUid The SOP class.
 * @param accepted The contexts that the peer accepted.
 * @param rejected The contexts that it did not accept.
 * @returns The context.
 * @throws {PresentationContextError} If there is none; says what the peer answered.
 */
export function contextFor(
  sopClassUid: string,
  accepted: readonly AcceptedContext[],
  rejected: readonly RejectedContext[],
): AcceptedContext {
  const isIt = ({ abstractSyntax }: { abstractSyntax: string }): boolean =>
    abstractSyntax === sopClassUid;
  const context = accepted.find(isIt);
  if (context !== undefined) return context;
  const refusal = rejected.find(isIt);
  throw new PresentationContextError(sopClassUid, refusal?.result, whyNoContext(refusal));
}

function whyNoContext(refusal: RejectedContext | undefined): string {
  if (refusal === undefined) return "none was proposed";
  if (refusal.result === undefined) return "the peer did not answer the proposal";
  return `the peer says: ${describeContextResult(refusal.result)} (proposed ${
    refusal.transferSyntaxes.join(", ")
  })`;
}
