/**
 * Descriptions of the numbers of A-ASSOCIATE-RJ, A-ABORT and of answered presentation contexts.
 *
 * PS3.8 sections 9.3.3.2, 9.3.4 and 9.3.8. Numbers that the standard reserves are described as reserved.
 *
 * @module
 */

const rejectResults = new Map([
  [0, "rejected (without a result)"],
  [1, "rejected permanently"],
  [2, "rejected for now (transient)"],
]);

const rejectSources = new Map([
  [0, "the peer (without a source)"],
  [1, "the peer's application (UL service-user)"],
  [2, "the peer's network layer (UL service-provider, ACSE)"],
  [3, "the peer's network layer (UL service-provider, presentation)"],
]);

const rejectReasons = new Map([
  ["0.0", "no reason given"],
  ["1.0", "no reason given"],
  ["1.1", "no reason given"],
  ["1.2", "application context name not supported"],
  ["1.3", "calling AE title not recognized"],
  ["1.7", "called AE title not recognized"],
  ["2.1", "no reason given"],
  ["2.2", "protocol version not supported"],
  ["3.1", "temporary congestion"],
  ["3.2", "local limit exceeded"],
]);

const abortSources = new Map([
  [0, "the peer's application (UL service-user)"],
  [2, "the peer's network layer (UL service-provider)"],
]);

const abortReasons = new Map([
  [0, "reason not specified"],
  [1, "unrecognized PDU"],
  [2, "unexpected PDU"],
  [4, "unrecognized PDU parameter"],
  [5, "unexpected PDU parameter"],
  [6, "invalid PDU parameter value"],
]);

const contextResults = new Map([
  [0, "accepted"],
  [1, "rejected by the user"],
  [2, "rejected, no reason given"],
  [3, "abstract syntax not supported"],
  [4, "transfer syntaxes not supported"],
]);

/** Describes the three fields of A-ASSOCIATE-RJ, PS3.8 Table 9-21. */
export function describeReject(
  result: number,
  source: number,
  reason: number,
): { result: string; source: string; reason: string } {
  return {
    result: rejectResults.get(result) ?? `rejected with reserved result ${result}`,
    source: rejectSources.get(source) ?? `reserved source ${source}`,
    reason: rejectReasons.get(`${source}.${reason}`) ?? `reserved reason ${reason}`,
  };
}

/** Describes the two fields of A-ABORT, PS3.8 Table 9-26; a user's abort has no reason. */
export function describeAbort(source: number, reason: number): { source: string; reason: string } {
  return {
    source: abortSources.get(source) ?? `reserved source ${source}`,
    reason: source === 2
      ? abortReasons.get(reason) ?? `reserved reason ${reason}`
      : "no reason given",
  };
}

/** Describes the result of an answered presentation context, PS3.8 Table 9-18. */
export function describeContextResult(result: number): string {
  return contextResults.get(result) ?? `rejected with reserved result ${result}`;
}
