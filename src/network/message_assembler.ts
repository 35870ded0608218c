/**
 * Puts the fragments in P-DATA-TF PDUs together to DIMSE messages.
 *
 * PS3.8 Annex E and PS3.7 section 6.3. Any packing is taken: command and data in one PDU, many PDVs in
 * one PDU, one byte per fragment. Where a Command Data Set Type lies, what follows is believed.
 * A data set in one fragment is handed out where it lies in the receive buffer, without a copy.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import {
  CommandField,
  type CommandSet,
  decodeCommandSet,
  type DimseMessage,
  noDataSet,
} from "./dimse.ts";
import { pduHeaderLength, pdvHeaderLength } from "./pdu.ts";
import type { PduFrame } from "./pdu_stream.ts";
import { isPending } from "./status.ts";

/** A departure from the standard that was read around. */
export type Peculiarity =
  | "data set where none was announced"
  | "no data set where one was announced"
  | "data set after a final response";

/** Options of {@linkcode MessageAssembler}. */
export interface MessageAssemblerOptions {
  /**
   * The longest data set that is kept, in bytes. A longer one is dropped while it comes: the message then has its length
   * instead. A longer command set is an error.
   *
   * @default {67108864}
   */
  maximumMessageLength?: number | undefined;
}

/**
 * The most PDVs in a row, or PDUs without any, that bring no message further. A peer that sends more of them can only want
 * to keep us busy: each empty PDU takes six bytes, and no deadline of silence passes.
 */
const mostIdle = 4096;

/** No command set has a kilobyte, unless its Error Comment is far too long. */
const longestCommandSet = 1 << 20;

/** Takes P-DATA-TF PDUs in order and yields the messages that they complete. */
export class MessageAssembler {
  /** Deviations of the peer from the standard, with their counts. */
  readonly peculiarities: Map<Peculiarity, number> = new Map();
  readonly #limit: number;
  readonly #commandLimit: number;
  #contextId = 0;
  #commandFragments: Fragments | undefined;
  /** The complete command set whose data set is awaited. */
  #command: CommandSet | undefined;
  #dataFragments: Fragments | undefined;
  /** PDVs and empty PDUs in a row that brought no message further. */
  #idle = 0;
  #lastCommand: { bytes: Uint8Array; decoded: CommandSet } | undefined;

  /** Makes an assembler at the start of a message. */
  constructor(options: MessageAssemblerOptions = {}) {
    this.#limit = options.maximumMessageLength ?? 1 << 26;
    this.#commandLimit = Math.min(this.#limit, longestCommandSet);
  }

  /** True if a message has begun and is not complete. */
  get inMessage(): boolean {
    return this.#commandFragments !== undefined || this.#command !== undefined;
  }

