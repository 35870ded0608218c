/**
 * A TCP proxy in front of a server, as slow as a test wants it.
 *
 * @module
 */

/** A proxy on a free port of 127.0.0.1. */
export class DelayingProxy implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  /** Milliseconds before each piece that the server sends is passed on. */
  delayMs = 0;
  /** The most bytes in a piece. */
  pieceBytes = 65_536;
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #connections = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;
  readonly #tasks = new Set<Promise<void>>();

  /** @param target The server. */
  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = { hostname: target.host, port: target.port };
    this.#listener = Deno.listen({ hostname: this.host, port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) this.#close(connection);
    await Promise.all(this.#tasks);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const task = this.#join(client).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #join(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    try {
      const server = await Deno.connect(this.#target);
      this.#connections.add(server);
      await Promise.all([this.#pass(client, server, false), this.#pass(server, client, true)]);
    } catch {
      this.#close(client);
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, isSlow: boolean): Promise<void> {
    const into = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await from.read(into.subarray(0, isSlow ? this.pieceBytes : undefined));
        if (length === null) break;
        if (isSlow && this.delayMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, this.delayMs));
        }
        for (let at = 0; at < length;) at += await to.write(into.subarray(at, length));
      }
    } catch {
      // One side has closed: so does the other.
    }
    this.#close(from);
    this.#close(to);
  }

  #close(connection: Deno.Conn): void {
    if (this.#connections.delete(connection)) connection.close();
  }
}
