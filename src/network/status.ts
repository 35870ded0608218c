/**
 * DIMSE statuses as data, ranges included, per service.
 *
 * PS3.7 Annex C (all services), PS3.4 sections C.4.1.1.4 (query/retrieve), K.4.1.1.4 (worklist) and
 * CC.2.8.4 (UPS). A service's own table is asked first, then the general one.
 *
 * @module
 */

/** The meaning of a status for the operation, PS3.7 section C.1 to C.5. */
export type StatusCategory = "success" | "pending" | "warning" | "cancel" | "failure";

/** The services that have statuses of their own. */
export type StatusService = "worklist" | "query-retrieve" | "ups" | "verification";

/** The description of a status. */
export interface StatusDescription {
  readonly category: StatusCategory;
  readonly text: string;
}

/** One row of a table: the statuses `first` to `last` mean the same. */
export interface StatusRow extends StatusDescription {
  readonly first: number;
  readonly last: number;
}

function row(
  first: number,
  category: StatusCategory,
  text: string,
  last: number = first,
): StatusRow {
  return { first, last, category, text };
}

const find: readonly StatusRow[] = [
  row(0x0000, "success", "Matching is complete"),
  row(0x0122, "failure", "Refused: SOP Class not supported"),
  row(0xA700, "failure", "Refused: Out of resources"),
  row(0xA900, "failure", "Identifier does not match SOP Class"),
  row(0xC000, "failure", "Unable to process", 0xCFFF),
  row(0xFE00, "cancel", "Matching terminated due to Cancel request"),
  row(0xFF00, "pending", "Matches are continuing"),
  row(
    0xFF01,
    "pending",
    "Matches are continuing: one or more Optional Keys were not supported",
  ),
];

/** The statuses that a service defines, by service. */
export const serviceStatuses: Record<StatusService, readonly StatusRow[]> = {
  "worklist": find,
  "query-retrieve": find,
  "ups": find,
  "verification": [row(0x0000, "success", "Success")],
};

/** The statuses of PS3.7 Annex C, which any service may answer with; single values before ranges. */
export const generalStatuses: readonly StatusRow[] = [
  row(0x0000, "success", "Success"),
  row(0x0001, "warning", "Requested optional attributes are not supported"),
  row(0x0105, "failure", "No such attribute"),
  row(0x0106, "failure", "Invalid attribute value"),
  row(0x0107, "warning", "Attribute list error"),
  row(0x0110, "failure", "Processing failure"),
  row(0x0111, "failure", "Duplicate SOP Instance"),
  row(0x0112, "failure", "No such SOP Instance"),
  row(0x0113, "failure", "No such event type"),
  row(0x0114, "failure", "No such argument"),
  row(0x0115, "failure", "Invalid argument value"),
  row(0x0116, "warning", "Attribute value out of range"),
  row(0x0117, "failure", "Invalid object instance"),
  row(0x0118, "failure", "No such SOP Class"),
  row(0x0119, "failure", "Class-Instance conflict"),
  row(0x0120, "failure", "Missing attribute"),
  row(0x0121, "failure", "Missing attribute value"),
  row(0x0122, "failure", "Refused: SOP Class not supported"),
  row(0x0123, "failure", "No such action type"),
  row(0x0124, "failure", "Refused: Not authorized"),
  row(0x0210, "failure", "Duplicate invocation"),
  row(0x0211, "failure", "Unrecognized operation"),
  row(0x0212, "failure", "Mistyped argument"),
  row(0x0213, "failure", "Resource limitation"),
  row(0xFE00, "cancel", "Operation terminated due to Cancel request"),
  row(0xFF00, "pending", "Operation is continuing"),
  row(0xFF01, "pending", "Operation is continuing, with a warning"),
  row(0x0100, "failure", "Failure of the general kind", 0x02FF),
  row(0xA000, "failure", "Refused or failed, specific to the service", 0xAFFF),
  row(0xB000, "warning", "Warning, specific to the service", 0xBFFF),
  row(0xC000, "failure", "Unable to process", 0xCFFF),
];

/**
 * Says what a status means.
 *
 * PS3.7 Annex C. A status that no table knows is a failure: an operation that ended in a way nobody
 * understands did not succeed.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeStatus } from "./status.ts";
 *
 * assertEquals(describeStatus(0xC123, "worklist"), {
 *   category: "failure",
 *   text: "Unable to process",
 * });
 * ```
 *
 * @param status The value of Status (0000,0900).
 * @param service The service that answered; its table is asked before the general one.
 * @returns Category and text.
 */
export function describeStatus(status: number, service: StatusService): StatusDescription {
  const found = lookup(serviceStatuses[service], status) ?? lookup(generalStatuses, status);
  return found === undefined
    ? { category: "failure", text: "Status is not defined by the standard" }
    : { category: found.category, text: found.text };
}

/** A status as the standard prints it, such as `0xA700`. */
export function formatStatus(status: number): string {
  return `0x${statusDigits(status)}`;
}

/** A status as events and status JSON have it, such as `A700`. */
export function statusDigits(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, "0");
}

/** Returns true if a match comes with this status: 0xFF00 and 0xFF01 alike. */
export function isPending(status: number | undefined): boolean {
  return status === 0xFF00 || status === 0xFF01;
}

function lookup(rows: readonly StatusRow[], status: number): StatusRow | undefined {
  return rows.find(({ first, last }) => status >= first && status <= last);
}
