// Touches the world: reads and writes a connection.
/**
 * A connection to a peer as PDUs and messages, with deadlines, for requestor and acceptor alike.
 *
 * PS3.8 section 9. The first failure ends the link and is what every pending and later call throws:
 * closing the connection is the one thing that wakes a pending read.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { Deadline } from "./deadline.ts";
import type { DimseMessage } from "./dimse.ts";
import {
  AssociationAbortedError,
  type AssociationEnd,
  type AssociationState,
  ConnectError,
  DicomTimeoutError,
  type Endpoint,
  type TimeoutPhase,
} from "./errors.ts";
import { MessageAssembler, type Peculiarity } from "./message_assembler.ts";
import { type Pdu, PduType } from "./pdu.ts";
import { decodePdu } from "./pdu_decode.ts";
import { encodePdu } from "./pdu_encode.ts";
import { type PduFrame, PduStream } from "./pdu_stream.ts";
import type { TlsInfo } from "./tls.ts";
import type { Direction, Trace } from "./trace.ts";

/** Options of {@linkcode PeerLink}. */
export interface PeerLinkOptions {
  /** The parties, for messages. */
  readonly endpoint: Endpoint;
  /** The maximum length that we announced, in bytes; 0 announced no limit. */
  readonly maxPduLength: number;
  /**
   * The longest command set or data set that is taken, in bytes.
   *
   * @default {67108864}
   */
  readonly maxMessageLength?: number | undefined;
  /**
   * The time that the peer may be silent while something is awaited, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly networkMs?: number | undefined;
  readonly trace?: Trace | undefined;
}

/**
 * The messages that are taken at once if each is used at once. Thousands would still be there when memory is
 * cleared, and each time that happens V8 makes room for more of them.
 */
const fewMessages = 32;

/** The time that a peer that does not read has to take our A-ABORT, in milliseconds. */
const abortMs = 500;

/** Source and reason of A-ABORT, PS3.8 Table 9-26. */
interface AbortReason {
  readonly source: number;
  readonly reason: number;
}
const byUser: AbortReason = { source: 0, reason: 0 };
const unexpectedPdu: AbortReason = { source: 2, reason: 2 };
const invalidPduParameter: AbortReason = { source: 2, reason: 6 };

/** One connection, read PDU by PDU or message by message. */
export class PeerLink {
  /** The operation under way, for the message of an error. */
  state: AssociationState = "associate";
  readonly #connection: ByteConnection;
  readonly #endpoint: Endpoint;
  readonly #stream: PduStream;
  readonly #assembler: MessageAssembler;
  readonly #networkMs: number;
  readonly #trace: Trace | undefined;
  readonly #phaseDeadline = new Deadline(() => this.#onPassed(this.#phase, this.#phaseMs));
  readonly #networkDeadline = new Deadline(() => this.#onPassed("network", this.#networkMs));
  #phase: TimeoutPhase = "associate";
  #phaseMs = Infinity;
  /** Messages that were one too many at once. */
  #heldMessages: DimseMessage[] = [];
  /** A PDU that is no P-DATA-TF and came after messages that the caller has not taken yet. */
  #heldFrame: PduFrame | undefined;
  /** A fault after messages that the caller has not taken yet. */
  #heldError: DicomDecodeError | undefined;
  readonly #endListeners: (() => void)[] = [];
  /** The last write, which may be under way. */
  #writing: Promise<void> | undefined;
  #closed = false;
  #ending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Takes over `connection`. */
  constructor(connection: ByteConnection, options: PeerLinkOptions) {
    this.#connection = connection;
    this.#endpoint = options.endpoint;
    this.#stream = new PduStream({ maximumLength: options.maxPduLength });
    this.#assembler = new MessageAssembler({ maximumMessageLength: options.maxMessageLength });
    this.#networkMs = options.networkMs ?? Infinity;
    this.#trace = options.trace;
  }

  /** True if the connection is closed or closing. */
  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** The result of the TLS handshake. */
  get tls(): TlsInfo | undefined {
    return this.#connection.tls;
  }

