/**
 * The encoding of data elements in each transfer syntax (PS3.5 Annex A).
 *
 * @module
 */
import { type Encoding, explicitLittle, implicitLittle } from "./believable_encoding.ts";
import { TransferSyntax } from "./uid.ts";

/**
 * Finds the encoding of a transfer syntax. All but three are Explicit VR Little Endian: the
 * deflated one once inflated, and those that compress pixel data.
 *
 * @param transferSyntaxUid Its UID.
 * @returns The encoding, or undefined if the UID is no transfer syntax of the standard.
 */
export function encodingOf(transferSyntaxUid: string): Encoding | undefined {
  if (transferSyntaxUid === TransferSyntax.ImplicitVrLittleEndian) return implicitLittle;
  if (transferSyntaxUid === TransferSyntax.ExplicitVrBigEndian) {
    return { explicitVr: true, littleEndian: false };
  }
  const isStandard = transferSyntaxUid.startsWith(`${TransferSyntax.ImplicitVrLittleEndian}.`);
  return isStandard ? explicitLittle : undefined;
}
