/**
 * Cuts the bytes of a connection into PDUs. The only file that counts received bytes.
 *
 * PS3.8 section 9.3.1. Bytes are read into large buffers and PDUs are handed out as ranges of them,
 * without a copy; a buffer is not written to again where it was handed out, so that what lies in it may be
 * kept, unless the consumer gives it back. A PDU that does not fit the rest of its buffer moves to a fresh one.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import { pduHeaderLength, PduType } from "./pdu.ts";

/** A whole PDU, as a range of a buffer. */
export interface PduFrame {
  readonly type: number;
  readonly buffer: Uint8Array;
  /** The offset of its header. */
  readonly start: number;
  /** The offset after its last byte. */
  readonly end: number;
}

/** Options of {@linkcode PduStream}. */
export interface PduStreamOptions {
  /**
   * The maximum length that we announced for P-DATA-TF, in bytes; 0 announced no limit. Peers that
   * count their headers wrongly are met by a slack of 1024 bytes.
   *
   * @default {0}
   */
  maximumLength?: number | undefined;
  /**
   * The sizes of the first buffer and of later ones, in bytes. An acceptor with a thousand connections takes less.
   *
   * @default {first: 65536, later: 1048576}
   */
  bufferLengths?: BufferLengths | undefined;
}

/** The sizes of a connection's buffers, in bytes. */
export interface BufferLengths {
  readonly first: number;
  readonly later: number;
}

/** Enough for an answer of some matches, which most are. */
const firstBufferLength = 1 << 16;
/** For long answers: a read of 1 MiB takes a tenth of the system calls of one of 64 KiB. */
const bufferLength = 1 << 20;
/** Less room than this, or than a quarter of the buffer, is not worth a read: the rest moves to a fresh buffer. */
const leastRoom = 1 << 14;
/** Bytes by which peers exceed our maximum if they do not count headers as the standard does. */
const slack = 1024;
/** The longest P-DATA-TF taken where no limit was announced. */
const unlimitedLength = 1 << 26;
/** The longest association PDU: 128 presentation contexts and all sub-items fit many times. */
const associateLength = 1 << 20;
/** Reject, release and abort have 4 bytes. */
const shortLength = 1024;

/**
 * Takes chunks of a connection, in any split, and yields the PDUs in them.
 *
 * PS3.8 section 9.3.1.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PduStream } from "./pdu_stream.ts";
 *
 * const stream = new PduStream();
 * stream.push(Uint8Array.of(5, 0, 0, 0));
 * assertEquals(stream.next(), undefined);
 * stream.push(Uint8Array.of(0, 4, 0, 0, 0, 0));
 * assertEquals(stream.next()?.type, 5);
 * ```
 */
export class PduStream {
  readonly #dataLimit: number;
  readonly #lengths: BufferLengths;
  #buffer = new Uint8Array(0);
  /** The offset of the next PDU. */
  #start = 0;
  /** The offset after the last byte received. */
  #end = 0;
  /** The number of bytes of the connection before `#start`. */
  #offset = 0;
  /** The offset in the buffer of the bytes that {@linkcode reuse} gives back. */
  #kept = 0;

  /** Makes a stream that has received nothing yet. */
  constructor(options: PduStreamOptions = {}) {
    const { maximumLength = 0 } = options;
    this.#lengths = options.bufferLengths ?? { first: firstBufferLength, later: bufferLength };
    this.#dataLimit = maximumLength === 0 ? unlimitedLength : maximumLength + slack;
  }

  /** The number of received bytes of an unfinished PDU. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /**
   * The free part of the buffer, for the next bytes of the connection.
   *
   * @returns A part of a buffer, never empty; say by {@linkcode received} how much of it was filled.
   */
  space(): Uint8Array<ArrayBuffer> {
    const pending = this.#end - this.#start;
    const room = Math.min(leastRoom, this.#buffer.length / 4);
    if (this.#buffer.length === 0 || this.#buffer.length - this.#end < room) {
      // Doubling, so that memory follows what was received and not what a header announces.
      const length = this.#buffer.length === 0 ? this.#lengths.first : this.#lengths.later;
      const fresh = new Uint8Array(Math.max(length, 2 * pending));
      fresh.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = fresh;
      this.#start = 0;
      this.#end = pending;
      this.#kept = 0;
    }
    return this.#buffer.subarray(this.#end);
  }

  /** Says that all that was handed out so far is kept: {@linkcode reuse} gives back what follows. */
  keep(): void {
    this.#kept = this.#start;
  }

  /**
   * Says that nothing is looked at any more that was handed out since {@linkcode keep}: it is overwritten.
   *
   * A long answer then takes one buffer, instead of fresh memory for each MiB of it.
   */
  reuse(): void {
    if (this.#buffer.length < bufferLength || this.#start === this.#kept) return;
    this.#buffer.copyWithin(this.#kept, this.#start, this.#end);
    this.#end -= this.#start - this.#kept;
    this.#start = this.#kept;
  }

  /** Says that the first `length` bytes of {@linkcode space} were filled. */
  received(length: number): void {
    this.#end += length;
  }

  /** Takes a copy of a chunk, where the bytes were read elsewhere. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + this.space().length);
      this.space().set(part);
      this.received(part.length);
      at += part.length;
    }
  }

  /**
   * Takes the next whole PDU.
   *
   * @returns The PDU, or `undefined` until more bytes are received.
   * @throws {DicomDecodeError} If the type is unknown or the length beyond its limit, as soon as the
   * header says so; `offset` counts from the first byte of the connection.
   */
  next(): PduFrame | undefined {
    const buffer = this.#buffer;
    const start = this.#start;
    const available = this.#end - start;
    if (available < pduHeaderLength) {
      // An unknown type is reported at its first byte: a peer that does not speak DICOM may send no more.
      if (available > 0) this.#limitOf(buffer[start] ?? 0);
      return undefined;
    }
    // 1 PDU-type
    const type = buffer[start] ?? 0;
    // 3-6 PDU-length
    const length = (((buffer[start + 2] ?? 0) << 24) | ((buffer[start + 3] ?? 0) << 16) |
      ((buffer[start + 4] ?? 0) << 8) | (buffer[start + 5] ?? 0)) >>> 0;
    const limit = this.#limitOf(type);
    if (length > limit) {
      throw new DicomDecodeError("PDU", `PDU-length is ${length}, at most ${limit} is allowed`, {
        offset: this.#offset + 2,
      });
    }
    if (available < pduHeaderLength + length) return undefined;
    const end = start + pduHeaderLength + length;
    this.#start = end;
    this.#offset += end - start;
    return { type, buffer, start, end };
  }

  #limitOf(type: number): number {
    switch (type) {
      case PduType.PDataTf:
        return this.#dataLimit;
      case PduType.AAssociateRq:
      case PduType.AAssociateAc:
        return associateLength;
      case PduType.AAssociateRj:
      case PduType.AReleaseRq:
      case PduType.AReleaseRp:
      case PduType.AAbort:
        return shortLength;
      default:
        throw new DicomDecodeError("PDU", foreignText(type), { offset: this.#offset });
    }
  }
}

/** The first byte of what a TLS stack answers to something else, RFC 8446 section 5.1. */
const tlsAlert = 0x15;

function foreignText(type: number): string {
  const hint = type === tlsAlert ? "does the peer expect TLS here?" : "is this the right port?";
  return `PDU-type 0x${type.toString(16).padStart(2, "0")} is not DICOM: ${hint}`;
}
