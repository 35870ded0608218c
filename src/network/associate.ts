// Touches the world: through the connection that it opens.
/**
 * The begin of an association: connected, requested, accepted or rejected.
 *
 * PS3.8 sections 7.1 and 9.2. The way on is in `association.ts`.
 *
 * @module
 */
import { Association } from "./association.ts";
import { connect } from "./connect.ts";
import { AssociationRejectedError, type Endpoint } from "./errors.ts";
import { type AssociationProposal, defaultMaxPduLength, requestOf } from "./negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "./pdu.ts";
import { encodePdu } from "./pdu_encode.ts";
import { PeerLink } from "./peer_link.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";
import type { TlsOptions } from "./tls.ts";
import type { Trace } from "./trace.ts";

/** Options of {@linkcode associate}. */
export interface AssociateOptions extends AssociationProposal, Endpoint {
  /** Deadlines; those left out are of {@linkcode defaultTimeouts}. */
  readonly timeouts?: Timeouts | undefined;
  /** Speak TLS; leave out for a plain connection. */
  readonly tls?: TlsOptions | undefined;
  /**
   * The longest data set that is kept, in bytes; of a longer one only the length is known.
   *
   * @default {67108864}
   */
  readonly maxMessageLength?: number | undefined;
  /** Aborts the association at any time, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every PDU and message. */
  readonly trace?: Trace | undefined;
}

/**
 * Connects to a peer and establishes an association.
 *
 * PS3.8 section 7.1.
 *
 * @param options The peer, what is proposed to it, deadlines.
 * @returns The association: release it, or hold it with `await using`.
 * @throws {ConnectError} If there is no connection; `TlsError` if only TLS failed.
 * @throws {AssociationRejectedError} If the peer rejects it.
 * @throws {AssociationAbortedError} If the peer aborts or closes the connection instead.
 * @throws {DicomTimeoutError} If a deadline passes; its phase is "connect", "associate" or "network".
 * @throws {DicomDecodeError} If the peer does not speak DICOM.
 */
export async function associate(options: AssociateOptions): Promise<Association> {
  const { host, port, tls, signal, trace, maxMessageLength } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const request = requestOf(options);
  const requestBytes = encodePdu(request);
  const connection = await connect({ host, port, tls, signal, connectMs: timeouts.connectMs });
  const link = new PeerLink(connection, {
    endpoint: { host, port },
    maxPduLength: options.maxPduLength ?? defaultMaxPduLength,
    maxMessageLength,
    networkMs: timeouts.networkMs,
    trace,
  });
  const onAbort = (): void => void link.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  link.whenEnded(() => signal?.removeEventListener("abort", onAbort));
  if (signal?.aborted) onAbort();
  link.setDeadline("associate", timeouts.associateMs);
  await link.write(requestBytes);
  const answer = await receiveAnswer(link, request, options);
  link.liftDeadline();
  link.state = "transfer";
  return await Association.accepted(link, request, answer, timeouts, trace);
}

/** Waits for A-ASSOCIATE-AC; anything else is an error and ends the link. */
async function receiveAnswer(
  link: PeerLink,
  request: AAssociateRq,
  endpoint: Endpoint,
): Promise<AAssociateAc> {
  const frame = await link.receiveFrame();
  const pdu = await link.decode(frame);
  switch (pdu.type) {
    case "A-ASSOCIATE-AC":
      return pdu;
    case "A-ASSOCIATE-RJ": {
      const { calledAeTitle, callingAeTitle } = request;
      const error = new AssociationRejectedError(pdu, {
        host: endpoint.host,
        port: endpoint.port,
        calledAeTitle,
        callingAeTitle,
      });
      await link.close(error);
      throw error;
    }
    default:
      return await link.refuse(frame);
  }
}
