/**
 * The transfer syntax that a data set is really encoded in, for files that must name it.
 *
 * @module
 */
import { outlineDataSet } from "./decode.ts";
import { DicomDecodeError } from "./errors.ts";
import { Outline } from "./outline.ts";
import { TransferSyntax } from "./uid.ts";

/**
 * Finds the transfer syntax of a data set whose sender may have used another one than was agreed on.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { foundTransferSyntax } from "./found_transfer_syntax.ts";
 * import { TransferSyntax } from "./uid.ts";
 *
 * const implicit = Uint8Array.of(0x10, 0, 0x20, 0, 4, 0, 0, 0, 0x41, 0x42, 0x31, 0x20);
 * assertEquals(
 *   foundTransferSyntax(implicit, TransferSyntax.ExplicitVrLittleEndian),
 *   TransferSyntax.ImplicitVrLittleEndian,
 * );
 * ```
 *
 * @param bytes The encoded data set.
 * @param agreedUid The transfer syntax that was agreed on.
 * @returns The agreed one if all elements are in it, otherwise the one that all are in; `undefined` if no single one is,
 * because items are encoded differently.
 * @throws {DicomDecodeError} If the bytes cannot be decoded.
 */
export function foundTransferSyntax(bytes: Uint8Array, agreedUid: string): string | undefined {
  if (isWhollyIn(bytes, agreedUid)) return agreedUid;
  return plainSyntaxes.find((uid) => {
    try {
      return uid !== agreedUid && isWhollyIn(bytes, uid);
    } catch (error) {
      if (error instanceof DicomDecodeError) return false;
      throw error;
    }
  });
}

/** Transfer syntaxes in which a sender may write by mistake. */
const plainSyntaxes = [
  TransferSyntax.ImplicitVrLittleEndian,
  TransferSyntax.ExplicitVrLittleEndian,
];

function isWhollyIn(bytes: Uint8Array, transferSyntaxUid: string): boolean {
  let isWhole = true;
  outlineDataSet(new Outline(), bytes, transferSyntaxUid, {
    // A warning with a tag is about the value of one element, not about how elements are encoded.
    onWarning: ({ kind, tag }) => {
      if (kind === "encoding" && tag === undefined) isWhole = false;
    },
  });
  return isWhole;
}
