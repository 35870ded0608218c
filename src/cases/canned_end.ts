/**
 * The end of the answer in a test case.
 *
 * @module
 */
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
} from "../network/errors.ts";
import type { PeerConfig } from "../daemon/config.ts";

/** Makes the error that ends an answer; `undefined` if the answer is complete. */
export type CannedEnd = (peer: PeerConfig) => Error | undefined;

const ends: Readonly<Record<string, CannedEnd>> = {
  complete: () => undefined,
  unreachable: (peer) => new ConnectError(peer, "connection refused"),
  rejected: (peer) => {
    const local = { result: 2, source: 3, reason: 2 };
    return new AssociationRejectedError(local, { ...peer, calledAeTitle: peer.aeTitle });
  },
  "timed-out": (peer) => new DicomTimeoutError("response", peer.timeouts.responseMs, peer),
  aborted: (peer) =>
    new AssociationAbortedError({ source: 0, reason: 0, state: "transfer" }, { endpoint: peer }),
};

/** The ends that have a name, for editors. */
export const endNames: readonly string[] = [...Object.keys(ends), "A700", "C000"];

/**
 * Reads the end of an answer.
 *
 * @param text `complete`, the class of a failure, or a DIMSE status of four hex digits.
 * @returns The end.
 * @throws {SyntaxError} If the text is none of them.
 */
export function parseEnd(text: string): CannedEnd {
  const end = ends[text];
  if (end !== undefined) return end;
  if (!/^[0-9A-F]{4}$/i.test(text)) {
    throw new SyntaxError(
      `must be one of ${Object.keys(ends).join(", ")}, or a status such as A700`,
    );
  }
  const status = parseInt(text, 16);
  if (status === 0) return () => undefined;
  return () => new DimseStatusError("C-FIND", "worklist", { status });
}
