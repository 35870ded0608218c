/**
 * The interface between an association and the connection under it.
 *
 * @module
 */
import type { Endpoint } from "./errors.ts";
import type { TlsInfo, TlsOptions } from "./tls.ts";

/** The connection under an association: what is needed of a socket. */
export interface ByteConnection {
  /** Reads at least one byte; `null` at the end. Closing the connection ends a pending read. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes at least one byte and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes the connection. */
  close(): void;
  /** The result of the TLS handshake; absent on a plain connection. */
  readonly tls?: TlsInfo;
}

/** Options of {@linkcode connect}. */
export interface ConnectOptions extends Endpoint {
  /** Speak TLS; leave out for a plain connection. */
  readonly tls?: TlsOptions | undefined;
  /** The limit for opening the connection, in milliseconds. */
  readonly connectMs: number;
  /** Ends the attempt. */
  readonly signal?: AbortSignal | undefined;
}
