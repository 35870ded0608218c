/** An HTTP proxy on loopback that makes tunnels (CONNECT), or refuses to. */
export class TunnelProxy implements AsyncDisposable {
  readonly port: number;
  /** The first line of each request, and its authorization. */
  readonly requests: string[] = [];
  readonly #listener: Deno.Listener;
  readonly #ended: Promise<void>;
  readonly #open = new Set<Promise<unknown>>();

  /** @param answer The status and reason that it answers. */
  constructor(answer = "200 OK") {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#ended = this.#serve(answer);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#ended;
    await Promise.allSettled(this.#open);
  }

  async #serve(answer: string): Promise<void> {
    for await (const connection of this.#listener) {
      this.#open.add(this.#accept(connection, answer).catch(() => {}));
    }
  }

  async #accept(connection: Deno.Conn, answer: string): Promise<void> {
    let head = "";
    const buffer = new Uint8Array(4096);
    while (!head.includes("\r\n\r\n")) {
      const length = await connection.read(buffer);
      if (length === null) return connection.close();
      head += new TextDecoder().decode(buffer.subarray(0, length));
    }
    const [line = ""] = head.split("\r\n");
    const authorization = /^proxy-authorization: (.*?)\r?$/im.exec(head)?.[1] ?? "";
    this.requests.push(`${line} ${authorization}`.trim());
    await connection.write(new TextEncoder().encode(`HTTP/1.1 ${answer}\r\n\r\n`));
    if (!answer.startsWith("200")) return connection.close();
    const [hostname = "", port] = (line.split(" ")[1] ?? "").split(":");
    const target = await Deno.connect({ hostname, port: Number(port) });
    await Promise.allSettled([
      connection.readable.pipeTo(target.writable),
      target.readable.pipeTo(connection.writable),
    ]);
  }
}
