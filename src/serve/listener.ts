// Touches the world: listens for connections.
/**
 * Listens for connections: TCP, or TLS without certificates of stations.
 *
 * @module
 */
import type { ByteConnection } from "../network/byte_connection.ts";
import type { Endpoint } from "../network/errors.ts";

/** An incoming connection. */
export interface IncomingConnection extends ByteConnection {
  /** The address of the station. */
  readonly remote: Endpoint;
}

/** The source of connections. */
export interface StationListener {
  /** The address of the listener. */
  readonly host: string;
  /** The port of the listener. */
  readonly port: number;
  /** Waits for a connection; `undefined` after {@linkcode StationListener.close}. */
  accept(): Promise<IncomingConnection | undefined>;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens for connections.
 *
 * @param host The address.
 * @param port The port; 0 takes a free one.
 * @param tls The certificate and key in PEM, to speak TLS.
 * @returns The listener.
 */
export function listenPlain(
  host: string,
  port: number,
  tls?: { readonly cert: string; readonly key: string },
): StationListener {
  const listener: Deno.Listener<Deno.Conn<Deno.NetAddr>> = tls === undefined
    ? Deno.listen({ hostname: host, port })
    : Deno.listenTls({ hostname: host, port, ...tls });
  const address = listener.addr as Deno.NetAddr;
  let isClosed = false;
  return {
    host: address.hostname,
    port: address.port,
    async accept(): Promise<IncomingConnection | undefined> {
      try {
        return incoming(await listener.accept());
      } catch (error) {
        if (isClosed || error instanceof Deno.errors.BadResource) return undefined;
        throw error;
      }
    },
    close(): void {
      isClosed = true;
      listener.close();
    },
  };
}

function incoming(connection: Deno.Conn<Deno.NetAddr>): IncomingConnection {
  if ("setNoDelay" in connection) {
    const tcp = connection as Deno.TcpConn;
    tcp.setNoDelay(true);
    tcp.setKeepAlive(true);
  }
  const { hostname, port } = connection.remoteAddr;
  return {
    remote: { host: hostname, port },
    read: (into) => connection.read(into),
    write: (bytes) => connection.write(bytes),
    close: () => connection.close(),
  };
}
