/**
 * The compression of Deflated Explicit VR Little Endian (PS3.5 section A.5, RFC 1951).
 *
 * @module
 */
import { DicomDecodeError } from "./errors.ts";
import { defaultDataSetLimits } from "./limits.ts";

/** The most bytes that a data set may inflate to: far more than any match has, far less than memory. */
/** The bytes that any data set may inflate to, however short it is deflated. */
const harmlessLength = 1024 * 1024;
/** Beyond that, the factor by which it may grow. Text shrinks to a tenth, a bomb to a thousandth. */
const maximumRatio = 64;

/** Loaded when first needed: `node:zlib` costs a program that has no use for it 20 ms of its start. */
function zlib(): typeof import("node:zlib") {
  return globalThis.process.getBuiltinModule("node:zlib");
}

/**
 * Inflates the bytes of a deflated data set.
 *
 * @param bytes The deflated bytes; a padding byte after them is ignored.
 * @returns The data set's bytes.
 * @throws {DicomDecodeError} If they are not deflated data, are cut off, or inflate to more than 64 MiB, or
 * to more than 1 MiB and 64 times their length.
 */
export function inflate(
  bytes: Uint8Array,
  maximumLength: number = defaultDataSetLimits.inflatedBytes,
): Uint8Array {
  const maxOutputLength = Math.min(
    maximumLength,
    Math.max(harmlessLength, maximumRatio * bytes.length),
  );
  try {
    const inflated = zlib().inflateRawSync(bytes, { maxOutputLength });
    return new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  } catch (cause) {
    const isTooLong = cause instanceof RangeError;
    const message = isTooLong
      ? `it inflates to more than ${maxOutputLength} bytes`
      : "it is not deflated, or cut off";
    throw new DicomDecodeError("deflated data set", message, { offset: 0, cause });
  }
}

/**
 * Deflates the bytes of a data set.
 *
 * @param bytes The data set in Explicit VR Little Endian.
 * @returns The deflated bytes, padded to an even length.
 */
export function deflate(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const deflated = zlib().deflateRawSync(bytes);
  const padded = new Uint8Array(deflated.length + deflated.length % 2);
  padded.set(deflated);
  return padded;
}
