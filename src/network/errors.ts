/**
 * Errors between us and a peer, one class per kind, each with the facts as fields.
 *
 * Messages say what happened, where, and what to do; they never hold what a peer wrote as free text,
 * which may be patient data.
 *
 * @module
 */
import { WorklistdError } from "../base/worklistd_error.ts";
import { describeAbort, describeReject } from "./reason.ts";
import { describeStatus, formatStatus, type StatusCategory, type StatusService } from "./status.ts";

/** The address of a peer. */
export interface Endpoint {
  /** A host name or an IP address. */
  readonly host: string;
  /** A TCP port. */
  readonly port: number;
}

/** `host:port`, an IPv6 address in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** No connection: the name is unknown, nobody listens, or the network is down. */
export class ConnectError extends WorklistdError {
  /** The name of the class. */
  override readonly name: string = "ConnectError";
  /** The host as it was given. */
  readonly host: string;
  /** The port as it was given. */
  readonly port: number;
  /** The reason, without the host. */
  readonly why: string;

  /** Says why there is no connection to `endpoint`. */
  constructor(endpoint: Endpoint, why: string, options?: ErrorOptions) {
    super(`Cannot connect to ${formatEndpoint(endpoint)}: ${why}`, options);
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.why = why;
  }
}

/** The connection stands, but TLS could not be agreed: a certificate, a version, a cipher. */
export class TlsError extends ConnectError {
  /** The name of the class. */
  override readonly name = "TlsError";
}

/** A certificate or key of ours that cannot be used. */
export class TlsCredentialError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "TlsCredentialError";
  /** The faulty part. */
  readonly part: "ca" | "certificate" | "key";
  /** The fault. */
  readonly why: string;

  /** Says what is wrong with `part`. */
  constructor(part: "ca" | "certificate" | "key", why: string, options?: ErrorOptions) {
    super(`Cannot use the ${credentialNames[part]} for TLS: ${why}`, options);
    this.part = part;
    this.why = why;
  }
}

const credentialNames = {
  ca: "CA certificate",
  certificate: "certificate",
  key: "private key",
} as const;

/** The peer answered A-ASSOCIATE-RJ, PS3.8 section 9.3.4. */
export class AssociationRejectedError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "AssociationRejectedError";
  /** 1 permanent, 2 transient. */
  readonly result: number;
  /** 1 the application, 2 and 3 its network layer. */
  readonly source: number;
  /** The reason; its meaning depends on `source`. */
  readonly reason: number;

  /** Describes the three numbers and names the AE title that they are about. */
  constructor(
    rejected: { result: number; source: number; reason: number },
    parties: Endpoint & { calledAeTitle: string; callingAeTitle: string },
  ) {
    const { result, source, reason } = rejected;
    const described = describeReject(result, source, reason);
    super(
      `Association with ${parties.calledAeTitle} at ${
        formatEndpoint(parties)
      } ${described.result} by ` +
        `${described.source}: ${described.reason}${rejectHint(rejected, parties)}`,
    );
    this.result = result;
    this.source = source;
    this.reason = reason;
  }
}

/** The remedy for a rejection, if the standard's reason implies one. */
function rejectHint(
  { source, reason }: { source: number; reason: number },
  { calledAeTitle, callingAeTitle }: { calledAeTitle: string; callingAeTitle: string },
): string {
  if (source === 1 && reason === 3) {
    return ` (we called ourselves "${callingAeTitle}": register it at the peer)`;
  }
  if (source === 1 && reason === 7) {
    return ` (we called it "${calledAeTitle}": ask for its AE title; upper and lower case differ)`;
  }
  return ` (calling "${callingAeTitle}", called "${calledAeTitle}")`;
}

/** The phase in which an association ended. */
export type AssociationState = "associate" | "transfer" | "release";

/** The end of an association without an A-ABORT of the peer. */
export type AssociationEnd = "connection" | "released" | "local";

/** The association ended before it was released, by A-ABORT or because the connection was closed. */
export class AssociationAbortedError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "AssociationAbortedError";
  /** 0 the peer's application, 2 its network layer; otherwise {@linkcode AssociationEnd}. */
  readonly source: number | AssociationEnd;
  /** Reason/Diag. of A-ABORT; 0 where none came. */
  readonly reason: number;
  /** The awaited event. */
  readonly state: AssociationState;

  /** Describes source and reason and names the peer if it is known; `isTls`: TLS had been agreed on. */
  constructor(
    aborted: { source: number | AssociationEnd; reason: number; state: AssociationState },
    options: ErrorOptions & { readonly endpoint?: Endpoint; readonly isTls?: boolean } = {},
  ) {
    const { endpoint, isTls = false } = options;
    const mayBeTls = aborted.source === "connection" && aborted.state === "associate" && !isTls;
    const peer = endpoint === undefined ? "" : `with ${formatEndpoint(endpoint)} `;
    const text = abortedText(aborted.source, aborted.reason);
    super(
      `Association ${peer}${text} ${mayBeTls ? unansweredText : stateTexts[aborted.state]}`,
      "cause" in options ? { cause: options.cause } : {},
    );
    this.source = aborted.source;
    this.reason = aborted.reason;
    this.state = aborted.state;
  }
}

