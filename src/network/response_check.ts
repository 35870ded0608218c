/**
 * Checks that a response is the awaited one, and that its status is Success.
 *
 * PS3.7 sections 9.3 and Annex C.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import { SopClass } from "../dicom/uid.ts";
import type { CommandSet, DimseMessage } from "./dimse.ts";
import { DimseStatusError } from "./errors.ts";
import type { AcceptedContext } from "./negotiation.ts";
import type { StatusService } from "./status.ts";

/** A request that was sent and not answered to the end. */
export interface Operation {
  readonly messageId: number;
  readonly context: AcceptedContext;
  /** The Command Field of its responses. */
  readonly responseField: number;
  /** True once C-CANCEL was sent for it. */
  cancelled: boolean;
}

/**
 * Says what is wrong with a response to an operation.
 *
 * @param message The received message.
 * @param operation The operation that it should answer.
 * @returns The fault, or `undefined`: then the response has a status.
 */
export function faultOf(
  { command, presentationContextId }: DimseMessage,
  operation: Operation,
): DicomDecodeError | undefined {
  const { messageId, context, responseField } = operation;
  if (command.commandField !== responseField) {
    return fault(
      0x00000100,
      `Command Field is 0x${command.commandField.toString(16)} where the response to our request ` +
        `would be 0x${responseField.toString(16)}`,
    );
  }
  if (command.messageIDBeingRespondedTo !== messageId) {
    return fault(
      0x00000120,
      `Message ID Being Responded To is ${command.messageIDBeingRespondedTo ?? "missing"} where ` +
        `our request has ${messageId}`,
    );
  }
  if (command.status === undefined) return fault(0x00000900, "Status is missing");
  if (presentationContextId !== context.id) {
    return new DicomDecodeError(
      "P-DATA-TF",
      `the response is in context ${presentationContextId}, the request in ${context.id}`,
      { offset: 0 },
    );
  }
  return undefined;
}

function fault(tag: number, message: string): DicomDecodeError {
  return new DicomDecodeError("command set", message, { offset: 0, tag });
}

/**
 * Throws what a final response says went wrong.
 *
 * @param operation Its name for the message of the error, such as "C-FIND".
 * @param sopClassUid The service whose table of statuses explains it.
 * @param command The command set of the response.
 * @throws {DimseStatusError} If the status is not Success.
 */
export function throwUnlessSuccess(
  operation: string,
  sopClassUid: string,
  command: CommandSet,
): void {
  const { status, errorComment, offendingElement } = command;
  if (status === undefined || status === 0x0000) return;
  const response = { status, errorComment, offendingElement };
  throw new DimseStatusError(operation, serviceOf(sopClassUid), response);
}

function serviceOf(sopClassUid: string): StatusService {
  switch (sopClassUid) {
    case SopClass.Verification:
      return "verification";
    case SopClass.ModalityWorklistInformationModelFind:
      return "worklist";
    case SopClass.UnifiedProcedureStepPull:
      return "ups";
    default:
      return "query-retrieve";
  }
}
