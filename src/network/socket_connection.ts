/**
 * A socket of `node:net` or `node:tls` with the interface of a connection.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ByteConnection } from "./byte_connection.ts";

/** Reads and writes a socket by promises; nothing is read ahead beyond the socket's own buffer. */
export class SocketConnection implements ByteConnection {
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Takes a connected socket over. */
  constructor(socket: Socket) {
    this.#socket = socket;
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
        throw this.explained(this.#error);
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
        // The cause that ended the socket says more than its end.
        if (error) reject(this.explained(this.#error ?? error));
        else resolve(bytes.length);
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The error to throw for an error of the socket. */
  protected explained(error: Error): Error {
    return error;
  }
}