const stateTexts: Record<AssociationState, string> = {
  associate: "before it was established (the peer may not know one of the AE titles)",
  transfer: "in use",
  release: "while being released",
};

/** A hint for peers that close without an answer: they may not speak DICOM at all. */
const unansweredText =
  "before it was established (the peer may not know one of the AE titles, or expect TLS)";

function abortedText(source: number | AssociationEnd, reason: number): string {
  if (source === "connection") return "ended by the peer, which closed the connection,";
  if (source === "released") return "ended by the peer, which released it,";
  if (source === "local") return "aborted by us";
  const described = describeAbort(source, reason);
  return `aborted by ${described.source}: ${described.reason},`;
}

/** A phase that has a deadline. */
export type TimeoutPhase =
  | "connect"
  | "tls"
  | "associate"
  | "response"
  | "cancel"
  | "release"
  | "network";

/** A deadline passed; the association was aborted. */
export class DicomTimeoutError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "DicomTimeoutError";
  /** The phase whose deadline passed. */
  readonly phase: TimeoutPhase;
  /** The deadline in milliseconds. */
  readonly limitMs: number;

  /** Says which deadline passed. */
  constructor(phase: TimeoutPhase, limitMs: number, endpoint?: Endpoint) {
    const peer = endpoint === undefined ? "the peer" : formatEndpoint(endpoint);
    super(`${timeoutTexts[phase](peer)} within ${limitMs / 1000} s`);
    this.phase = phase;
    this.limitMs = limitMs;
  }
}

const timeoutTexts: Record<TimeoutPhase, (peer: string) => string> = {
  connect: (peer) => `No connection to ${peer}`,
  tls: (peer) => `No answer from ${peer} to the TLS handshake (is TLS on there?)`,
  associate: (peer) => `No answer from ${peer} to the association request`,
  response: (peer) => `No response from ${peer}`,
  cancel: (peer) => `No end of the responses from ${peer} after C-CANCEL`,
  release: (peer) => `No answer from ${peer} to the release request`,
  network: (peer) => `Nothing received from ${peer}`,
};

/** The peer accepted the association but no presentation context for what was asked of it. */
export class PresentationContextError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "PresentationContextError";
  /** The SOP class that was asked for. */
  readonly abstractSyntax: string;
  /** The peer's Result/Reason; `undefined` where it did not answer or none was proposed. */
  readonly result: number | undefined;

  /** Says what the peer answered for `abstractSyntax`. */
  constructor(abstractSyntax: string, result: number | undefined, why: string) {
    super(`No presentation context for SOP class ${abstractSyntax}: ${why}`);
    this.abstractSyntax = abstractSyntax;
    this.result = result;
  }
}

/** The peer ended an operation with a status that is not Success, PS3.7 Annex C. */
export class DimseStatusError extends WorklistdError {
  /** The name of the class. */
  override readonly name = "DimseStatusError";
  /** The value of Status (0000,0900). */
  readonly status: number;
  /** The category of the status. */
  readonly category: StatusCategory;
  /** Error Comment (0000,0902): free text of the peer, it may hold patient data. */
  readonly errorComment: string | undefined;
  /** Offending Element (0000,0901). */
  readonly offendingElement: readonly number[];

  /** Describes the status; the error comment stays out of the message. */
  constructor(
    operation: string,
    service: StatusService,
    response: {
      status: number;
      errorComment?: string | undefined;
      offendingElement?: readonly number[] | undefined;
    },
  ) {
    const { category, text } = describeStatus(response.status, service);
    super(`${operation} ended with status ${formatStatus(response.status)} (${category}): ${text}`);
    this.status = response.status;
    this.category = category;
    this.errorComment = response.errorComment;
    this.offendingElement = response.offendingElement ?? [];
  }
}

/**
 * Returns true if an attempt before the next scheduled time may help.
 *
 * True for faults that may pass without a person: no connection, a transient rejection, an aborted association, a
 * passed deadline, a peer out of resources. False for what stays until somebody changes something: a
 * permanent rejection, a bad certificate, an identifier that the peer does not understand.
 *
 * @param error The error of an operation.
 * @returns True if an early retry may help.
 */
export function isRetriable(error: unknown): boolean {
  if (error instanceof TlsError) return false;
  if (error instanceof AssociationRejectedError) return error.result === 2;
  if (error instanceof AssociationAbortedError) return error.source !== "local";
  if (error instanceof DimseStatusError) return error.status >= 0xA700 && error.status <= 0xA7FF;
  return error instanceof ConnectError || error instanceof DicomTimeoutError;
}
