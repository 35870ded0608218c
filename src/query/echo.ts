// Touches the world: measures time.
/**
 * C-ECHO as a user wants it: is the peer there, does it know us, how fast is it.
 *
 * PS3.4 Annex A.
 *
 * @module
 */

import { SopClass } from "../dicom/uid.ts";
import { associate } from "../network/associate.ts";
import { associateOptionsOf, type Peer, type PeerOptions } from "./peer.ts";

/** A peer's answer to a C-ECHO. */
export interface EchoResult {
  /** From the first packet to the established association, in milliseconds. */
  readonly associateMs: number;
  /** From the C-ECHO request to its response, in milliseconds. */
  readonly echoMs: number;
  /** The peer's Implementation Class UID, if it sent one. */
  readonly implementationClassUid: string | undefined;
  /** The peer's Implementation Version Name, if it sent one. */
  readonly implementationVersionName: string | undefined;
  /** The longest PDU that the peer accepts, in bytes; 0 means no limit. */
  readonly maxPduLength: number;
}

/**
 * Sends a C-ECHO to a peer over an association of its own.
 *
 * @param peer The peer.
 * @param options A signal.
 * @returns Its answer.
 * @throws {ConnectError} If there is no connection.
 * @throws {AssociationRejectedError} If the peer rejects the association.
 * @throws {AssociationAbortedError} If the association ends before the answer.
 * @throws {PresentationContextError} If the peer does not offer Verification.
 * @throws {DicomTimeoutError} If a deadline passes.
 * @throws {DimseStatusError} If the peer answers with a failure.
 */
export async function echo(peer: Peer, options: PeerOptions = {}): Promise<EchoResult> {
  const started = performance.now();
  await using association = await associate(
    associateOptionsOf(peer, [SopClass.Verification], options),
  );
  const associated = performance.now();
  await association.echo();
  const echoed = performance.now();
  const { implementationClassUid, implementationVersionName, maximumLength = 0 } =
    association.acceptor;
  return {
    associateMs: associated - started,
    echoMs: echoed - associated,
    implementationClassUid,
    implementationVersionName,
    maxPduLength: maximumLength,
  };
}
