// Touches the world: opens TCP connections where there is no Deno.
/**
 * TCP connections on Node. On Deno, `connect.ts` opens them itself and does not load this module.
 *
 * @module
 */
import { connect } from "node:net";
import type { ByteConnection } from "./byte_connection.ts";
import type { Endpoint } from "./errors.ts";
import { SocketConnection } from "./socket_connection.ts";

/**
 * Opens a TCP connection. Nagle's algorithm is off and keep-alive is on.
 *
 * @param endpoint The address.
 * @param signal Ends the attempt.
 * @returns The connection.
 * @throws {Error} If there is none: an error with a `code`, as Node names them; or the reason of `signal`.
 */
export function connectOnNode(
  { host, port }: Endpoint,
  signal: AbortSignal,
): Promise<ByteConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<ByteConnection>();
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  const fail = (error: unknown): void => {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
    reject(error);
  };
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays to the end: an "error" that nobody listens to would end the program.
  socket.on("error", fail);
  socket.once("connect", () => {
    signal.removeEventListener("abort", onAbort);
    resolve(new SocketConnection(socket));
  });
  if (signal.aborted) onAbort();
  return promise;
}
