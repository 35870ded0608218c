/**
 * An association as its requestor: established, used for C-ECHO and C-FIND, released or aborted.
 *
 * PS3.8 sections 7 and 9.2, PS3.7 sections 9.1.2 and 9.1.5. One operation at a time. Every wait has a
 * deadline; a deadline, an aborted signal or a broken rule of the protocol ends the association, and
 * every pending wait fails with the reason.
 *
 * @module
 */
import type { DicomDecodeError } from "../dicom/errors.ts";
import { SopClass } from "../dicom/uid.ts";
import {
  CommandField,
  type CommandSet,
  dataSetFollows,
  type DimseMessage,
  encodeCommandSet,
  noDataSet,
  Priority,
} from "./dimse.ts";
import { AssociationAbortedError } from "./errors.ts";
import type { Peculiarity } from "./message_assembler.ts";
import { encodeMessage } from "./message_encode.ts";
import {
  type AcceptedContext,
  contextFor,
  grantedContexts,
  type RejectedContext,
} from "./negotiation.ts";
import type { AAssociateAc, AAssociateRq, UserInformation } from "./pdu.ts";
import type { PeerLink } from "./peer_link.ts";
import { type ReleaseOutcome, requestRelease } from "./release.ts";
import { faultOf, type Operation, throwUnlessSuccess } from "./response_check.ts";
import { isPending } from "./status.ts";
import type { CancelledEnd, CompleteEnd } from "./query_end.ts";
import type { Timeouts } from "./timeouts.ts";
import type { TlsInfo } from "./tls.ts";
import type { Direction, Trace } from "./trace.ts";

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
  /**
   * True if the caller uses a match only until it asks for the next batch. The bytes are overwritten then, and
   * memory does not grow with the number of matches.
   *
   * @default {false}
   */
  readonly isTransient?: boolean | undefined;
}

/** One match. */
export interface FindResponse {
  /** 0xFF00, or 0xFF01 where the peer did not support an optional key. */
  readonly status: number;
  /**
   * The encoded Identifier, empty where the peer sent none. It may be kept, unless the request said that
   * matches are transient.
   */
  readonly dataSet: Uint8Array;
  /** The UID of the transfer syntax in which `dataSet` is encoded. */
  readonly transferSyntaxUid: string;
  /** The length of an Identifier that was longer than the limit and dropped; `dataSet` is empty then. */
  readonly droppedBytes?: number | undefined;
}

/** The end of a C-FIND that did not fail: Success, or Cancel if we cancelled it. */
export type FindEnd = (CompleteEnd | CancelledEnd) & {
  /** Deviations of the peer from the standard on this association, with their counts. */
  readonly peculiarities: ReadonlyMap<Peculiarity, number>;
};

/** An established association. */
export class Association {
  /** The presentation contexts that may be used. */
  readonly acceptedContexts: readonly AcceptedContext[];
  /** The presentation contexts that the peer did not accept, with its reasons. */
  readonly rejectedContexts: readonly RejectedContext[];
  /** The acceptor's user information: maximum length, implementation, extended negotiation. */
  readonly acceptor: UserInformation;
  /** The result of the TLS handshake, with the expiry of the peer's certificate; absent without TLS. */
  readonly tls: TlsInfo | undefined;
  readonly #link: PeerLink;
  readonly #timeouts: Required<Timeouts>;
  readonly #trace: Trace | undefined;
  #lastMessageId = 0;
  /** The operation under way; there is at most one. */
  #running: Operation | undefined;
  /** A fault found after responses that the caller has not taken yet. */
  #heldFault: DicomDecodeError | undefined;
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

  /**
   * Starts with what A-ASSOCIATE-AC granted; called by {@linkcode associate}.
   *
   * @internal
   */
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