  /** Deviations of the peer from the standard, with their counts. */
  get peculiarities(): ReadonlyMap<Peculiarity, number> {
    return this.#assembler.peculiarities;
  }

  /** Sets the deadline of what is waited for next. */
  setDeadline(phase: TimeoutPhase, limitMs: number): void {
    this.#phase = phase;
    this.#phaseMs = limitMs;
    this.#phaseDeadline.set(limitMs);
  }

  /** Nothing is waited for. */
  liftDeadline(): void {
    this.#phaseDeadline.lift();
  }

  /** Writes whole PDUs, in as few system calls as the network allows. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#trace !== undefined) this.#traceSent(bytes);
    this.#writing = this.#writeAll(bytes);
    try {
      await this.#writing;
    } catch (cause) {
      await this.#fail(this.#connectionLost(cause), undefined);
    }
    this.#throwIfFailed();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** The next PDU, whatever it is. */
  async receiveFrame(): Promise<PduFrame> {
    for (;;) {
      const frame = await this.#cut(() => this.#nextFrame());
      if (frame !== undefined) return frame;
      await this.#read();
    }
  }

  /**
   * All messages that one read completed, at least one; or a PDU that is no P-DATA-TF.
   *
   * An error after complete messages is thrown by the next call, so that the messages are not lost.
   *
   * @param isLastDone Whether nothing is looked at any more that was received since `keepReceived()`. Messages come a
   * few at a time then.
   */
  async receive(isLastDone: boolean = false): Promise<DimseMessage[] | PduFrame> {
    const most = isLastDone ? fewMessages : Infinity;
    const messages = this.#heldMessages;
    this.#heldMessages = [];
    for (;;) {
      const frame = await this.#cut(() => this.#receiveBuffered(messages, most));
      if (messages.length > 0) {
        this.#heldFrame = frame;
        if (messages.length > most) this.#heldMessages = messages.splice(most);
        return messages;
      }
      if (frame !== undefined) return frame;
      if (isLastDone) this.#stream.reuse();
      await this.#read();
    }
  }

  /** True if {@linkcode receive} has something to return without waiting for the peer. */
  get hasReceived(): boolean {
    return this.#heldMessages.length > 0 || this.#heldFrame !== undefined ||
      this.#heldError !== undefined;
  }

  /** Says that what was received so far is looked at for longer. */
  keepReceived(): void {
    this.#stream.keep();
  }

  /** Cuts what was received into `messages`, up to a PDU that is no P-DATA-TF; ends after more than `most`. */
  #receiveBuffered(messages: DimseMessage[], most: number): PduFrame | undefined {
    try {
      while (messages.length <= most) {
        const frame = this.#nextFrame();
        if (frame?.type !== PduType.PDataTf) return frame;
        this.#assembler.receive(frame, messages);
      }
      return undefined;
    } catch (error) {
      if (messages.length === 0 || !(error instanceof DicomDecodeError)) throw error;
      this.#heldError = error;
      return undefined;
    }
  }

  #nextFrame(): PduFrame | undefined {
    if (this.#heldError !== undefined) throw this.#heldError;
    const frame = this.#heldFrame ?? this.#stream.next();
    if (frame !== undefined && frame !== this.#heldFrame && this.#trace !== undefined) {
      this.#traceFrame("received", frame);
    }
    this.#heldFrame = undefined;
    return frame;
  }

