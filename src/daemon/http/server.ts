// Touches the world: listens for HTTP.
/**
 * Accepts HTTP requests within limits, and answers them by a function from `Request` to `Response`.
 *
 * `Deno.serve` has no limit for slow headers, slow bodies or the number of connections (checked with 2.9.6: such
 * connections stay open for ever). `node:http` has them all, so it is in front.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { ListenAddress } from "../config/http.ts";
import { isLoopback } from "../../serve/address_range.ts";

/** The origin of a request. */
export interface Caller {
  /** The address of the other end. */
  readonly address: string;
}

/** Options of a server. */
export interface HttpServerOptions {
  readonly listen: ListenAddress;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Connections open at once. */
  readonly maxConnections: number;
  /** Answers a request. */
  handle(request: Request, caller: Caller): Promise<Response> | Response;
  /** Called with a fault in `handle`. */
  onError(error: unknown): void;
  /** @default {defaultLimits} */
  readonly limits?: HttpLimits;
}

/** The limits for callers, in milliseconds. */
export interface HttpLimits {
  /** For the TLS handshake. */
  readonly handshakeMs: number;
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Until the next request on a connection. */
  readonly idleMs: number;
  /** A reader that takes nothing for so long is cut off. */
  readonly stalledMs: number;
  /** For reading an answer other than a stream of events. */
  readonly answerMs: number;
}

/** The limits in use. */
export const defaultLimits: HttpLimits = {
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 15_000,
  idleMs: 5_000,
  stalledMs: 30_000,
  answerMs: 120_000,
};

/** A listener. */
export interface HttpServer {
  /** The port, also where any was asked for. */
  readonly port: number;
  /** Ends all connections and stops to listen. */
  close(): Promise<void>;
}

/** Bytes of all headers of a request. */
const longestHeaders = 16_384;
/** Bytes of a body; no request of ours has a longer one. */
const longestBody = 65_536;
/** Of all connections, one address other than loopback may hold this share. */
const shareOfOne = 0.25;

/**
 * Listens.
 *
 * @param options The address, the number of connections and the handler.
 * @returns The listener.
 * @throws {Error} If the address cannot be listened on.
 */
export async function serve(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, tls, maxConnections, limits = defaultLimits } = options;
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void answer(incoming, outgoing, options).catch(() => outgoing.destroy());
  };
  const settings = {
    maxHeaderSize: longestHeaders,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 2),
  };
  const server: Server = tls === undefined ? createServer(settings, onRequest) : createTlsServer(
    { ...settings, ...tls, handshakeTimeout: limits.handshakeMs, minVersion: "TLSv1.2" },
    onRequest,
  );
  server.maxConnections = maxConnections;
  limitEachAddress(server, Math.max(10, Math.floor(maxConnections * shareOfOne)));
  // A client that breaks off or speaks no HTTP is that client's fault.
  server.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Keeps one machine from taking all connections; proxies on this machine may. */
function limitEachAddress(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress = "" } = socket;
    if (isLoopback(remoteAddress)) return;
    const count = open.get(remoteAddress) ?? 0;
    if (count >= most) {
      socket.destroy();
      return;
    }
    open.set(remoteAddress, count + 1);
    socket.once("close", () => {
      const rest = (open.get(remoteAddress) ?? 1) - 1;
      if (rest > 0) open.set(remoteAddress, rest);
      else open.delete(remoteAddress);
    });
  });
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { tls, handle, onError, limits = defaultLimits }: HttpServerOptions,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort(new Error("the other end has gone")));
  const request = await requestOf(incoming, tls === undefined ? "http" : "https", gone.signal);
  if (typeof request === "number") {
    const allow = request === 405 ? { allow: "GET, HEAD, POST" } : {};
    outgoing.writeHead(request, { connection: "close", "content-length": "0", ...allow }).end();
    return;
  }
  let response: Response;
  try {
    const address = incoming.socket.remoteAddress ?? "";
    response = await handle(request, { address: address.replace(/^::ffff:/, "") });
  } catch (error) {
    if (gone.signal.aborted) return;
    onError(error);
    outgoing.writeHead(500, { connection: "close", "content-length": "0" }).end();
    return;
  }
  await send(response, outgoing, incoming.method === "HEAD", gone.signal, limits);
}

/** Makes the request of the Fetch standard; a number is the status with which it is refused. */
async function requestOf(
  incoming: IncomingMessage,
  scheme: string,
  signal: AbortSignal,
): Promise<Request | number> {
  const { method = "GET", url = "/", headers } = incoming;
  if (!url.startsWith("/")) return 400;
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // Of a header that came several times the values are joined, so that no two readers choose differently.
    if (value !== undefined) given.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const host = given.get("host") ?? "";
  let target: URL;
  try {
    target = new URL(`${scheme}://${host === "" ? "localhost" : host}${url}`);
  } catch {
    return 400;
  }
  if (method === "GET" || method === "HEAD") {
    return new Request(target, { method, headers: given, signal });
  }
  if (Number(given.get("content-length") ?? 0) > longestBody) return 413;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > longestBody) return 413;
    chunks.push(Uint8Array.from(chunk));
  }
  try {
    return new Request(target, { method, headers: given, body: new Blob(chunks), signal });
  } catch {
    // A method that the Fetch standard forbids, such as TRACE.
    return 405;
  }
}

async function send(
  response: Response,
  outgoing: ServerResponse,
  isHead: boolean,
  gone: AbortSignal,
  { answerMs, stalledMs }: HttpLimits,
): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body === null || isHead) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const late = isStream ? undefined : setTimeout(() => outgoing.destroy(), answerMs);
  const reader = response.body.getReader();
  const cancel = (): void => void reader.cancel(gone.reason).catch(() => {});
  gone.addEventListener("abort", cancel, { once: true });
  try {
    if (isStream) outgoing.flushHeaders();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || gone.aborted) break;
      if (!outgoing.write(value)) await drained(outgoing, stalledMs);
    }
    outgoing.end();
  } finally {
    clearTimeout(late);
    gone.removeEventListener("abort", cancel);
  }
}

/** Waits until the other end has read what was written, and cuts it off if it reads nothing. */
async function drained(outgoing: ServerResponse, stalledMs: number): Promise<void> {
  if (outgoing.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => outgoing.destroy(), stalledMs);
  outgoing.once("drain", resolve);
  outgoing.once("close", resolve);
  await promise;
  clearTimeout(timer);
  outgoing.off("drain", resolve);
  outgoing.off("close", resolve);
}
