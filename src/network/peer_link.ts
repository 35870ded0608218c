// Touches the world: reads and writes a connection.
/**
 * A connection to a peer as PDUs and messages, with deadlines, for requestor and acceptor alike.
 *
 * PS3.8 section 9. The first failure ends the link and is what every pending and later call throws:
 * closing the connection is the one thing that wakes a pending read.
 *
 * @module
 */
import { Turn } from "../base/turns.ts";
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
import { type BufferLengths, type PduFrame, PduStream } from "./pdu_stream.ts";
import type { TlsInfo } from "./tls.ts";
import type { Direction, Trace } from "./trace.ts";

/** Options of {@linkcode PeerLink}. */
export interface PeerLinkOptions {
  /** The parties, for messages. */
  readonly endpoint: Endpoint;
  /** The maximum length that we announced, in bytes; 0 announced no limit. */
  readonly maxPduLength: number;
  /**
   * The longest data set that is kept, in bytes; a longer one is dropped while it comes.
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
  /** The size of the buffer for reading, in bytes; see {@linkcode PduStream}. */
  readonly bufferLengths?: BufferLengths | undefined;
}

/** The most messages handed out at once. */
interface Batch {
  readonly messages: number;
  readonly bytes: number;
}

/** All that one read completed. */
const wholeRead: Batch = { messages: Infinity, bytes: Infinity };
/**
 * For a caller that looks at each batch once. Thousands of messages would still be there when memory is cleared, and each
 * time that happens V8 makes room for more of them. Long ones would take too much of a turn.
 */
const smallBatch: Batch = { messages: 32, bytes: 1 << 18 };

/** A read that takes longer has waited, so that others had their turn; in milliseconds. */
const waitMs = 5;

/** The longest PDU if we announced no limit: it is taken into memory whole. */
const longestPdu = 1 << 26;
/** The same if longer data sets are dropped: DCMTK sends PDUs of at most 128 KiB, others of some MiB. */
const leastUnlimitedPdu = 1 << 24;

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

/** Received and not yet taken by the caller, in this order. */
interface Held {
  /** Messages that were too many at once. */
  readonly messages: DimseMessage[];
  /** A PDU after them that is no P-DATA-TF, or a fault. */
  readonly next?: { readonly frame: PduFrame } | { readonly error: DicomDecodeError };
}

const nothing: Held = { messages: [] };

