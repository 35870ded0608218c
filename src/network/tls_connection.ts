// Touches the world: opens TLS connections.
/**
 * A TLS connection with the interface of a plain one.
 *
 * Made on `node:tls`, not on `Deno.connectTls`: only there can a certificate be trusted without its
 * host name or without a chain, CA certificates stand instead of the built-in ones, a peer's
 * self-signed certificate be trusted by itself, and its expiry be read.
 *
 * @module
 */
import {
  connect as connectSocket,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  rootCertificates,
  type TLSSocket,
} from "node:tls";
import type { Duplex } from "node:stream";
import type { ByteConnection, ConnectOptions } from "./byte_connection.ts";
import { chainFault, type ChainOptions, TrustAnchors } from "./certificate_chain.ts";
import { unitRemedy } from "../base/capability.ts";
import { DicomTimeoutError, type Endpoint, TlsCredentialError, TlsError } from "./errors.ts";
import { SocketConnection } from "./socket_connection.ts";
import {
  derOf,
  isVerificationFault,
  readCredentials,
  type TlsInfo,
  type TlsOptions,
  whyNoTls,
} from "./tls.ts";

/** Options of {@linkcode connectTls}; `signal` ends the attempt. */
type Attempt = ConnectOptions & { readonly signal: AbortSignal };

/**
 * Opens a TLS connection.
 *
 * @param options The destination.
 * @param tls Certificates and how far to verify.
 * @returns The connection.
 * @throws {TlsCredentialError} If our certificate or key cannot be used.
 * @throws {TlsError} If the handshake fails.
 * @throws {DicomTimeoutError} If `signal` ends it; connect() knows whose signal that was.
 * @throws {Error} If there is no TCP connection: an error with a `code`, as Node names them.
 */
export async function connectTls(options: Attempt, tls: TlsOptions): Promise<ByteConnection> {
  const hasCertificate = tls.cert !== undefined;
  return await openTls(
    options,
    tls,
    (socket) => new TlsConnection(socket, options, hasCertificate),
  );
}

/** Options of {@linkcode openTls}. */
export interface TlsAttempt extends Endpoint {
  /** The limit, for the message when `signal` ends it. */
  readonly connectMs: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** A connection to speak TLS over, such as that to a proxy. @default a new one to `host` */
  readonly over?: Duplex | undefined;
}

/**
 * Opens a TLS connection and verifies the peer. Nothing is sent over it before that. Every TLS connection of
 * the program is opened here.
 *
 * @param attempt The address and the limit.
 * @param tls Certificates and how far to verify.
 * @param take Takes the connected socket over at once, so that no event of it is missed.
 * @returns The result of `take`.
 * @throws {TlsCredentialError} If our certificate or key cannot be used.
 * @throws {TlsError} If the handshake fails or the peer is not to be believed.
 * @throws {DicomTimeoutError} If `signal` ends it during the handshake.
 * @throws {Error} If there is no TCP connection: an error with a `code`, as Node names them.
 */
export async function openTls<T>(
  attempt: TlsAttempt,
  tls: TlsOptions,
  take: (socket: TLSSocket) => T,
): Promise<T> {
  const { verify = "full" } = tls;
  const { ca, ...identity } = readCredentials(tls);
  // Always named: what the environment adds to those that are built in (DENO_CERT, NODE_EXTRA_CA_CERTS) is not trusted.
  const trusted = ca ?? (verify === "none" ? [] : builtIn());
  const verifying = {
    anchors: anchorsOf(trusted),
    purpose: "server",
    host: verify === "full" ? attempt.host : undefined,
  } as const;
  try {
    return await shakeHands(
      attempt,
      { ...identity, ca: [...trusted], rejectUnauthorized: verify !== "none" },
      (socket) => {
        const fault = verify === "none" ? undefined : faultOf(socket, verifying);
        if (fault === undefined) return take(socket);
        throw new TlsError(attempt, fault);
      },
    );
  } catch (cause) {
    const noConnection = cause instanceof Error && "syscall" in cause && cause.syscall !== "read";
    if (noConnection || attempt.signal.aborted || cause instanceof TlsError) throw cause;
    const fault = isVerificationFault(cause) ? await faultFound(attempt, verifying) : undefined;
    throw new TlsError(
      attempt,
      fault ?? whyNoTls(cause, { hasCertificate: identity.cert !== undefined }),
      { cause },
    );
  }
}

type Verifying = Omit<ChainOptions, "now">;

