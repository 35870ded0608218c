/**
 * The reason why a poll failed: a class for programs and a message for people.
 *
 * @module
 */
import { WorklistdError } from "../base/worklistd_error.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
  PresentationContextError,
} from "../network/errors.ts";
import type { FailureClass, PollFailure } from "../worklist/journal/journal.ts";

/** A poll took longer than it may as a whole. */
export class PollTimeoutError extends WorklistdError {
  override readonly name = "PollTimeoutError";
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`The poll did not end within ${limitMs / 1000} s`);
    this.limitMs = limitMs;
  }
}

/**
 * Says why a poll failed.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ConnectError } from "../network/errors.ts";
 * import { failureOf } from "./failure.ts";
 *
 * const error = new ConnectError({ host: "ris", port: 104 }, "connection refused");
 * assertEquals(failureOf(error), {
 *   class: "unreachable",
 *   words: "Cannot connect to ris:104: connection refused",
 * });
 * ```
 *
 * @param error The error of the query.
 * @returns The failure; `undefined` where it is none of the peer or the network, but a fault of ours.
 */
export function failureOf(error: unknown): PollFailure | undefined {
  const failureClass = classOf(error);
  if (failureClass === undefined || !(error instanceof Error)) return undefined;
  return { class: failureClass, words: error.message };
}

/** Returns the DIMSE status that a query failed with, if one arrived. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof DimseStatusError ? error.status : undefined;
}

function classOf(error: unknown): FailureClass | undefined {
  if (error instanceof ConnectError) return "unreachable";
  if (error instanceof AssociationRejectedError) return "rejected";
  if (error instanceof PresentationContextError) return "rejected";
  if (error instanceof DicomTimeoutError || error instanceof PollTimeoutError) return "timed-out";
  if (error instanceof AssociationAbortedError) return "aborted";
  if (error instanceof DimseStatusError) return "refused";
  if (error instanceof DicomDecodeError) return "undecodable";
  return undefined;
}
