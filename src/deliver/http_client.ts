// Touches the world: opens connections and sends HTTP requests.
/**
 * An HTTP client for one receiver: HTTP/1.1 by `node:http`, over connections that this file opens.
 *
 * It replaces `fetch`, which takes proxies and certificate authorities from the environment (`http_proxy`,
 * `ALL_PROXY`, `DENO_CERT`), even if Deno was started with `--ignore-env`. Here only the configuration
 * counts. TLS is verified by {@linkcode openTls}, as for peers.
 *
 * @module
 */
import { Agent, type IncomingMessage, request as sendRequest } from "node:http";
import { connect as connectSocket, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { whyNoConnection } from "../network/connect.ts";
import {
  ConnectError,
  type Endpoint,
  formatEndpoint,
  TlsCredentialError,
} from "../network/errors.ts";
import { type TlsOptions, whyNoTls } from "../network/tls.ts";

/** The options of an {@linkcode HttpClient}. */
export interface HttpClientOptions {
  readonly url: URL;
  /** The TLS options for `https:`. @default verify fully, by the built-in authorities */
  readonly tls?: TlsOptions | undefined;
  /** The HTTP proxy to go through. */
  readonly proxy?: HttpProxy | undefined;
  /** The most connections at the same time. */
  readonly connections: number;
  /** The time limit for opening a connection, in milliseconds. */
  readonly connectMs: number;
  /**
   * Returns true if the address of a connection is forbidden. It is called before anything is sent, and not
   * for proxies.
   *
   * @default all are allowed
   */
  readonly isForbidden?: ((address: string) => boolean) | undefined;
}

/** An HTTP proxy. */
export interface HttpProxy {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** The part of an answer that counts. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of the header Retry-After. */
  readonly retryAfter: string | undefined;
}

/** The number of bytes that are read of an answer's body, so that the connection can be used again. */
const drainedBytes = 64 * 1024;

/** Sends requests to one receiver. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agent: Connections;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param options The receiver and how to reach it. */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agent = new Connections(options);
    const { url, proxy } = options;
    const isForwarded = proxy !== undefined && url.protocol === "http:";
    this.#headers = { host: url.host, ...(isForwarded && proxyHeaders(proxy)) };
  }

  /**
   * Sends a POST request.
   *
   * @param headers Its headers.
   * @param body Its body.
   * @param signal Ends the request.
   * @returns The answer. Its body is read and discarded.
   * @throws {ConnectError} If no connection can be opened, or if it ends before the answer.
   * @throws {Error} The reason of `signal`.
   */
  async post(headers: Headers, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await this.#send(headers, body, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // The receiver closed the idle connection just as this request was sent, so a new connection is tried.
      if (error instanceof IdleConnectionError) return await this.post(headers, body, signal);
      if (error instanceof ConnectError || error instanceof TlsCredentialError) throw error;
      throw new ConnectError(endpointOf(this.#options.url), whyNoConnection(error), {
        cause: error,
      });
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.close();
  }

  #send(headers: Headers, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, proxy } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    if (signal.aborted) return Promise.reject(signal.reason);
    const bytes = new TextEncoder().encode(body);
    const outgoing = sendRequest({
      agent: this.#agent,
      method: "POST",
      ...endpointOf(url),
      path: proxy !== undefined && url.protocol === "http:" ? url.href : url.pathname + url.search,
      headers: {
        ...Object.fromEntries(headers),
        ...this.#headers,
        "content-length": String(bytes.length),
      },
    });
    let given: HttpAnswer | undefined;
    const onAbort = (): void => {
      outgoing.destroy(signal.reason);
      // Whatever events a request has that is destroyed between two states: the wait ends here.
      if (given === undefined) reject(signal.reason);
      else resolve(given);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    let usedBefore = false;
    let over: object | undefined;
    outgoing.on("socket", (socket) => {
      over = socket;
      usedBefore = this.#agent.isUsedAgain(socket);
      // A request never learns of a connection that ended before it was given it, and would wait for its timeout.
      const onGone = (): void => {
        fail(this.#agent.faultOf(socket) ?? closedEarly());
        outgoing.destroy();
      };
      if (socket.destroyed) return onGone();
      socket.once("close", onGone);
      outgoing.once("response", () => socket.off("close", onGone));
      outgoing.once("close", () => socket.off("close", onGone));
    });
    const fail = (error: Error): void => {
      // The status counts, whatever happens to the body after it.
      if (given !== undefined) return resolve(given);
      const isIdle = usedBefore && "code" in error &&
        /^E(CONNRESET|PIPE)$/.test(String(error.code));
      const alert = this.#agent.faultOf(over);
      if (alert !== undefined && /alert/i.test(alert.message)) {
        const hasCertificate = this.#options.tls?.cert !== undefined;
        reject(
          new ConnectError(endpointOf(url), whyNoTls(alert, { hasCertificate }), { cause: alert }),
        );
      } else reject(isIdle ? new IdleConnectionError() : error);
    };
    outgoing.on("error", fail);
    outgoing.on("close", () => signal.removeEventListener("abort", onAbort));
    outgoing.on("response", (answer) => {
      const { statusCode: status = 0, headers } = answer;
      const known = given = { status, retryAfter: headers["retry-after"] };
      drain(answer, () => resolve(known));
    });
    outgoing.end(bytes);
    return promise;
  }
}