/** The state of a link: it is open until the first failure or close, and then ended for good. */
type LinkState =
  | {
    readonly kind: "open";
    /** Replaced by what is received. */
    held: Held;
    /** The last write, which may be under way. */
    writing?: Promise<void>;
    readonly endListeners: (() => void)[];
  }
  | {
    readonly kind: "ended";
    /** Thrown by every call from now on. */
    readonly error: unknown;
    /** Resolves when the connection is closed. */
    readonly closed: Promise<void>;
  };

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
  readonly #turn = new Turn();
  readonly #phaseDeadline = new Deadline(() => this.#onPassed(this.#phase, this.#phaseMs));
  readonly #networkDeadline = new Deadline(() => this.#onPassed("network", this.#networkMs));
  #phase: TimeoutPhase = "associate";
  #phaseMs = Infinity;
  #link: LinkState = { kind: "open", held: nothing, endListeners: [] };

  /** Takes over `connection`. */
  constructor(connection: ByteConnection, options: PeerLinkOptions) {
    this.#connection = connection;
    this.#endpoint = options.endpoint;
    const { maxPduLength, maxMessageLength = Infinity } = options;
    // Without a limit of our own, a PDU need not be longer than a data set that is kept.
    const unlimitedLength = Math.min(longestPdu, Math.max(leastUnlimitedPdu, maxMessageLength));
    this.#stream = new PduStream({
      maximumLength: maxPduLength || unlimitedLength,
      bufferLengths: options.bufferLengths,
    });
    this.#assembler = new MessageAssembler({ maximumMessageLength: options.maxMessageLength });
    this.#networkMs = options.networkMs ?? Infinity;
    this.#trace = options.trace;
  }

  /** True if the connection is closed or closing. */
  get ended(): boolean {
    return this.#link.kind === "ended";
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
    const link = this.#opened();
    if (this.#trace !== undefined) this.#traceSent(bytes);
    link.writing = this.#writeAll(bytes);
    try {
      await link.writing;
    } catch (cause) {
      await this.#end(this.#connectionLost(cause));
    }
    this.#opened();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** The next PDU, whatever it is; messages that are not taken yet are dropped. */
  async receiveFrame(): Promise<PduFrame> {
    for (;;) {
      const frame = await this.#cut(() => {
        const { next } = this.#takeHeld();
        return next === undefined ? this.#nextFrame() : frameOf(next);
      });
      if (frame === undefined) await this.#read();
      if (this.#turn.isOver) await this.#turn.pass();
      if (frame !== undefined) return frame;
    }
  }

  /**
   * Some messages that reads completed, at least one; or a PDU that is no P-DATA-TF.
   *
   * An error after complete messages is thrown by the next call, so that they are not lost.
   *
   * @param isLastDone True if the caller no longer uses anything received since `keepReceived()`; the buffer may be
   * reused. Messages come a few at a time then.
   */
  async receive(isLastDone: boolean = false): Promise<DimseMessage[] | PduFrame> {
    const batch = isLastDone ? smallBatch : wholeRead;
    for (;;) {
      if (this.#turn.isOver) await this.#turn.pass();
      const received = await this.#cut(() => this.#takeReceived(batch));
      if (received !== undefined) return received;
      if (isLastDone) this.#stream.reuse();
      await this.#read();
    }
  }

  /** True if there is something to {@linkcode receive} without waiting for the peer. */
  get hasReceived(): boolean {
    if (this.#link.kind === "ended") return false;
    const { messages, next } = this.#link.held;
    return messages.length > 0 || next !== undefined;
  }

  /** Says that what was received so far is looked at for longer. */
  keepReceived(): void {
    this.#stream.keep();
  }

  /** Takes a batch of what was received; `undefined` if no message and no other PDU is complete. */
  #takeReceived(batch: Batch): DimseMessage[] | PduFrame | undefined {
    let { messages, next } = this.#takeHeld();
    let bytes = 0;
    try {
      // At least one message, if there is one; and one more than is handed out, to show that there are more.
      while (
        next === undefined && messages.length <= batch.messages &&
        (messages.length === 0 || bytes < batch.bytes)
      ) {
        const frame = this.#nextFrame();
        if (frame === undefined) break;
        bytes += frame.end - frame.start;
        if (frame.type === PduType.PDataTf) this.#assembler.receive(frame, messages);
        else next = { frame };
      }
    } catch (error) {
      if (messages.length === 0 || !(error instanceof DicomDecodeError)) throw error;
      next = { error };
    }
    if (messages.length === 0) return next && frameOf(next);
    const more = messages.length > batch.messages ? messages.splice(batch.messages) : [];
    this.#opened().held = { messages: more, ...(next && { next }) };
    return messages;
  }

  #takeHeld(): Held {
    const link = this.#opened();
    const { held } = link;
    link.held = { messages: [] };
    return held;
  }

  #nextFrame(): PduFrame | undefined {
    const frame = this.#stream.next();
    if (frame !== undefined && this.#trace !== undefined) this.#traceFrame("received", frame);
    return frame;
  }

  /** Runs a decoder; what is undecodable ends the link. */
  async #cut<T>(decode: () => T): Promise<T> {
    this.#opened();
    try {
      return decode();
    } catch (error) {
      await this.#end(error, invalidPduParameter);
      throw error;
    }
  }

  /** Decodes a whole PDU; an undecodable one ends the link. */
  decode(frame: PduFrame): Promise<Pdu> {
    return this.#cut(() => decodePdu(frame.buffer.subarray(frame.start, frame.end)));
  }

  /** Has `listener` called when the link ends, or at once if it has ended. */
  whenEnded(listener: () => void): void {
    if (this.#link.kind === "ended") listener();
    else this.#link.endListeners.push(listener);
  }

  async #read(): Promise<void> {
    this.#opened();
    if (this.#networkMs !== Infinity) this.#networkDeadline.set(this.#networkMs);
    const begunAt = performance.now();
    let length: number | null = null;
    let cause: unknown;
    try {
      length = await this.#connection.read(this.#stream.space());
    } catch (error) {
      cause = error;
    }
    if (performance.now() - begunAt > waitMs) this.#turn.begin();
    this.#networkDeadline.lift();
    if (length === null) await this.#end(this.#connectionLost(cause));
    this.#opened();
    this.#stream.received(length ?? 0);
  }

  /** The state of an open link; throws what ended it. */
  #opened(): Extract<LinkState, { kind: "open" }> {
    if (this.#link.kind === "ended") throw this.#link.error;
    return this.#link;
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
    void this.#end(new DicomTimeoutError(phase, limitMs, this.#endpoint), byUser);
  }

  /** Ends the link with an A-ABORT; pending and later calls throw `error`. */
  abort(error: unknown): Promise<void> {
    return this.#end(error, byUser);
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
      await this.#end(error, unexpectedPdu);
    }
    throw error;
  }

  /** Closes the connection; pending and later calls throw `error`. */
  close(error: unknown): Promise<void> {
    return this.#end(error);
  }

  /** Ends the link, with an A-ABORT if there is a reason for one; the first failure counts. */
  #end(error: unknown, abort?: AbortReason): Promise<void> {
    if (this.#link.kind === "ended") return this.#link.closed;
    const { writing, endListeners } = this.#link;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#link = { kind: "ended", error, closed };
    this.#phaseDeadline.close();
    this.#networkDeadline.close();
    for (const listener of endListeners) listener();
    this.#closeConnection(abort, writing).then(resolve);
    return closed;
  }

  async #closeConnection(
    abort: AbortReason | undefined,
    writing: Promise<void> | undefined,
  ): Promise<void> {
    if (abort === undefined) return this.#connection.close();
    const bytes = encodePdu({ type: "A-ABORT", ...abort });
    // Closing the connection ends a write that the peer does not take.
    const { promise: isLate, resolve: giveUp } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, abortMs);
    try {
      await Promise.race([this.#sendAbort(bytes, writing), isLate]);
    } finally {
      clearTimeout(timer);
      this.#connection.close();
    }
  }

  async #sendAbort(bytes: Uint8Array, writing: Promise<void> | undefined): Promise<void> {
    try {
      // An A-ABORT in the middle of another PDU would only be its next bytes.
      await writing;
      if (this.#trace !== undefined) this.#traceSent(bytes);
      await this.#connection.write(bytes);
    } catch {
      // The peer is gone: nobody is left to answer.
    }
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

function frameOf(next: NonNullable<Held["next"]>): PduFrame {
  if ("error" in next) throw next.error;
  return next.frame;
}