  /**
   * Takes the PDVs of one P-DATA-TF.
   *
   * PS3.8 section 9.3.5.
   *
   * @param frame The PDU, as `pdu_stream.ts` cut it.
   * @param messages The list that receives completed messages.
   * @throws {DicomDecodeError} If a length does not fit, contexts are interleaved, a command set is malformed, a message
   * is longer than the limit, or thousands of PDVs bring no message further.
   */
  receive(frame: PduFrame, messages: DimseMessage[]): void {
    const { buffer, end } = frame;
    let at = frame.start + pduHeaderLength;
    if (at === end) this.#countIdle(frame, at);
    while (at < end) {
      if (end - at < pdvHeaderLength) {
        throw pdvError("the header of a PDV is cut short", at - frame.start);
      }
      // 1-4 Item-length
      const length = (((buffer[at] ?? 0) << 24) | ((buffer[at + 1] ?? 0) << 16) |
        ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0)) >>> 0;
      if (length < 2 || length > end - at - 4) {
        throw pdvError(
          `PDV Item-length is ${length} where ${end - at - 4} bytes follow`,
          at - frame.start,
        );
      }
      // 5 Presentation-context-ID
      const contextId = buffer[at + 4] ?? 0;
      // 6 Message control header: bit 0 command, bit 1 last fragment
      const header = buffer[at + 5] ?? 0;
      // 7-xxx Presentation-data-value
      const start = at + pdvHeaderLength;
      at += 4 + length;
      if (this.inMessage && contextId !== this.#contextId) {
        throw pdvError(
          `a fragment of context ${contextId} stands inside a message of ${this.#contextId}`,
          start - frame.start,
        );
      }
      this.#contextId = contextId;
      const isOrphan = (header & 1) === 0 && this.#command === undefined;
      if (isOrphan || start === at && (header & 2) === 0) this.#countIdle(frame, start);
      else this.#idle = 0;
      if ((header & 1) !== 0) {
        this.#receiveCommand(buffer, start, at, (header & 2) !== 0, messages);
      } else {
        this.#receiveData(buffer, start, at, (header & 2) !== 0, messages);
      }
    }
  }

  #countIdle(frame: PduFrame, at: number): void {
    if (++this.#idle <= mostIdle) return;
    throw pdvError(
      `${mostIdle} PDUs or PDVs in a row are empty or belong to no message`,
      at - frame.start,
    );
  }

  #receiveCommand(
    buffer: Uint8Array,
    start: number,
    end: number,
    isLast: boolean,
    messages: DimseMessage[],
  ): void {
    if (this.#command !== undefined) this.#endWithoutData(messages);
    if (this.#commandFragments === undefined && isLast) {
      this.#completeCommand(buffer, start, end, messages);
      return;
    }
    this.#commandFragments ??= new Fragments(this.#commandLimit);
    this.#commandFragments.add(buffer.subarray(start, end));
    const bytes = this.#commandFragments.joined();
    if (bytes === undefined) {
      throw new DicomDecodeError("command set", `it is longer than ${this.#commandLimit} bytes`, {
        offset: this.#commandLimit,
      });
    }
    if (!isLast) return;
    this.#commandFragments = undefined;
    this.#completeCommand(bytes, 0, bytes.length, messages);
  }

  #completeCommand(
    buffer: Uint8Array,
    start: number,
    end: number,
    messages: DimseMessage[],
  ): void {
    const command = this.#decodeCommand(buffer, start, end);
    if (awaitsDataSet(command)) {
      this.#command = command;
    } else {
      messages.push({ command, presentationContextId: this.#contextId, dataSet: undefined });
    }
  }

  /** The pending responses of one C-FIND differ in nothing: the same bytes are decoded once. */
  #decodeCommand(buffer: Uint8Array, start: number, end: number): CommandSet {
    const last = this.#lastCommand;
    if (last !== undefined && isSame(last.bytes, buffer, start, end)) return last.decoded;
    const bytes = buffer.slice(start, end);
    const decoded = decodeCommandSet(bytes);
    this.#lastCommand = { bytes, decoded };
    return decoded;
  }

  #receiveData(
    buffer: Uint8Array,
    start: number,
    end: number,
    isLast: boolean,
    messages: DimseMessage[],
  ): void {
    const command = this.#command;
    if (command === undefined) {
      if (this.#commandFragments !== undefined) {
        throw pdvError("a data set fragment stands inside a command set", 0);
      }
      if (isLast) this.#note("data set after a final response");
      return;
    }
    let dataSet: Uint8Array | undefined = buffer.subarray(start, end);
    let { length } = dataSet;
    if (!isLast || this.#dataFragments !== undefined) {
      this.#dataFragments ??= new Fragments(this.#limit);
      this.#dataFragments.add(dataSet);
      if (!isLast) return;
      dataSet = this.#dataFragments.joined();
      length = this.#dataFragments.length;
      this.#dataFragments = undefined;
    }
    if (length > this.#limit) dataSet = undefined;
    this.#command = undefined;
    if (command.commandDataSetType === noDataSet) this.#note("data set where none was announced");
    const dropped = dataSet === undefined ? { droppedBytes: length } : {};
    messages.push({ command, presentationContextId: this.#contextId, dataSet, ...dropped });
  }

  /** The next command set has begun where a data set was awaited. */
  #endWithoutData(messages: DimseMessage[]): void {
    const command = this.#command;
    if (command === undefined) return;
    if (this.#dataFragments !== undefined) {
      throw pdvError("a command set begins before the data set is complete", 0);
    }
    this.#command = undefined;
    if (command.commandDataSetType !== noDataSet) this.#note("no data set where one was announced");
    messages.push({ command, presentationContextId: this.#contextId, dataSet: undefined });
  }

  #note(peculiarity: Peculiarity): void {
    this.peculiarities.set(peculiarity, (this.peculiarities.get(peculiarity) ?? 0) + 1);
  }
}

/**
 * True if a data set after a command set is awaited. A pending C-FIND response has an Identifier even if Command Data Set
 * Type denies it. A final one, and the messages of C-ECHO and C-CANCEL, which have no data set in the standard, are complete
 * without one even if Command Data Set Type announces it: it may never come, and if it comes it is ignored.
 */
function awaitsDataSet(command: CommandSet): boolean {
  switch (command.commandField) {
    case CommandField.CFindRsp:
      return isPending(command.status);
    case CommandField.CEchoRq:
    case CommandField.CEchoRsp:
    case CommandField.CCancelRq:
      return false;
    default:
      return command.commandDataSetType !== noDataSet;
  }
}

/** The fragments of one command set or data set, copied together as they come. */
class Fragments {
  /** The number of bytes received. */
  length = 0;
  readonly #limit: number;
  #bytes = new Uint8Array(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a fragment; once there are more bytes than the limit, none is kept. */
  add(fragment: Uint8Array): void {
    const before = this.length;
    this.length += fragment.length;
    if (this.length > this.#limit) {
      this.#bytes = new Uint8Array(0);
      return;
    }
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.max(this.length, Math.min(2 * this.length, this.#limit)),
      );
      grown.set(this.#bytes.subarray(0, before));
      this.#bytes = grown;
    }
    this.#bytes.set(fragment, before);
  }

  /** All bytes, `undefined` if there were more than the limit. */
  joined(): Uint8Array<ArrayBuffer> | undefined {
    return this.length > this.#limit ? undefined : this.#bytes.subarray(0, this.length);
  }
}

/** Returns true if bytes equal those of a part of a buffer. */
function isSame(bytes: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== buffer[start + index]) return false;
  }
  return true;
}

function pdvError(message: string, offset: number): DicomDecodeError {
  return new DicomDecodeError("P-DATA-TF", message, { offset });
}
