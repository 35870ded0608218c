/**
 * Makes the answer of our acceptor to an A-ASSOCIATE-RQ.
 *
 * PS3.8 sections 9.3.3 and 9.3.4.
 *
 * @module
 */
import {
  applicationContextName,
  implementationClassUid,
  implementationVersionName,
  SopClass,
} from "../dicom/uid.ts";
import type { ProposedContext } from "../network/negotiation.ts";
import type {
  AAssociateAc,
  AAssociateRj,
  AAssociateRq,
  PresentationContextAc,
  PresentationContextRq,
} from "../network/pdu.ts";

/** The capabilities of the acceptor. */
export interface AcceptorCapabilities {
  /** The called AE title that is accepted; leave out to accept any. */
  readonly aeTitle?: string | undefined;
  /** SOP classes with the transfer syntaxes to choose from, best first. */
  readonly contexts: readonly ProposedContext[];
  /** The longest P-DATA-TF that is taken, in bytes; 0 means no limit. */
  readonly maxPduLength: number;
  /** Rejects a sound request; returns `undefined` to accept it. */
  readonly admit?: ((request: AAssociateRq) => AAssociateRj | undefined) | undefined;
}

/**
 * Answers an association request.
 *
 * @param request The request.
 * @param capabilities The capabilities of the acceptor.
 * @returns A-ASSOCIATE-AC with a result for each context, or A-ASSOCIATE-RJ.
 */
export function answerTo(
  request: AAssociateRq,
  capabilities: AcceptorCapabilities,
): AAssociateAc | AAssociateRj {
  const { aeTitle, contexts, maxPduLength } = capabilities;
  if ((request.protocolVersion & 1) === 0) {
    // rejected permanently, by the service-provider (ACSE), protocol version not supported
    return { type: "A-ASSOCIATE-RJ", result: 1, source: 2, reason: 2 };
  }
  if (request.applicationContextName !== applicationContextName) {
    // rejected permanently, by the service-user, application context name not supported
    return { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 2 };
  }
  if (aeTitle !== undefined && request.calledAeTitle !== aeTitle) {
    // rejected permanently, by the service-user, called AE title not recognized
    return { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 };
  }
  const rejection = capabilities.admit?.(request);
  if (rejection !== undefined) return rejection;
  const { asynchronousOperationsWindow: window } = request.userInformation;
  return {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    applicationContextName,
    presentationContexts: request.presentationContexts.map((context) =>
      answerContext(context, contexts)
    ),
    userInformation: {
      maximumLength: maxPduLength,
      implementationClassUid,
      implementationVersionName,
      // The window is one operation, whatever the requestor proposes.
      ...(window && {
        asynchronousOperationsWindow: {
          maximumNumberOperationsInvoked: 1,
          maximumNumberOperationsPerformed: 1,
        },
      }),
      roleSelections: [],
      sopClassExtendedNegotiations: request.userInformation.sopClassExtendedNegotiations
        .filter(({ sopClassUid }) => sopClassUid === SopClass.ModalityWorklistInformationModelFind)
        .map(({ sopClassUid, info }) => ({ sopClassUid, info: worklistOptions(info) })),
      sopClassCommonExtendedNegotiations: [],
    },
  };
}

/**
 * The supported options of a worklist query (PS3.4 section K.5.1.2): two reserved bytes, then neither fuzzy
 * matching of names nor times of matches in the zone of the query.
 */
function worklistOptions(asked: Uint8Array): Uint8Array {
  return Uint8Array.of(1, 1, 0, 0).subarray(0, Math.max(1, asked.length));
}

function answerContext(
  proposed: PresentationContextRq,
  supported: readonly ProposedContext[],
): PresentationContextAc {
  const context = supported.find((each) => each.abstractSyntax === proposed.abstractSyntax);
  const transferSyntax = context?.transferSyntaxes.find((uid) =>
    proposed.transferSyntaxes.includes(uid)
  );
  return {
    id: proposed.id,
    // 0 acceptance, 3 abstract syntax not supported, 4 transfer syntaxes not supported
    result: context === undefined ? 3 : transferSyntax === undefined ? 4 : 0,
    transferSyntax: transferSyntax ?? proposed.transferSyntaxes[0] ?? "",
  };
}