  /** Runs a decoder; what is undecodable ends the link. */
  async #cut<T>(decode: () => T): Promise<T> {
    this.#throwIfFailed();
    try {
      return decode();
    } catch (error) {
      await this.#fail(error, invalidPduParameter);
      throw error;
    }
  }

  /** Decodes a whole PDU; an undecodable one ends the link. */
  decode(frame: PduFrame): Promise<Pdu> {
    return this.#cut(() => decodePdu(frame.buffer.subarray(frame.start, frame.end)));
  }

  /** Has `listener` called when the link ends, or at once if it has ended. */
  whenEnded(listener: () => void): void {
    if (this.ended) listener();
    else this.#endListeners.push(listener);
  }

  async #read(): Promise<void> {
    this.#throwIfFailed();
    if (this.#networkMs !== Infinity) this.#networkDeadline.set(this.#networkMs);
    let length: number | null = null;
    let cause: unknown;
    try {
      length = await this.#connection.read(this.#stream.space());
    } catch (error) {
      cause = error;
    }
    this.#networkDeadline.lift();
    if (length === null) await this.#fail(this.#connectionLost(cause), undefined);
    this.#throwIfFailed();
    this.#stream.received(length ?? 0);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #connectionLost(cause: unknown): Error {
    if (cause instanceof ConnectError) return cause;
    return this.#aborted({ source: "connection", reason: 0 }, cause);
  }

  #aborted(
    aborted: { source: number | AssociationEnd; reason: number },
    cause?: unknown,
  ): AssociationAbortedError {
    return new AssociationAbortedError(
      { source: aborted.source, reason: aborted.reason, state: this.state },
      {
        endpoint: this.#endpoint,
        isTls: this.tls !== undefined,
        ...(cause !== undefined && { cause }),
      },
    );
  }

  #onPassed(phase: TimeoutPhase, limitMs: number): void {
    void this.#fail(new DicomTimeoutError(phase, limitMs, this.#endpoint), byUser);
  }

  /** Ends the link with an A-ABORT; pending and later calls throw `error`. */
  abort(error: unknown): Promise<void> {
    return this.#fail(error, byUser);
  }

  /**
   * Ends the link because of a PDU: one that ends the association, or one that must not come now.
   *
   * @throws {AssociationAbortedError} If the PDU is A-ABORT, or A-RELEASE-RQ in data transfer, which is answered.
   * @throws {DicomDecodeError} If it is anything else.
   */
  async refuse(frame: PduFrame): Promise<never> {
    const pdu = await this.decode(frame);
    const { state } = this;
    let error: Error;
    if (pdu.type === "A-ABORT") {
      error = this.#aborted(pdu);
      await this.close(error);
    } else if (pdu.type === "A-RELEASE-RQ" && state === "transfer") {
      await this.write(encodePdu({ type: "A-RELEASE-RP" }));
      error = this.#aborted({ source: "released", reason: 0 });
      await this.close(error);
    } else {
      error = new DicomDecodeError("PDU", `${pdu.type} must not come now (${state})`, {
        offset: 0,
      });
      await this.#fail(error, unexpectedPdu);
    }
    throw error;
  }

  /** Closes the connection; pending and later calls throw `error`. */
  close(error: unknown): Promise<void> {
    return this.#fail(error, undefined);
  }

  #fail(error: unknown, abort: AbortReason | undefined): Promise<void> {
    this.#failure ??= { error };
    this.#ending ??= this.#end(abort);
    return this.#ending;
  }

  async #end(abort: AbortReason | undefined): Promise<void> {
    this.#phaseDeadline.close();
    this.#networkDeadline.close();
    for (const listener of this.#endListeners) listener();
    if (abort === undefined) return this.#closeConnection();
    const bytes = encodePdu({ type: "A-ABORT", ...abort });
    const timer = setTimeout(() => this.#closeConnection(), abortMs);
    try {
      // An A-ABORT in the middle of another PDU would only be its next bytes.
      await this.#writing;
      if (this.#trace !== undefined) this.#traceSent(bytes);
      await this.#connection.write(bytes);
    } catch {
      // The peer is gone: nobody is left to answer.
    } finally {
      clearTimeout(timer);
      this.#closeConnection();
    }
  }

  #closeConnection(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  #traceSent(bytes: Uint8Array): void {
    const stream = new PduStream();
    stream.push(bytes);
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      this.#traceFrame("sent", frame);
    }
  }

  #traceFrame(direction: Direction, frame: PduFrame): void {
    this.#trace?.({
      kind: "pdu",
      direction,
      pdu: decodePdu(frame.buffer.subarray(frame.start, frame.end)),
    });
  }
}
