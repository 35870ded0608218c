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
import { connect as connectSocket, type TLSSocket } from "node:tls";
import type { ByteConnection, ConnectOptions } from "./connect.ts";
import { TlsError } from "./errors.ts";
import { readCredentials, type TlsInfo, type TlsOptions, whyNoTls } from "./tls.ts";

/**
 * Opens a TLS connection.
 *
 * @param options Where to; `signal` ends the attempt.
 * @param tls Certificates and how far to verify.
 * @returns The connection.
 * @throws {TlsCredentialError} If our certificate or key cannot be used.
 * @throws {TlsError} If the handshake fails.
 * @throws {Error} If there is no TCP connection: an error with a `code`, as Node names them.
 */
export function connectTls(
  options: ConnectOptions & { readonly signal: AbortSignal },
  tls: TlsOptions,
): Promise<ByteConnection> {
  const { host, port, signal } = options;
  const { verify = "full" } = tls;
  const socket = connectSocket({
    host,
    port,
    minVersion: "TLSv1.2",
    rejectUnauthorized: verify !== "none",
    ...(verify === "chain" && { checkServerIdentity: () => undefined }),
    ...readCredentials(tls),
  });
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const done = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", (cause: Error) => {
      done();
      socket.destroy();
      const noConnection = "syscall" in cause && cause.syscall !== "read";
      const names = certificateNames(socket);
      reject(
        noConnection ? cause : new TlsError(options, whyNoTls(cause, host, names), { cause }),
      );
    });
    socket.once("secureConnect", () => {
      done();
      socket.removeAllListeners("error");
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      resolve(new TlsConnection(socket, options));
    });
  });
}

/** The host names and addresses that the peer's certificate is for. */
function certificateNames(socket: TLSSocket): string[] {
  const { subjectaltname, subject } = socket.getPeerCertificate() ?? {};
  const names = [...(subjectaltname ?? "").matchAll(/(?:DNS|IP Address|IP):([\w.:*-]+)/g)];
  if (names.length > 0) return names.map((name) => name[1] ?? "");
  const commonName = subject?.CN;
  return typeof commonName === "string" && /^[\w.:*-]+$/.test(commonName) ? [commonName] : [];
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
        if (error) reject(this.#wrapped(error));
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