/** The receiver closed the connection instead of answering. */
function closedEarly(): Error {
  return Object.assign(new Error("the connection ended before an answer"), { code: "ECONNRESET" });
}

/** An error of a connection that was used before and that the receiver has closed since. */
class IdleConnectionError extends Error {}

/** Reads an answer's body to its end, or up to 64 KiB. */
function drain(answer: IncomingMessage, done: () => void): void {
  let bytes = 0;
  answer.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > drainedBytes) answer.destroy();
  });
  answer.on("end", done);
  answer.on("error", done);
  answer.on("close", done);
}

/** The connections to the receiver. They are used again as long as the receiver keeps them open. */
class Connections extends Agent {
  readonly #options: HttpClientOptions;
  readonly #closing = new AbortController();
  readonly #used = new WeakSet<object>();
  readonly #faults = new WeakMap<object, Error>();

  constructor(options: HttpClientOptions) {
    // Even if NODE_USE_ENV_PROXY is set, only the configured proxy is used.
    const noProxy: object = { proxyEnv: {} };
    super({ keepAlive: true, maxSockets: options.connections, ...noProxy });
    this.#options = options;
  }

  override createConnection(
    _: unknown,
    done?: (error: Error | null, socket: Duplex) => void,
  ): Duplex {
    this.#open().then(
      (socket) => done?.(null, socket),
      (error) => done?.(error, undefined as never),
    );
    // If there is no connection yet, Node takes it from `done`. Node's types do not say so.
    return undefined as never;
  }

  /** True if a connection has been used before; from now on it has. */
  isUsedAgain(socket: object): boolean {
    if (this.#used.has(socket)) return true;
    this.#used.add(socket);
    return false;
  }

  /** The error that ended a TLS connection. Node does not pass it on to the request. */
  faultOf(socket: object | undefined): Error | undefined {
    return socket && this.#faults.get(socket);
  }

  close(): void {
    this.#closing.abort(new Error("the sink is being closed"));
    this.destroy();
  }

  async #open(): Promise<Duplex> {
    const { proxy, isForbidden = () => false } = this.#options;
    const socket = await this.#openAny();
    const { remoteAddress } = socket as Partial<Socket>;
    if (proxy === undefined && remoteAddress !== undefined && isForbidden(remoteAddress)) {
      socket.destroy();
      const why = "its name resolves to a link-local or metadata address";
      throw new ConnectError(endpointOf(this.#options.url), why);
    }
    return socket;
  }

  async #openAny(): Promise<Duplex> {
    const { url, tls = {}, proxy, connectMs } = this.#options;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(connectMs)]);
    const target = endpointOf(url);
    if (url.protocol === "http:") {
      return proxy === undefined ? await openTcp(target, signal) : await this.#openProxy(signal);
    }
    const over = proxy && await this.#openTunnel(proxy, target, signal);
    try {
      return await secured({ ...target, connectMs, signal, over }, tls, (socket) => {
        // With TLS 1.3 a receiver refuses our certificate, or asks for one, only after the handshake.
        socket.on("error", (error) => this.#faults.set(socket, error));
        return socket;
      });
    } catch (error) {
      over?.destroy();
      throw error;
    }
  }

  async #openProxy(signal: AbortSignal): Promise<Duplex> {
    const { proxy, connectMs } = this.#options;
    const url = new URL(proxy?.url ?? "");
    const endpoint = endpointOf(url);
    return url.protocol === "http:"
      ? await openTcp(endpoint, signal)
      : await secured({ ...endpoint, connectMs, signal }, {});
  }

  /** Asks the proxy for a connection to the receiver, RFC 9110 section 9.3.6. */
  async #openTunnel(proxy: HttpProxy, target: Endpoint, signal: AbortSignal): Promise<Duplex> {
    const connection = await this.#openProxy(signal);
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const path = formatEndpoint(target);
    const outgoing = sendRequest({
      createConnection: () => connection,
      method: "CONNECT",
      path,
      headers: { host: path, ...proxyHeaders(proxy) },
    });
    const endpoint = endpointOf(new URL(proxy.url));
    const refuse = (status = 0): void =>
      reject(new ConnectError(endpoint, `the proxy answered ${status} to CONNECT ${path}`));
    const onAbort = (): void => void outgoing.destroy(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    outgoing.on("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode < 300) resolve(socket);
      else refuse(statusCode);
    });
    outgoing.on("response", ({ statusCode }) => refuse(statusCode));
    outgoing.on(
      "error",
      (error) => reject(new ConnectError(endpoint, whyNoConnection(error), { cause: error })),
    );
    outgoing.end();
    try {
      return await promise;
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

async function secured(
  attempt: Parameters<typeof import("../network/tls_connection.ts").openTls>[0],
  tls: TlsOptions,
  take: (socket: Duplex) => Duplex = (socket) => socket,
): Promise<Duplex> {
  const { openTls } = await import("../network/tls_connection.ts");
  try {
    return await openTls(attempt, tls, take);
  } catch (cause) {
    if (cause instanceof ConnectError || cause instanceof TlsCredentialError) throw cause;
    const why = attempt.signal.aborted ? noAnswer : whyNoConnection(cause);
    throw new ConnectError(attempt, why, { cause });
  }
}

const noAnswer = "the host does not answer";

function openTcp({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connectSocket({ host, port });
  const fail = (error: unknown): void => {
    socket.destroy();
    const why = signal.aborted ? noAnswer : whyNoConnection(error);
    reject(new ConnectError({ host, port }, why, { cause: error }));
  };
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  // This listener stays to the end: an "error" event without a listener would end the process.
  socket.on("error", fail);
  socket.once("connect", () => {
    signal.removeEventListener("abort", onAbort);
    socket.setNoDelay(true);
    resolve(socket);
  });
  return promise;
}

/**
 * Returns host and port of a URL.
 *
 * @param url The URL.
 * @returns An address without brackets, and the port, also if it is the default one.
 */
export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  const usual = protocol === "https:" ? 443 : 80;
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? usual : Number(port) };
}

function proxyHeaders({ username, password = "" }: HttpProxy): Record<string, string> {
  if (username === undefined) return {};
  const credentials = new TextEncoder().encode(`${username}:${password}`).toBase64();
  return { "proxy-authorization": `Basic ${credentials}` };
}
