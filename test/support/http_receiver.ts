import { Pulse } from "../../src/deliver/pulse.ts";

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  /** The port from which it came: the same as long as the connection is. */
  readonly connection: number;
  /** The ids of the events in it. */
  readonly ids: readonly string[];
}

/** What to do with a request: answer it, or never. */
export type Answer = (request: ReceivedRequest) => Response | Promise<Response>;

/** A webhook receiver on loopback that notes what arrives and answers as the test says. */
export class HttpReceiver implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  answer: Answer = () => new Response(null, { status: 204 });
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #arrived = new Pulse();
  readonly #ending = new AbortController();

  constructor(tls?: { readonly cert: string; readonly key: string }) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls };
    this.#server = Deno.serve(
      options,
      (request, info) => this.#take(request, info.remoteAddr.port),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook?token=url-secret`;
  }

  /** The ids of all events that arrived, in order. */
  get ids(): string[] {
    return this.requests.flatMap(({ ids }) => ids);
  }

  /** Waits until so many requests have arrived. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await this.#arrived.next(AbortSignal.any([]));
  }

  /** Waits until a number of different events have arrived. */
  async receivedEvents(count: number): Promise<void> {
    while (new Set(this.ids).size < count) await this.#arrived.next(AbortSignal.any([]));
  }

  /** An answer that never comes, until the receiver ends. */
  async stall(): Promise<Response> {
    await new Promise((resolve) => this.#ending.signal.addEventListener("abort", resolve));
    return new Response();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#server.shutdown();
  }

  async #take(request: Request, connection: number): Promise<Response> {
    const { headers, url } = request;
    const body = await request.text();
    const events: { id: string }[] = [JSON.parse(body)].flat();
    const received = {
      path: new URL(url).pathname,
      headers,
      body,
      connection,
      ids: events.map(({ id }) => id),
    };
    this.requests.push(received);
    this.#arrived.beat();
    return await this.answer(received);
  }
}
