/**
 * An association as its requestor: established, used for C-ECHO and C-FIND, released or aborted.
 *
 * PS3.8 sections 7 and 9.2, PS3.7 sections 9.1.2 and 9.1.5. One operation at a time. Every wait has a
 * deadline; a deadline, an aborted signal or a broken rule of the protocol ends the association, and
 * whatever waited on it is told why.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import { SopClass } from "../dicom/uid.ts";
import { connect } from "./connect.ts";
import {
  CommandField,
  type CommandSet,
  dataSetFollows,
  type DimseMessage,
  encodeCommandSet,
  encodeMessage,
  noDataSet,
  Priority,
} from "./dimse.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  DicomTimeoutError,
  DimseStatusError,
  type Endpoint,
  PresentationContextError,
} from "./errors.ts";
import type { Peculiarity } from "./message_assembler.ts";
import {
  type AcceptedContext,
  type AssociationProposal,
  defaultMaxPduLength,
  grantedContexts,
  type RejectedContext,
  requestOf,
} from "./negotiation.ts";
import { type AAssociateAc, type AAssociateRq, PduType, type UserInformation } from "./pdu.ts";
import { encodePdu } from "./pdu_encode.ts";
import type { PduFrame } from "./pdu_stream.ts";
import { PeerLink } from "./peer_link.ts";
import { describeContextResult } from "./reason.ts";
import { isPending, type StatusService } from "./status.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";
import type { TlsInfo, TlsOptions } from "./tls.ts";
import type { Direction, Trace } from "./trace.ts";

/** Options of {@linkcode associate}. */
export interface AssociateOptions extends AssociationProposal, Endpoint {
  readonly timeouts?: Timeouts | undefined;
  /** Speak TLS; leave out for a plain connection. */
  readonly tls?: TlsOptions | undefined;
  /**
   * The longest data set that is taken, in bytes.
   *
   * @default {67108864}
   */
  readonly maxMessageLength?: number | undefined;
  /** Aborts the association at any time, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of every PDU and message. */
  readonly trace?: Trace | undefined;
}

/** A C-FIND request, PS3.7 section 9.1.2. */
export interface FindRequest {
  /** The SOP class; a presentation context for it must have been accepted. */
  readonly sopClassUid: string;
  /** The encoded Identifier, or what encodes it in the transfer syntax of its context. */
  readonly identifier: Uint8Array | ((transferSyntaxUid: string) => Uint8Array);
  /**
   * One of `Priority`.
   *
   * @default {Priority.Medium}
   */
  readonly priority?: number | undefined;
  /** Aborts the association while this request is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** One match. */
export interface FindResponse {
  /** 0xFF00, or 0xFF01 where the peer did not support an optional key. */
  readonly status: number;
  /** The encoded Identifier, empty where the peer sent none. It may be kept: nothing overwrites it. */
  readonly dataSet: Uint8Array;
  readonly transferSyntaxUid: string;
}

/** How a C-FIND ended that did not fail: by Success, or by Cancel where we cancelled it. */
export interface FindEnd {
  readonly status: number;
  /** What the peer did on this association that the standard does not allow, and how often. */
  readonly peculiarities: ReadonlyMap<Peculiarity, number>;
}

/** How a release went; whatever it says, what was received before is whole. */
export type ReleaseOutcome = "released" | "aborted" | "closed" | "timed out";

/**
 * Connects to a peer and establishes an association.
 *
 * PS3.8 section 7.1.
 *
 * @param options The peer, what is proposed to it, deadlines.
 * @returns The association: release it, or hold it with `await using`.
 * @throws {ConnectError} If there is no connection; `TlsError` if only TLS failed.
 * @throws {AssociationRejectedError} If the peer rejects it.
 * @throws {AssociationAbortedError} If the peer aborts or closes the connection instead.
 * @throws {DicomTimeoutError} If a deadline passes; its phase is "connect", "associate" or "network".
 * @throws {DicomDecodeError} If the peer does not speak DICOM.
 */
export async function associate(options: AssociateOptions): Promise<Association> {
  const { host, port, tls, signal, trace, maxMessageLength } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const request = requestOf(options);
  const requestBytes = encodePdu(request);
  const connection = await connect({ host, port, tls, signal, connectMs: timeouts.connectMs });
  const link = new PeerLink(connection, {
    endpoint: { host, port },
    maxPduLength: options.maxPduLength ?? defaultMaxPduLength,
    maxMessageLength,
    networkMs: timeouts.networkMs,
    trace,
  });
  const onAbort = (): void => void link.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  link.whenEnded(() => signal?.removeEventListener("abort", onAbort));
  if (signal?.aborted) onAbort();
  link.setDeadline("associate", timeouts.associateMs);
  await link.write(requestBytes);
  const answer = await receiveAnswer(link, request, options);
  link.liftDeadline();
  link.state = "transfer";
  return await Association.accepted(link, request, answer, timeouts, trace);
}

/** Waits for A-ASSOCIATE-AC; anything else is an error and ends the link. */
async function receiveAnswer(
  link: PeerLink,
  request: AAssociateRq,
  endpoint: Endpoint,
): Promise<AAssociateAc> {
  const frame = await link.receiveFrame();
  const pdu = await link.decode(frame);
  switch (pdu.type) {
    case "A-ASSOCIATE-AC":
      return pdu;
    case "A-ASSOCIATE-RJ": {
      const { calledAeTitle, callingAeTitle } = request;
      const error = new AssociationRejectedError(pdu, {
        host: endpoint.host,
        port: endpoint.port,
        calledAeTitle,
        callingAeTitle,
      });
      await link.close(error);
      throw error;
    }
    default:
      return await refuseOrEnd(link, frame);
  }
}

/** An established association. */
export class Association {
  /** The presentation contexts that may be used. */
  readonly acceptedContexts: readonly AcceptedContext[];
  /** The presentation contexts that the peer did not accept, with its reasons. */
  readonly rejectedContexts: readonly RejectedContext[];
  /** What the acceptor said about itself: maximum length, implementation, extended negotiation. */
  readonly acceptor: UserInformation;
  /** What TLS agreed on, with the expiry of the peer's certificate; absent without TLS. */
  readonly tls: TlsInfo | undefined;
  readonly #link: PeerLink;
  readonly #timeouts: Required<Timeouts>;
  readonly #trace: Trace | undefined;
  #lastMessageId = 0;
  /** The operation under way; there is at most one. */
  #running: { messageId: number; context: AcceptedContext; cancelled: boolean } | undefined;
  #releasing: Promise<ReleaseOutcome> | undefined;