  /** True once the association is over, by either side. */
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
    const running = this.#begin(SopClass.Verification, CommandField.CEchoRq);
    try {
      await this.#send(running, {
        affectedSOPClassUID: SopClass.Verification,
        commandField: CommandField.CEchoRq,
        messageID: running.messageId,
        commandDataSetType: noDataSet,
      });
      const [response] = await this.#receive(running);
      if (response !== undefined) {
        throwUnlessSuccess("C-ECHO", SopClass.Verification, response.command);
      }
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * Sends a C-FIND request and yields its matches as they come.
   *
   * PS3.7 section 9.1.2. Each batch is what one read of the connection completed, so that ten
   * thousand matches take a dozen turns. Nothing is read ahead of the consumer. Leaving the loop early
   * cancels the request: C-CANCEL, a brief wait for the end, otherwise A-ABORT.
   *
   * @param request The query.
   * @returns Batches of matches, at least one each; the generator's return value describes the end.
   * @throws {PresentationContextError} If no context for the SOP class was accepted.
   * @throws {DimseStatusError} If the final status is not Success, after the matches before it.
   * @throws {DicomTimeoutError} If a response does not come in time.
   * @throws {AssociationAbortedError} If the association ends before the final response.
   * @throws {DicomDecodeError} If the peer breaks the protocol.
   */
  async *find(request: FindRequest): AsyncGenerator<FindResponse[], FindEnd> {
    const { sopClassUid, identifier, priority = Priority.Medium, signal } = request;
    const { isTransient = false } = request;
    signal?.throwIfAborted();
    const running = this.#begin(sopClassUid, CommandField.CFindRq);
    const { transferSyntax } = running.context;
    const onAbort = (): void => void this.#link.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let sent = false;
    let ended = false;
    this.#link.keepReceived();
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
        const messages = await this.#receive(running, isTransient);
        const end = messages.findIndex(({ command }) => !isPending(command.status));
        const final = messages[end]?.command;
        const pending = end < 0 ? messages : messages.slice(0, end);
        const responses = pending.map(
          ({ command, dataSet = noBytes, droppedBytes }): FindResponse => ({
            status: command.status ?? 0xFF00,
            dataSet,
            transferSyntaxUid: transferSyntax,
            droppedBytes,
          }),
        );
        ended = final !== undefined;
        if (responses.length > 0) yield responses;
        if (final !== undefined) {
          const cancelled = running.cancelled && final.status === 0xFE00;
          if (!cancelled) throwUnlessSuccess("C-FIND", sopClassUid, final);
          const { status = 0 } = final;
          const { peculiarities } = this.#link;
          return { ending: status === 0 ? "complete" : "cancelled", status, peculiarities };
        }
      }
    } finally {
      if (sent && !ended) await this.#abandon(running);
      this.#link.liftDeadline();
      this.#running = undefined;
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** True if {@linkcode find} has more to yield without waiting for the peer. */
  get hasReceived(): boolean {
    return this.#link.hasReceived;
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
   * @returns The outcome.
   */
  release(): Promise<ReleaseOutcome> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<ReleaseOutcome> {
    if (this.#link.ended) return "closed";
    if (this.#running !== undefined) {
      await this.abort();
      return "aborted";
    }
    const outcome = await requestRelease(this.#link, this.#timeouts.releaseMs);
    await this.#link.close(endedByUs());
    return outcome;
  }

  /** Aborts the association, PS3.8 section 7.3; whatever waits on it fails. */
  abort(): Promise<void> {
    return this.#link.abort(endedByUs());
  }

  /** Releases the association. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #begin(sopClassUid: string, requestField: number): Operation {
    if (this.#running !== undefined) {
      throw new Error("Cannot begin an operation while another is under way on this association");
    }
    const context = contextFor(sopClassUid, this.acceptedContexts, this.rejectedContexts);
    this.#lastMessageId = this.#lastMessageId % 0xFFFF + 1;
    this.#running = {
      messageId: this.#lastMessageId,
      context,
      responseField: requestField | 0x8000,
      cancelled: false,
    };
    return this.#running;
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

  /** Waits for responses to the running operation: at least one, up to the first that is wrong. */
  async #receive(running: Operation, isLastDone: boolean = false): Promise<DimseMessage[]> {
    const link = this.#link;
    if (this.#heldFault !== undefined) return await this.#endBy(this.#heldFault);
    if (!running.cancelled) link.setDeadline("response", this.#timeouts.responseMs);
    const received = await link.receive(isLastDone);
    if (!running.cancelled) link.liftDeadline();
    if (!Array.isArray(received)) return await link.refuse(received);
    for (const [index, message] of received.entries()) {
      this.#traceMessage("received", running.context, message);
      const fault = faultOf(message, running);
      if (fault === undefined) continue;
      if (index === 0) return await this.#endBy(fault);
      this.#heldFault = fault;
      return received.slice(0, index);
    }
    return received;
  }

  async #endBy(fault: DicomDecodeError): Promise<never> {
    await this.#link.abort(fault);
    throw fault;
  }

  #traceMessage(direction: Direction, context: AcceptedContext, message: DimseMessage): void {
    const { transferSyntax: transferSyntaxUid } = context;
    this.#trace?.({ kind: "message", direction, message, transferSyntaxUid });
  }

  /** The consumer left before the end: C-CANCEL, drain briefly, otherwise A-ABORT. */
  async #abandon(running: Operation): Promise<void> {
    if (this.#link.ended) return;
    try {
      await this.cancel();
      // The caller may keep what it has got; nobody looks at what still comes.
      this.#link.keepReceived();
      for (;;) {
        const messages = await this.#receive(running, true);
        if (messages.some(({ command }) => !isPending(command.status))) return;
      }
    } catch {
      await this.abort();
    }
  }
}

const noBytes = new Uint8Array(0);

function endedByUs(): AssociationAbortedError {
  return new AssociationAbortedError({ source: "local", reason: 0, state: "transfer" });
}
