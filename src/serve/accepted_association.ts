/**
 * One association from its acceptance to its end, as its acceptor.
 *
 * PS3.8 section 9.2 and PS3.7 section 9.1: C-ECHO, C-FIND and C-CANCEL; any other request is answered with
 * "unrecognized operation".
 *
 * @module
 */
import {
  CommandField,
  type CommandSet,
  dataSetFollows,
  type DimseMessage,
  encodeCommandSet,
  noDataSet,
} from "../network/dimse.ts";
import { type AcceptedContext, grantedContexts } from "../network/negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "../network/pdu.ts";
import type { PeerLink } from "../network/peer_link.ts";
import { FindFailure, type FindHandler } from "./find_handler.ts";
import { ResponseWriter } from "./response_writer.ts";

/** One association from its acceptance to its end. */
export class AcceptedAssociation {
  readonly #link: PeerLink;
  readonly #request: AAssociateRq;
  readonly #maximumLength: number;
  readonly #contexts: readonly AcceptedContext[];
  readonly #find: FindHandler;
  /** What stops each C-FIND that was asked for and is not answered to the end, by its Message ID. */
  readonly #cancels = new Map<number, AbortController>();
  #isEnding = false;
  /** Operations are served one behind the other. */
  #queue: Promise<void> = Promise.resolve();

  /** Takes over a link on which `request` was answered with `answer`. */
  constructor(link: PeerLink, request: AAssociateRq, answer: AAssociateAc, find: FindHandler) {
    this.#link = link;
    this.#request = request;
    this.#maximumLength = request.userInformation.maximumLength ?? 0;
    this.#contexts = grantedContexts(request, answer).accepted;
    this.#find = find;
  }

  /**
   * Serves until the association is over.
   *
   * @throws {AssociationAbortedError} However it ends: released, aborted, closed.
   * @throws {DicomDecodeError} If the requestor breaks the protocol.
   */
  async serve(): Promise<never> {
    try {
      for (;;) {
        const received = await this.#link.receive();
        if (Array.isArray(received)) {
          for (const message of received) this.#dispatch(message);
        } else {
          await this.#stop();
          return await this.#link.refuse(received);
        }
      }
    } finally {
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    this.#isEnding = true;
    for (const cancel of this.#cancels.values()) cancel.abort();
    await this.#queue;
  }

  #dispatch(message: DimseMessage): void {
    const { commandField, messageID = 0, messageIDBeingRespondedTo = 0 } = message.command;
    if (commandField === CommandField.CCancelRq) {
      this.#cancels.get(messageIDBeingRespondedTo)?.abort();
      return;
    }
    if (commandField === CommandField.CFindRq) this.#cancels.set(messageID, new AbortController());
    this.#queue = this.#queue.then(() => this.#respond(message)).catch((error) =>
      this.#link.abort(error)
    );
  }

  async #respond(message: DimseMessage): Promise<void> {
    if (this.#isEnding) return;
    const { command, presentationContextId } = message;
    if (command.commandField === CommandField.CFindRq) {
      return await this.#respondToFind(message);
    }
    const status = command.commandField === CommandField.CEchoRq ? 0x0000 : 0x0211;
    const responses = new ResponseWriter(this.#link, presentationContextId, this.#maximumLength);
    await responses.add(responseTo(command, status, noDataSet), undefined);
    await responses.flush();
  }

  async #respondToFind(message: DimseMessage): Promise<void> {
    const { command, presentationContextId: id, dataSet } = message;
    const responses = new ResponseWriter(this.#link, id, this.#maximumLength);
    const { messageID = 0 } = command;
    const cancel = this.#cancels.get(messageID) ?? new AbortController();
    let status = 0x0000;
    let errorComment: string | undefined;
    try {
      const context = this.#contexts.find((each) => each.id === id);
      if (context === undefined || dataSet === undefined) throw new FindFailure(0xA900);
      const pending = responseTo(command, 0xFF00, dataSetFollows);
      const matches = this.#find({
        sopClassUid: context.abstractSyntax,
        identifier: dataSet,
        transferSyntaxUid: context.transferSyntax,
        calledAeTitle: this.#request.calledAeTitle,
        callingAeTitle: this.#request.callingAeTitle,
        signal: cancel.signal,
      });
      if (Symbol.iterator in matches) {
        for (const match of matches) {
          const full = responses.add(pending, match);
          if (full !== undefined) await full;
          if (cancel.signal.aborted) break;
        }
      } else {
        for await (const match of matches) {
          await responses.add(pending, match);
          await responses.flush();
          if (cancel.signal.aborted) break;
        }
      }
      if (cancel.signal.aborted) status = 0xFE00;
    } catch (error) {
      if (!(error instanceof FindFailure)) throw error;
      status = error.status;
      errorComment = error.message === "" ? undefined : error.message;
    } finally {
      this.#cancels.delete(messageID);
    }
    if (this.#isEnding) return;
    await responses.add(responseTo(command, status, noDataSet, errorComment), undefined);
    await responses.flush();
  }
}

function responseTo(
  request: CommandSet,
  status: number,
  commandDataSetType: number,
  errorComment?: string,
): Uint8Array {
  return encodeCommandSet({
    ...(request.affectedSOPClassUID && { affectedSOPClassUID: request.affectedSOPClassUID }),
    commandField: request.commandField | 0x8000,
    messageIDBeingRespondedTo: request.messageID ?? 0,
    commandDataSetType,
    status,
    ...(errorComment !== undefined && { errorComment }),
  });
}