  private constructor(
    link: PeerLink,
    contexts: { accepted: AcceptedContext[]; rejected: RejectedContext[] },
    acceptor: UserInformation,
    timeouts: Required<Timeouts>,
    trace: Trace | undefined,
  ) {
    this.#link = link;
    this.acceptedContexts = contexts.accepted;
    this.rejectedContexts = contexts.rejected;
    this.acceptor = acceptor;
    this.tls = link.tls;
    this.#timeouts = timeouts;
    this.#trace = trace;
  }

  /** Starts with what A-ASSOCIATE-AC granted; called by {@linkcode associate}. */
  static async accepted(
    link: PeerLink,
    request: AAssociateRq,
    answer: AAssociateAc,
    timeouts: Required<Timeouts>,
    trace: Trace | undefined,
  ): Promise<Association> {
    try {
      const contexts = grantedContexts(request, answer);
      return new Association(link, contexts, answer.userInformation, timeouts, trace);
    } catch (error) {
      await link.abort(error);
      throw error;
    }
  }

  /** Whether the association is over, by whichever side. */
  get ended(): boolean {
    return this.#link.ended;
  }

  /**
   * Sends a C-ECHO request and waits for its response.
   *
   * PS3.7 section 9.1.5.
   *
   * @throws {PresentationContextError} If no context for Verification was accepted.
   * @throws {DimseStatusError} If the status is not Success.
   * @throws {DicomTimeoutError} If the response does not come in time.
   * @throws {AssociationAbortedError} If the association ends instead.
   */
  async echo(): Promise<void> {
    const running = this.#begin(SopClass.Verification);
    try {
      await this.#send(running, {
        affectedSOPClassUID: SopClass.Verification,
        commandField: CommandField.CEchoRq,
        messageID: running.messageId,
        commandDataSetType: noDataSet,
      });
      const [response] = await this.#receive(running, CommandField.CEchoRsp);
      if (response !== undefined) throwUnlessSuccess("C-ECHO", "verification", response.command);
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * Sends a C-FIND request and yields its matches as they come.
   *
   * PS3.7 section 9.1.2. Each batch is what one read of the connection completed, so that ten
   * thousand matches take a dozen turns. Nothing is read ahead of the consumer. Leaving the loop early
   * cancels the request: C-CANCEL, a brief wait for the end, else A-ABORT.
   *
   * @param request What to ask.
   * @returns Batches of matches, at least one each; the generator's return value tells the end.
   * @throws {PresentationContextError} If no context for the SOP class was accepted.
   * @throws {DimseStatusError} If the final status is not Success, after the matches before it.
   * @throws {DicomTimeoutError} If a response does not come in time.
   * @throws {AssociationAbortedError} If the association ends before the final response.
   * @throws {DicomDecodeError} If the peer breaks the protocol.
   */
  async *find(request: FindRequest): AsyncGenerator<FindResponse[], FindEnd> {
    const { sopClassUid, identifier, priority = Priority.Medium, signal } = request;
    signal?.throwIfAborted();
    const running = this.#begin(sopClassUid);
    const { transferSyntax } = running.context;
    const onAbort = (): void => void this.#link.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let sent = false;
    let ended = false;
    try {
      const dataSet = typeof identifier === "function" ? identifier(transferSyntax) : identifier;
      sent = true;
      await this.#send(running, {
        affectedSOPClassUID: sopClassUid,
        commandField: CommandField.CFindRq,
        messageID: running.messageId,
        priority,
        commandDataSetType: dataSetFollows,
      }, dataSet);
      for (;;) {
        const messages = await this.#receive(running, CommandField.CFindRsp);
        const responses: FindResponse[] = [];
        let final: CommandSet | undefined;
        for (const { command, dataSet = noBytes } of messages) {
          if (isPending(command.status)) {
            responses.push({
              status: command.status ?? 0xFF00,
              dataSet,
              transferSyntaxUid: transferSyntax,
            });
          } else {
            final = command;
            break;
          }
        }
        ended = final !== undefined;
        if (responses.length > 0) yield responses;
        if (final !== undefined) {
          const cancelled = running.cancelled && final.status === 0xFE00;
          if (!cancelled) throwUnlessSuccess("C-FIND", serviceOf(sopClassUid), final);
          return { status: final.status ?? 0, peculiarities: this.#link.peculiarities };
        }
      }
    } finally {
      if (sent && !ended) await this.#abandon(running);
      this.#running = undefined;
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Cancels the C-FIND under way: its matches go on until the peer ends them, `cancelMs` at most.
   *
   * PS3.7 section 9.3.2.3. Does nothing where no C-FIND is under way.
   */
  async cancel(): Promise<void> {
    const running = this.#running;
    if (running === undefined || running.cancelled || this.#link.ended) return;
    running.cancelled = true;
    this.#link.setDeadline("cancel", this.#timeouts.cancelMs);
    await this.#write(running.context, {
      commandField: CommandField.CCancelRq,
      messageIDBeingRespondedTo: running.messageId,
      commandDataSetType: noDataSet,
    });
  }

