// Touches the world: listens for connections with TLS.
/**
 * Listens for TLS connections, with or without a certificate of the station.
 *
 * PS3.15 Annex B. `Deno.listenTls` cannot ask for certificates, so this is `node:tls`. With `require` the handshake
 * itself refuses a station without a certificate of one of the authorities. The TLS stack does not check every
 * signature, so the chain is verified again before the first byte is read (see `certificate_chain.ts`).
 *
 * @module
 */
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { chainFault, TrustAnchors } from "../network/certificate_chain.ts";
import { chainOf, TlsConnection } from "../network/tls_connection.ts";
import { derOf, type TlsCredentials } from "../network/tls.ts";
import type { IncomingConnection, StationListener } from "./listener.ts";

/** TLS of a listener. */
export interface TlsListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: TlsCredentials;
  readonly clientCert: "require" | "if_present" | "ignore";
  /** The time limit of the handshake, in milliseconds. */
  readonly handshakeMs: number;
  /** Called with the reason of a failed handshake. */
  readonly onRefused?: ((why: string, address: string) => void) | undefined;
}

/** The most handshakes at the same time. If there are more, the oldest is ended. */
const mostHandshakes = 128;

/**
 * Listens for TLS connections.
 *
 * @param options The address, the certificates, and the rules for stations.
 * @returns The listener, once it is open.
 * @throws {Error} If the address cannot be opened.
 */
export async function listenTls(options: TlsListenerOptions): Promise<StationListener> {
  const { host, port, credentials, clientCert, handshakeMs, onRefused } = options;
  const asks = clientCert !== "ignore";
  const anchors = new TrustAnchors((credentials.ca ?? []).map(derOf));
  const server = createServer({
    cert: credentials.cert,
    key: credentials.key,
    minVersion: "TLSv1.2",
    handshakeTimeout: handshakeMs,
    ...(asks && {
      ca: credentials.ca,
      requestCert: true,
      rejectUnauthorized: clientCert === "require",
    }),
  });
  const queue = new ConnectionQueue();
  const handshakes = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    handshakes.add(socket);
    socket.once("close", () => handshakes.delete(socket));
    const [oldest] = handshakes;
    if (handshakes.size > mostHandshakes) oldest?.destroy();
  });
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    onRefused?.(refusal(error), socket.remoteAddress ?? "");
    socket.destroy();
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    // An "error" event without a listener would end the process.
    socket.on("error", () => {});
    const address = socket.remoteAddress ?? "";
    for (const each of handshakes) {
      if (each.remoteAddress === address && each.remotePort === socket.remotePort) {
        handshakes.delete(each);
      }
    }
    const why = asks ? faultOf(socket, anchors, clientCert === "require") : undefined;
    if (why !== undefined) {
      onRefused?.(why, address);
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    queue.add(socket, address);
  });
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.once("listening", listening.resolve);
  server.listen(port, host);
  await listening.promise;
  server.removeListener("error", listening.reject);
  server.on("error", () => {});
  const bound = server.address() as AddressInfo;
  return {
    host: bound.address,
    port: bound.port,
    accept: () => queue.next(),
    close(): void {
      for (const socket of handshakes) socket.destroy();
      server.close();
      queue.close();
    },
  };
}

/** Finds the reason against the certificate of a station; `undefined` to accept the station. */
function faultOf(
  socket: TLSSocket,
  anchors: TrustAnchors,
  isRequired: boolean,
): string | undefined {
  const hasCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  if (!hasCertificate) return isRequired ? "it sent no certificate" : undefined;
  const fault = chainFault(chainOf(socket), { anchors, purpose: "client", now: Date.now() });
  if (fault !== undefined) return fault;
  return socket.authorized
    ? undefined
    : "its certificate is not signed by one of the authorities in tls.ca";
}

/** Connections in the order of their handshakes. */
class ConnectionQueue {
  readonly #ready: IncomingConnection[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  add(socket: TLSSocket, address: string): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const remote = { host: address, port: socket.remotePort ?? 0 };
    this.#ready.push(
      Object.assign(new TlsConnection(socket, { ...remote, connectMs: 0 }, true), { remote }),
    );
    this.#wake?.();
  }

  async next(): Promise<IncomingConnection | undefined> {
    while (this.#ready.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#ready.shift();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#ready.splice(0)) connection.close();
    this.#wake?.();
  }
}

function refusal(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") return "it sent no certificate";
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "the handshake took too long";
  return "the handshake failed: no TLS there, or no certificate that one of the authorities signed";
}