/** Connects and gives the socket to `take` at once, so that no event of it is missed. */
function shakeHands<T>(
  { host, port, connectMs, signal, over }: TlsAttempt,
  tls: ConnectionOptions,
  take: (socket: TLSSocket) => T,
): Promise<T> {
  const socket = connectSocket({
    ...(over === undefined ? { host, port } : { socket: over, servername: serverNameOf(host) }),
    minVersion: "TLSv1.2",
    // Done by faultOf(), from the certificate as it was sent.
    checkServerIdentity: () => undefined,
    ...tls,
  });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void =>
    fail(
      socket.connecting ? signal.reason : new DicomTimeoutError("tls", connectMs, { host, port }),
    );
  const fail = (error: unknown): void => {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
    reject(error);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays to the end: an "error" that nobody listens to would end the program.
  socket.on("error", fail);
  socket.once("secureConnect", () => {
    try {
      const taken = take(socket);
      signal.removeEventListener("abort", onAbort);
      if (over === undefined) {
        socket.setNoDelay(true);
        socket.setKeepAlive(true);
      }
      resolve(taken);
    } catch (error) {
      fail(error);
    }
  });
  return promise;
}

/** The host for Server Name Indication, which has no addresses. */
function serverNameOf(host: string): string {
  return /^[\d.]+$|:/.test(host) ? "" : host;
}

function faultOf(socket: TLSSocket, verifying: Verifying): string | undefined {
  return chainFault(chainOf(socket), { ...verifying, now: Date.now() });
}

/**
 * The certificates that a peer sent, as they came; none if one of them cannot be read.
 *
 * @param socket The connection, after the handshake.
 */
export function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain = new Set<Uint8Array>();
  try {
    let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    // The last one may be its own issuer.
    while (next?.raw !== undefined && !chain.has(next.raw) && chain.size < mostRead) {
      chain.add(next.raw);
      next = next.issuerCertificate;
    }
  } catch {
    return [];
  }
  return [...chain];
}

const mostRead = 30;

/**
 * Finds the fault of a peer that the TLS stack refused, by a second handshake that verifies nothing and sends
 * nothing. The error of the TLS stack alone does not say enough.
 */
async function faultFound(attempt: TlsAttempt, verifying: Verifying): Promise<string | undefined> {
  if (attempt.over !== undefined) return undefined;
  try {
    return await shakeHands(attempt, { rejectUnauthorized: false }, (socket) => {
      const fault = faultOf(socket, verifying);
      socket.destroy();
      return fault;
    });
  } catch (error) {
    // Nothing was verified but the proof that the peer has its key.
    return isVerificationFault(error) ? unusableKey : undefined;
  }
}

const unusableKey =
  "the key of the peer's certificate cannot be used: it is an RSA key of less than 2048 bits, " +
  "or the peer does not have it. It needs a new key and certificate";

let builtInOnes: readonly string[] | undefined;

/** The authorities that come with the runtime, whatever the environment says. */
function builtIn(): readonly string[] {
  try {
    builtInOnes ??= [...rootCertificates];
    return builtInOnes;
  } catch (cause) {
    const why = "this process may not read those that come with Deno (--allow-sys). Give `ca`, " +
      `or: ${unitRemedy}`;
    throw new TlsCredentialError("ca", why, { cause });
  }
}

let builtInAnchors: TrustAnchors | undefined;

function anchorsOf(trusted: readonly string[]): TrustAnchors {
  if (trusted !== builtInOnes) return new TrustAnchors(trusted.map(derOf));
  builtInAnchors ??= new TrustAnchors(trusted.map(derOf));
  return builtInAnchors;
}

/** A connection over a `TLSSocket`. */
export class TlsConnection extends SocketConnection {
  readonly tls: TlsInfo;
  readonly #options: ConnectOptions;
  readonly #hasCertificate: boolean;

  constructor(socket: TLSSocket, options: ConnectOptions, hasCertificate: boolean) {
    super(socket);
    this.#hasCertificate = hasCertificate;
    this.#options = options;
    this.tls = infoOf(socket);
  }

  /** With TLS 1.3 a peer refuses our certificate only after the handshake, as a first answer. */
  protected override explained(error: Error): Error {
    if (!/alert/i.test(error.message)) return error;
    const why = whyNoTls(error, { hasCertificate: this.#hasCertificate });
    return new TlsError(this.#options, why, { cause: error });
  }
}

function infoOf(socket: TLSSocket): TlsInfo {
  const expires = Date.parse(socket.getPeerCertificate()?.valid_to ?? "");
  return {
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
    certificateExpires: Number.isNaN(expires) ? undefined : new Date(expires),
  };
}