  /**
   * Releases the association and closes the connection, within `releaseMs`.
   *
   * PS3.8 section 7.2. Never fails: data during release is dropped, a release collision is answered, and
   * a peer that aborts, closes or says nothing ends it just as well.
   *
   * @returns How it went.
   */
  release(): Promise<ReleaseOutcome> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<ReleaseOutcome> {
    const link = this.#link;
    if (link.ended) return "closed";
    if (this.#running !== undefined) {
      await this.abort();
      return "aborted";
    }
    link.state = "release";
    link.setDeadline("release", this.#timeouts.releaseMs);
    let outcome: ReleaseOutcome = "released";
    try {
      await link.write(encodePdu({ type: "A-RELEASE-RQ" }));
      for (;;) {
        const frame = await link.receiveFrame();
        if (frame.type === PduType.AReleaseRp) break;
        if (frame.type === PduType.AReleaseRq) {
          await link.write(encodePdu({ type: "A-RELEASE-RP" }));
        } else if (frame.type === PduType.AAbort) {
          outcome = "aborted";
          break;
        }
      }
    } catch (error) {
      outcome = error instanceof DicomTimeoutError ? "timed out" : "closed";
    }
    await link.close(closedError());
    return outcome;
  }

  /** Aborts the association, PS3.8 section 7.3; whatever waits on it fails. */
  abort(): Promise<void> {
    return this.#link.abort(closedError());
  }

  /** Releases the association. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #begin(sopClassUid: string): { messageId: number; context: AcceptedContext; cancelled: boolean } {
    if (this.#running !== undefined) {
      throw new Error("Cannot begin an operation while another is under way on this association");
    }
    const context = this.acceptedContexts.find((each) => each.abstractSyntax === sopClassUid);
    if (context === undefined) throw this.#noContext(sopClassUid);
    this.#lastMessageId = this.#lastMessageId % 0xFFFF + 1;
    this.#running = { messageId: this.#lastMessageId, context, cancelled: false };
    return this.#running;
  }

  #noContext(sopClassUid: string): PresentationContextError {
    const rejected = this.rejectedContexts.find((each) => each.abstractSyntax === sopClassUid);
    const why = rejected === undefined
      ? "none was proposed"
      : rejected.result === undefined
      ? "the peer did not answer the proposal"
      : `the peer says: ${describeContextResult(rejected.result)} (proposed ${
        rejected.transferSyntaxes.join(", ")
      })`;
    return new PresentationContextError(sopClassUid, rejected?.result, why);
  }

  async #send(
    { context }: { context: AcceptedContext },
    command: CommandSet,
    dataSet?: Uint8Array,
  ): Promise<void> {
    this.#link.setDeadline("response", this.#timeouts.responseMs);
    await this.#write(context, command, dataSet);
  }

  async #write(context: AcceptedContext, command: CommandSet, dataSet?: Uint8Array): Promise<void> {
    const { id } = context;
    this.#traceMessage("sent", context, { command, presentationContextId: id, dataSet });
    const maximumLength = this.acceptor.maximumLength ?? 0;
    await this.#link.write(encodeMessage(id, encodeCommandSet(command), dataSet, maximumLength));
  }

  /** Waits for responses to the running operation: at least one. */
  async #receive(
    running: { messageId: number; context: AcceptedContext; cancelled: boolean },
    commandField: number,
  ): Promise<DimseMessage[]> {
    const link = this.#link;
    if (!running.cancelled) link.setDeadline("response", this.#timeouts.responseMs);
    const received = await link.receive();
    if (!running.cancelled) link.liftDeadline();
    if (!Array.isArray(received)) return await refuseOrEnd(link, received);
    for (const message of received) {
      this.#traceMessage("received", running.context, message);
      const error = faultOf(message, running, commandField);
      if (error !== undefined) {
        await link.abort(error);
        throw error;
      }
    }
    return received;
  }

  #traceMessage(direction: Direction, context: AcceptedContext, message: DimseMessage): void {
    const { transferSyntax: transferSyntaxUid } = context;
    this.#trace?.({ kind: "message", direction, message, transferSyntaxUid });
  }

