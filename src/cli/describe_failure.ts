/**
 * Failures of `find` and `echo` as one line for the person who asked, with what the peer says of them.
 *
 * Free text of a peer may be patient data: it is for people who see the results, never for the messages
 * of the daemon.
 *
 * @module
 */
import { DimseStatusError } from "../network/errors.ts";
import { formatKeyPath } from "../query/key_path.ts";
import { describeError } from "./describe_error.ts";

/**
 * Describes a failure in one line; after a status come Offending Element and Error Comment (PS3.7 Annex C) if the
 * peer gave them.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DimseStatusError } from "../network/errors.ts";
 * import { describeFailure } from "./describe_failure.ts";
 *
 * const error = new DimseStatusError("C-FIND", "worklist", {
 *   status: 0xA900,
 *   offendingElement: [0x00100010],
 *   errorComment: "no wild cards, please",
 * });
 * assertEquals(
 *   describeFailure(error),
 *   "C-FIND ended with status 0xA900 (failure): Identifier does not match SOP Class; " +
 *     "the peer objects to PatientName and says: no wild cards, please",
 * );
 * ```
 *
 * @param error The error.
 * @returns The line; it may hold control characters that the peer sent.
 */
export function describeFailure(error: unknown): string {
  const text = describeError(error);
  if (!(error instanceof DimseStatusError)) return text;
  const tags = error.offendingElement.map((tag) => formatKeyPath([{ tag }]));
  const comment = error.errorComment?.replaceAll(/\s+/g, " ").trim() ?? "";
  const remarks = [
    ...(tags.length > 0 ? [`objects to ${tags.join(", ")}`] : []),
    ...(comment === "" ? [] : [`says: ${comment}`]),
  ];
  return remarks.length === 0 ? text : `${text}; the peer ${remarks.join(" and ")}`;
}
