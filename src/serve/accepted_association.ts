// Touches the world: clock.
/**
 * One association from its acceptance to its end, as its acceptor.
 *
 * PS3.8 section 9.2 and PS3.7 section 9.1: C-ECHO, C-FIND and C-CANCEL. Any other request is answered with
 * "unrecognized operation". Operations are served one after the other.
 *
 * @module
 */
import { Deadline } from "../network/deadline.ts";
import {
  CommandField,
  type CommandSet,
  dataSetFollows,
  type DimseMessage,
  encodeCommandSet,
  noDataSet,
} from "../network/dimse.ts";
import { DicomTimeoutError, type Endpoint } from "../network/errors.ts";
import { type AcceptedContext, grantedContexts } from "../network/negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "../network/pdu.ts";
import type { PeerLink } from "../network/peer_link.ts";
import { FindFailure, type FindHandler, type FindStep } from "./find_handler.ts";
import { ResponseWriter } from "./response_writer.ts";
import { turnMs, type Turns } from "./turns.ts";

/** The options of an {@linkcode AcceptedAssociation}. */
export interface AcceptedAssociationOptions {
  readonly find: FindHandler;
  /** The requestor. */
  readonly endpoint: Endpoint;
  readonly turns: Turns;
  /** The time that the requestor may be silent between two operations, in milliseconds. */
  readonly idleMs: number;
  /** The time that the requestor may take to read written bytes, in milliseconds. */
  readonly writeMs: number;
}

/** The most requests that wait. More end the association, because the window is one operation. */
const mostWaiting = 16;

/** One association from its acceptance to its end. */
export class AcceptedAssociation {
  readonly #link: PeerLink;
  readonly #request: AAssociateRq;
  readonly #maximumLength: number;
  readonly #contexts: readonly AcceptedContext[];
  readonly #options: AcceptedAssociationOptions;
  readonly #user: string;
  /** Cancels a C-FIND that is not answered to its end, by its Message ID. */
  readonly #cancels = new Map<number, AbortController>();
  readonly #idle: Deadline;
  readonly #writing: Deadline;
  #waiting = 0;
  #idleSince = performance.now();
  #isEnding = false;
  #queue: Promise<void> = Promise.resolve();

  /** Takes over a link on which `request` was answered with `answer`. */
  constructor(
    link: PeerLink,
    request: AAssociateRq,
    answer: AAssociateAc,
    options: AcceptedAssociationOptions,
  ) {
    this.#link = link;
    this.#request = request;
    this.#maximumLength = request.userInformation.maximumLength ?? 0;
    this.#contexts = grantedContexts(request, answer).accepted;
    this.#options = options;
    this.#user = `${options.endpoint.host} ${request.callingAeTitle}`;
    const { endpoint, idleMs, writeMs } = options;
    const end = (ms: number): void =>
      void link.abort(new DicomTimeoutError("network", ms, endpoint));
    this.#idle = new Deadline(() => end(idleMs));
    this.#writing = new Deadline(() => end(writeMs));
  }

  /** The time without a request, in milliseconds; 0 during an operation. */
  get idleMs(): number {
    return this.#waiting > 0 ? 0 : performance.now() - this.#idleSince;
  }

  /** Ends the association with an A-ABORT. */
  abort(error: unknown): Promise<void> {
    return this.#link.abort(error);
  }

  /**
   * Serves the association until it ends.
   *
   * @throws {AssociationAbortedError} At every end: released, aborted or closed.
   * @throws {DicomDecodeError} If the requestor breaks the protocol.
   */
  async serve(): Promise<never> {
    this.#idle.set(this.#options.idleMs);
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
      this.#idle.close();
      this.#writing.close();
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
    if (this.#waiting >= mostWaiting) {
      void this.#link.abort(
        new FindFailure(0xA700, `more than ${mostWaiting} requests wait for their answers`),
      );
      return;
    }
    if (commandField === CommandField.CFindRq) this.#cancels.set(messageID, new AbortController());
    this.#waiting++;
    this.#idle.lift();
    this.#queue = this.#queue.then(() => this.#respond(message))
      .catch((error) => this.#link.abort(error))
      .finally(() => this.#answered());
  }

  #answered(): void {
    if (--this.#waiting > 0 || this.#isEnding) return;
    this.#idleSince = performance.now();
    this.#idle.set(this.#options.idleMs);
  }

  async #respond(message: DimseMessage): Promise<void> {
    if (this.#isEnding) return;
    const { command, presentationContextId } = message;
    if (command.commandField === CommandField.CFindRq) {
      return await this.#respondToFind(message);
    }
    const status = command.commandField === CommandField.CEchoRq ? 0x0000 : 0x0211;
    const responses = this.#responsesIn(presentationContextId);
    await responses.add(responseTo(command, status, noDataSet), undefined);
    await responses.flush();
  }

  #responsesIn(contextId: number): ResponseWriter {
    return new ResponseWriter(contextId, this.#maximumLength, async (bytes) => {
      this.#writing.set(this.#options.writeMs);
      try {
        await this.#link.write(bytes);
      } finally {
        this.#writing.lift();
      }
    });
  }

  async #respondToFind(message: DimseMessage): Promise<void> {
    const { command, presentationContextId: id, dataSet } = message;
    const responses = this.#responsesIn(id);
    const { messageID = 0 } = command;
    const cancel = this.#cancels.get(messageID) ?? new AbortController();
    let status = 0x0000;
    let errorComment: string | undefined;
    try {
      const context = this.#contexts.find((each) => each.id === id);
      if (context === undefined || dataSet === undefined) throw new FindFailure(0xA900);
      const steps = this.#options.find({
        sopClassUid: context.abstractSyntax,
        identifier: dataSet,
        transferSyntaxUid: context.transferSyntax,
        calledAeTitle: this.#request.calledAeTitle,
        callingAeTitle: this.#request.callingAeTitle,
        address: this.#options.endpoint.host,
        signal: cancel.signal,
      });
      await this.#sendMatches(command, steps, responses, cancel.signal);
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

  async #sendMatches(
    command: CommandSet,
    steps: ReturnType<FindHandler>,
    responses: ResponseWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const pending = responseTo(command, 0xFF00, dataSetFollows);
    const warning = responseTo(command, 0xFF01, dataSetFollows);
    const add = (step: FindStep): Promise<void> | undefined => {
      if (step === undefined) return undefined;
      if (step instanceof Uint8Array) return responses.add(pending, step);
      return responses.add(step.status === 0xFF01 ? warning : pending, step.identifier);
    };
    if (!(Symbol.iterator in steps)) {
      for await (const step of steps) {
        await add(step);
        await responses.flush();
        if (signal.aborted) return;
      }
      return;
    }
    const { turns } = this.#options;
    let began = performance.now();
    try {
      for (const step of steps) {
        const written = add(step);
        const now = performance.now();
        if (written !== undefined || now - began >= turnMs) {
          turns.used(this.#user, now - began);
          await written;
          await turns.next(this.#user);
          began = performance.now();
        }
        if (signal.aborted) return;
      }
    } finally {
      turns.used(this.#user, performance.now() - began);
    }
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
