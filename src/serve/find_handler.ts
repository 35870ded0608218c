/**
 * The interface between an acceptor and the function that serves C-FIND.
 *
 * PS3.7 section 9.1.2.
 *
 * @module
 */

import { WorklistdError } from "../base/worklistd_error.ts";

/** A C-FIND request. */
export interface FindIndication {
  readonly sopClassUid: string;
  /** The encoded Identifier. */
  readonly identifier: Uint8Array;
  /** The transfer syntax of the Identifier, and of the matches. */
  readonly transferSyntaxUid: string;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  /** The address of the requestor. */
  readonly address: string;
  /** Aborted by C-CANCEL and when the association ends. */
  readonly signal: AbortSignal;
}

/** One match. */
export interface PendingMatch {
  /** The encoded Identifier. */
  readonly identifier: Uint8Array;
  /** 0xFF00; 0xFF01 if a key of the request is not supported. */
  readonly status: 0xFF00 | 0xFF01;
}

/** One match, or `undefined` to let other tasks run while there is more work. */
export type FindStep = Uint8Array | PendingMatch | undefined;

/** Serves a C-FIND. It yields the encoded matches, and throws {@linkcode FindFailure} to fail the request. */
export type FindHandler = (
  indication: FindIndication,
) => Iterable<FindStep> | AsyncIterable<FindStep>;

/** Ends a C-FIND with a failure status, after the matches yielded before. */
export class FindFailure extends WorklistdError {
  override readonly name = "FindFailure";
  /** The value of Status (0000,0900). */
  readonly status: number;

  /** `errorComment` is sent as Error Comment (0000,0902). */
  constructor(status: number, errorComment = "") {
    super(errorComment);
    this.status = status;
  }
}