  /** The consumer left before the end: C-CANCEL, drain briefly, else A-ABORT. */
  async #abandon(
    running: { messageId: number; context: AcceptedContext; cancelled: boolean },
  ): Promise<void> {
    if (this.#link.ended) return;
    try {
      await this.cancel();
      for (;;) {
        const messages = await this.#receive(running, CommandField.CFindRsp);
        if (messages.some(({ command }) => !isPending(command.status))) break;
      }
      this.#link.liftDeadline();
    } catch {
      await this.abort();
    }
  }
}

const noBytes = new Uint8Array(0);

function closedError(): AssociationAbortedError {
  return new AssociationAbortedError({ source: "local", reason: 0, state: "transfer" });
}

/** Which of PS3.4's status tables a SOP class has. */
function serviceOf(sopClassUid: string): StatusService {
  if (sopClassUid === SopClass.ModalityWorklistInformationModelFind) return "worklist";
  if (sopClassUid === SopClass.UnifiedProcedureStepPull) return "ups";
  return "query-retrieve";
}

function throwUnlessSuccess(operation: string, service: StatusService, command: CommandSet): void {
  const { status, errorComment, offendingElement } = command;
  if (status === undefined || status === 0x0000) return;
  throw new DimseStatusError(operation, service, { status, errorComment, offendingElement });
}

/** What is wrong with a response, if anything. */
function faultOf(
  { command, presentationContextId }: DimseMessage,
  running: { messageId: number; context: AcceptedContext },
  commandField: number,
): DicomDecodeError | undefined {
  const fault = (tag: number, message: string): DicomDecodeError =>
    new DicomDecodeError("command set", message, { offset: 0, tag });
  if (command.commandField !== commandField) {
    return fault(
      0x00000100,
      `Command Field is 0x${command.commandField.toString(16)} where the response to our request ` +
        `would be 0x${commandField.toString(16)}`,
    );
  }
  if (command.messageIDBeingRespondedTo !== running.messageId) {
    return fault(
      0x00000120,
      `Message ID Being Responded To is ${command.messageIDBeingRespondedTo} where our request has ` +
        `${running.messageId}`,
    );
  }
  if (command.status === undefined) return fault(0x00000900, "Status is missing");
  if (presentationContextId !== running.context.id) {
    return new DicomDecodeError(
      "P-DATA-TF",
      `the response is in context ${presentationContextId}, the request in ${running.context.id}`,
      { offset: 0 },
    );
  }
  return undefined;
}

/** Ends the link on a PDU that ends the association or must not come now; always throws. */
async function refuseOrEnd(link: PeerLink, frame: PduFrame): Promise<never> {
  const pdu = await link.decode(frame);
  if (pdu.type === "A-ABORT") {
    const { source, reason } = pdu;
    const error = new AssociationAbortedError({ source, reason, state: link.state });
    await link.close(error);
    throw error;
  }
  if (pdu.type === "A-RELEASE-RQ" && link.state === "transfer") {
    await link.write(encodePdu({ type: "A-RELEASE-RP" }));
    const error = new AssociationAbortedError({ source: "released", reason: 0, state: link.state });
    await link.close(error);
    throw error;
  }
  return await link.refuse(frame);
}
