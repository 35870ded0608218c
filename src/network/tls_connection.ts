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
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import type { ByteConnection, ConnectOptions } from "./byte_connection.ts";
import { DicomTimeoutError, TlsError } from "./errors.ts";
import {
  isVerificationFault,
  type PeerCertificateFacts,
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
 * @param options Where to.
 * @param tls Certificates and how far to verify.
 * @returns The connection.
 * @throws {TlsCredentialError} If our certificate or key cannot be used.
 * @throws {TlsError} If the handshake fails.
 * @throws {DicomTimeoutError} If `signal` ends it; connect() tells whose signal that was.
 * @throws {Error} If there is no TCP connection: an error with a `code`, as Node names them.
 */
export async function connectTls(options: Attempt, tls: TlsOptions): Promise<ByteConnection> {
  const { verify = "full" } = tls;
  const context = readCredentials(tls);
  try {
    return await shakeHands(options, {
      ...context,
      rejectUnauthorized: verify !== "none",
      ...(verify === "chain" && { checkServerIdentity: () => undefined }),
    }, (socket) => new TlsConnection(socket, options));
  } catch (cause) {
    const noConnection = cause instanceof Error && "syscall" in cause && cause.syscall !== "read";
    if (noConnection || options.signal.aborted) throw cause;
    const certificate = certificateOf(cause) ?? await fetchCertificate(options, cause);
    throw new TlsError(options, whyNoTls(cause, options.host, certificate), { cause });
  }
}

/** Connects and gives the socket to `take` at once, so that no event of it is missed. */
function shakeHands<T>(
  { host, port, connectMs, signal }: Attempt,
  tls: ConnectionOptions,
  take: (socket: TLSSocket) => T,
): Promise<T> {
  const socket = connectSocket({ host, port, minVersion: "TLSv1.2", ...tls });
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
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays to the end: an "error" that nobody listens to would end the program.
  socket.on("error", fail);
  socket.once("secureConnect", () => {
    signal.removeEventListener("abort", onAbort);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    resolve(take(socket));
  });
  return promise;
}

/** The certificate that a host name did not fit. */
function certificateOf(error: unknown): PeerCertificateFacts | undefined {
  const hasCertificate = error instanceof Error && "cert" in error;
  return hasCertificate ? factsOf(error.cert as PeerCertificate) : undefined;
}

/**
 * The certificate of a peer that was refused, by a second handshake that verifies nothing and sends
 * nothing: the TLS stack tells neither its dates nor, reliably, that they were the reason.
 */
async function fetchCertificate(
  options: Attempt,
  refusal: unknown,
): Promise<PeerCertificateFacts | undefined> {
  if (!isVerificationFault(refusal)) return undefined;
  try {
    return await shakeHands(options, { rejectUnauthorized: false }, (socket) => {
      const facts = factsOf(socket.getPeerCertificate());
      socket.destroy();
      return facts;
    });
  } catch {
    return undefined;
  }
}

function factsOf(certificate: PeerCertificate | undefined): PeerCertificateFacts {
  const { subjectaltname, subject, valid_from, valid_to } = certificate ?? {};
  const alternatives = [...(subjectaltname ?? "").matchAll(/(?:DNS|IP Address|IP):([\w.:*-]+)/g)];
  const commonName = subject?.CN;
  const fallback = typeof commonName === "string" && /^[\w.:*-]+$/.test(commonName)
    ? [commonName]
    : [];
  const now = Date.now();
  return {
    names: alternatives.length > 0 ? alternatives.map((match) => match[1] ?? "") : fallback,
    isExpired: Date.parse(valid_to ?? "") < now,
    isNotYetValid: Date.parse(valid_from ?? "") > now,
  };
}

/** Reads and writes a `TLSSocket` by promises; nothing is read ahead beyond the socket's own buffer. */
class TlsConnection implements ByteConnection {
  readonly tls: TlsInfo;
  readonly #socket: TLSSocket;
  readonly #options: ConnectOptions;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: TLSSocket, options: ConnectOptions) {
    this.#socket = socket;
    this.#options = options;
    this.tls = infoOf(socket);
    const wake = (): void => {
      this.#wake?.();
      this.#wake = undefined;
    };
    socket.on("readable", wake);
    socket.on("end", () => {
      this.#ended = true;
      wake();
    });
    socket.on("close", () => {
      this.#ended = true;
      wake();
    });
    socket.on("error", (error: Error) => {
      this.#error = error;
      wake();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      const chunk: Uint8Array | null = this.#socket.read();
      if (chunk !== null) {
        this.#rest = chunk;
      } else if (this.#error !== undefined) {
        throw this.#wrapped(this.#error);
      } else if (this.#ended) {
        return null;
      } else {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }
    const taken = this.#rest.subarray(0, into.length);
    into.set(taken);
    this.#rest = this.#rest.subarray(taken.length);
    return taken.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        // What ended the socket tells more than that it has ended.
        if (error) reject(this.#wrapped(this.#error ?? error));
        else resolve(bytes.length);
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** With TLS 1.3 a peer refuses our certificate only after the handshake, as a first answer. */
  #wrapped(error: Error): Error {
    if (!/alert/i.test(error.message)) return error;
    return new TlsError(this.#options, whyNoTls(error, this.#options.host), { cause: error });
  }
}

function infoOf(socket: TLSSocket): TlsInfo {
  const expires = Date.parse(socket.getPeerCertificate()?.valid_to ?? "");
  return {
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
    certificateExpires: Number.isNaN(expires)
      ? undefined
      : Temporal.Instant.fromEpochMilliseconds(expires),
  };
}
