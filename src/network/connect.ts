// Touches the world: opens TCP and TLS connections; nothing else does. On Node, `node_connect.ts` opens them.
/**
 * Opens the connection under an association, plain or with TLS.
 *
 * PS3.8 section 9.1 and PS3.15 Annex B. Nagle's algorithm is off and keep-alive is on.
 *
 * @module
 */
import { timerMs } from "../base/timer.ts";
import { unitRemedy } from "../base/capability.ts";
import type { ByteConnection, ConnectOptions } from "./byte_connection.ts";
import { ConnectError, DicomTimeoutError, TlsCredentialError } from "./errors.ts";

/**
 * Opens a connection.
 *
 * @param options The address and the limit.
 * @returns The connection.
 * @throws {ConnectError} If there is none: name unknown, refused, unreachable.
 * @throws {DicomTimeoutError} If `connectMs` passed; its phase is "connect", or "tls" where the TCP connection stood.
 */
export async function connect(options: ConnectOptions): Promise<ByteConnection> {
  const { host, port, tls, connectMs, signal } = options;
  signal?.throwIfAborted();
  // Not setTimeout(): its first call costs a short-lived program 10 ms before anything is sent.
  const limit = AbortSignal.timeout(timerMs(connectMs));
  const attempt = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    if (tls !== undefined) {
      const { connectTls } = await import("./tls_connection.ts");
      return await connectTls({ ...options, signal: attempt }, tls);
    }
    if (typeof Deno === "undefined") {
      const { connectOnNode } = await import("./node_connect.ts");
      return await connectOnNode({ host, port }, attempt);
    }
    const connection = await Deno.connect({ hostname: host, port, signal: attempt });
    connection.setNoDelay(true);
    connection.setKeepAlive(true);
    return connection;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof DicomTimeoutError) throw cause;
    if (limit.aborted) throw new DicomTimeoutError("connect", connectMs, options);
    if (cause instanceof ConnectError || cause instanceof TlsCredentialError) throw cause;
    throw new ConnectError(options, whyNoConnection(cause), { cause });
  }
}

/** Messages for the operating system's error codes, by Node's names. */
const codeTexts = new Map([
  [
    "EMFILE",
    "this process may open no more files (EMFILE): raise LimitNOFILE= in the unit, or ulimit -n",
  ],
  ["ECONNREFUSED", "connection refused, nothing listens there"],
  ["ECONNRESET", "the connection was reset"],
  ["EHOSTUNREACH", "the host cannot be reached"],
  ["ENETUNREACH", "the network cannot be reached"],
  ["ETIMEDOUT", "the host does not answer"],
  ["ENOTFOUND", "the host name is unknown"],
  ["EAI_AGAIN", "the host name cannot be looked up now (is there a name server?)"],
]);

/**
 * Says why there is no connection.
 *
 * @param error The error.
 * @returns The reason, with the remedy where there is one.
 */
export function whyNoConnection(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof Error && error.name === "NotCapable" || code === "EPERM") {
    return `this process may not connect to it. ${unitRemedy}`;
  }
  const text = codeTexts.get(/too many open files/i.test(message) ? "EMFILE" : code);
  if (text !== undefined) return text;
  if (/temporary failure in name resolution/i.test(message)) {
    return codeTexts.get("EAI_AGAIN") ?? "";
  }
  if (/failed to lookup|no addresses/i.test(message)) return codeTexts.get("ENOTFOUND") ?? "";
  return message;
}
