/**
 * Cuts DIMSE messages into P-DATA-TF PDUs, the mirror of `message_assembler.ts`.
 *
 * PS3.8 Annex E and PS3.7 section 6.3.
 *
 * @module
 */
import { pduHeaderLength, PduType, pdvHeaderLength } from "./pdu.ts";

/**
 * Encodes a message as P-DATA-TF PDUs, command set and data set in PDUs of their own.
 *
 * PS3.8 Annex E. The PDUs follow one another so that one write sends them all: a command
 * set and its data set in two writes wait 40 ms for a delayed acknowledgement.
 *
 * @param presentationContextId The presentation context.
 * @param commandSet The encoded command set.
 * @param dataSet The encoded data set, or `undefined` where none follows.
 * @param maximumLength The receiver's maximum length in bytes; 0 is no limit.
 * @returns The PDUs.
 */
export function encodeMessage(
  presentationContextId: number,
  commandSet: Uint8Array,
  dataSet: Uint8Array | undefined,
  maximumLength: number,
): Uint8Array {
  const bytes = new Uint8Array(messageLength(commandSet, dataSet, maximumLength));
  writeMessage(bytes, 0, presentationContextId, commandSet, dataSet, maximumLength);
  return bytes;
}

/** Returns the number of bytes that {@linkcode writeMessage} writes. */
export function messageLength(
  commandSet: Uint8Array,
  dataSet: Uint8Array | undefined,
  maximumLength: number,
): number {
  const fragmentLength = largestFragment(maximumLength);
  return fragmentedLength(commandSet.length, fragmentLength) +
    (dataSet === undefined ? 0 : fragmentedLength(dataSet.length, fragmentLength));
}

/**
 * Writes what {@linkcode encodeMessage} returns into `bytes`, for many messages in one buffer.
 *
 * @returns The offset after the message.
 */
export function writeMessage(
  bytes: Uint8Array,
  offset: number,
  presentationContextId: number,
  commandSet: Uint8Array,
  dataSet: Uint8Array | undefined,
  maximumLength: number,
): number {
  const fragmentLength = largestFragment(maximumLength);
  const end = writeFragments(bytes, offset, presentationContextId, 1, commandSet, fragmentLength);
  return dataSet === undefined
    ? end
    : writeFragments(bytes, end, presentationContextId, 0, dataSet, fragmentLength);
}

const headersLength = pduHeaderLength + pdvHeaderLength;
/** The longest fragment that we put into one PDU, also if the receiver sets no limit or one of gigabytes. */
const longestFragment = 1 << 20;

/** The largest even fragment in a P-DATA-TF of `maximumLength`, PS3.8 section D.1 and E.2. */
function largestFragment(maximumLength: number): number {
  if (maximumLength === 0) return longestFragment;
  // First the minimum: bitwise operators take 0xFFFFFFFF for -1.
  return Math.max(2, Math.min(longestFragment, maximumLength - pdvHeaderLength) & ~1);
}

function fragmentedLength(length: number, fragmentLength: number): number {
  return length + Math.max(1, Math.ceil(length / fragmentLength)) * headersLength;
}

/** Writes one PDU with one PDV per fragment; returns where they end. */
function writeFragments(
  bytes: Uint8Array,
  offset: number,
  presentationContextId: number,
  isCommand: 0 | 1,
  value: Uint8Array,
  fragmentLength: number,
): number {
  let start = 0;
  do {
    const end = Math.min(value.length, start + fragmentLength);
    const length = end - start;
    const isLast = end === value.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, headersLength);
    // 1 PDU-type, 2 reserved, 3-6 PDU-length
    view.setUint8(0, PduType.PDataTf);
    view.setUint32(2, length + pdvHeaderLength);
    // 1-4 Item-length, 5 Presentation-context-ID, 6 Message control header
    view.setUint32(6, length + 2);
    view.setUint8(10, presentationContextId);
    view.setUint8(11, isCommand | (isLast ? 2 : 0));
    bytes.set(value.subarray(start, end), offset + headersLength);
    offset += headersLength + length;
    start = end;
  } while (start < value.length);
  return offset;
}
