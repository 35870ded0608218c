import { assert, assertEquals } from "@std/assert";
import {
  defaultLimits,
  type HttpServer,
  type HttpServerOptions,
  serve,
} from "../../../../src/daemon/http/server.ts";

const quick = {
  ...defaultLimits,
  handshakeMs: 300,
  headersMs: 300,
  requestMs: 600,
  idleMs: 300,
  stalledMs: 400,
};

async function listening(options: Partial<HttpServerOptions> = {}): Promise<
  HttpServer & { readonly errors: unknown[] } & AsyncDisposable
> {
  const errors: unknown[] = [];
  const server = await serve({
    listen: { host: "127.0.0.1", port: 0 },
    maxConnections: 20,
    handle: async (request) => new Response(`${request.method} ${(await request.text()).length}`),
    onError: (error) => errors.push(error),
    limits: quick,
    ...options,
  });
  return { ...server, errors, [Symbol.asyncDispose]: () => server.close() };
}

function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

async function send(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

/** Reads until the other end closes; what it resets counts as closed. */
async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return text;
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    return text;
  } finally {
    connection.close();
  }
}

async function exchange(port: number, text: string): Promise<string> {
  const connection = await connect(port);
  await send(connection, text);
  return await readAll(connection);
}

Deno.test("serve() answers, and gives HEAD no body", async () => {
  await using server = await listening();
  const url = `http://127.0.0.1:${server.port}/`;
  assertEquals(await (await fetch(url)).text(), "GET 0");
  assertEquals(
    await (await fetch(url, { method: "POST", body: "x".repeat(500) })).text(),
    "POST 500",
  );
  const head = await fetch(url, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("serve() ends connections whose headers, body or next request do not come", async () => {
  await using server = await listening();
  for (
    const text of [
      "",
      "GET / HTTP/1.1\r\nHost: a\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
    ]
  ) {
    const answer = await exchange(server.port, text);
    assert(answer === "" || answer.startsWith("HTTP/1.1 408"), `${text} ${answer}`);
  }
  const idle = await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert(idle.startsWith("HTTP/1.1 200"), idle);
});

Deno.test("serve() refuses long headers, long bodies, odd targets and what is no HTTP", async () => {
  await using server = await listening();
  const long = "a".repeat(200_000);
  for (
    const [text, wanted] of [
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${long}\r\n\r\n`, /^$|^HTTP\/1.1 4(00|31)/],
      [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n`, /^HTTP\/1.1 413/],
      [
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n${long}`,
        /^HTTP\/1.1 413/,
      ],
      ["GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1.1 400/],
      ["GET / HTTP/1.1\r\nHost: a b\r\n\r\n", /^HTTP\/1.1 400/],
      ["TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", /^HTTP\/1.1 405/],
      ["\x16\x03\x01 hello\r\n\r\n", /^$|^HTTP\/1.1 400/],
      [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        /^$|^HTTP\/1.1 400/,
      ],
    ] as const
  ) {
    const answer = await exchange(server.port, text);
    assert(wanted.test(answer), `${text.slice(0, 80)}: ${answer.slice(0, 80)}`);
  }
  assertEquals(server.errors, []);
});

Deno.test("serve() takes no more connections than it may, and goes on when some have ended", async () => {
  await using server = await listening({
    maxConnections: 10,
    limits: { ...quick, headersMs: 60_000, requestMs: 60_000 },
  });
  const open = await Promise.all(Array.from({ length: 10 }, () => connect(server.port)));
  for (const connection of open) await send(connection, "GET / HTTP/1.1\r\n");
  // The tenth was accepted when this one is refused: its request is answered by nobody.
  assertEquals(await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "");
  for (const connection of open) connection.close();
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await exchange(
      server.port,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    if (answer.startsWith("HTTP/1.1 200")) break;
    assert(performance.now() < deadline, "no connection is taken although all others have ended");
  }
});

Deno.test("serve() cuts off a reader that reads nothing, and asks for no more than it reads", async () => {
  let pieces = 0;
  const ended = Promise.withResolvers<void>();
  await using server = await listening({
    handle: () =>
      new Response(
        new ReadableStream({
          pull(controller): void {
            pieces++;
            controller.enqueue(new Uint8Array(65_536));
          },
          cancel: () => ended.resolve(),
        }, { highWaterMark: 0 }),
        { headers: { "content-type": "text/event-stream" } },
      ),
  });
  const connection = await connect(server.port);
  await send(connection, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await ended.promise;
  connection.close();
  assert(pieces < 500, `${pieces} pieces of 64 KiB were made for a reader that reads nothing`);
});

Deno.test("serve() tells a stream that its reader has gone", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = await listening({
    handle: (request) => {
      request.signal.addEventListener("abort", () => gone.resolve());
      const body = new ReadableStream({
        start(controller): void {
          controller.enqueue(new TextEncoder().encode(": hello\n\n"));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const aborting = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { signal: aborting.signal });
  const reader = response.body?.getReader();
  assertEquals(new TextDecoder().decode((await reader?.read())?.value), ": hello\n\n");
  aborting.abort();
  await gone.promise;
  await reader?.read().catch(() => {});
});

Deno.test("serve() answers a fault of its own with 500 and reports it", async () => {
  await using server = await listening({
    handle: () => {
      throw new Error("a fault");
    },
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, await response.text()], [500, ""]);
  assertEquals(server.errors.length, 1);
});

Deno.test("serve() speaks HTTPS, and gives up a handshake that does not come", async () => {
  const cert = await Deno.readTextFile("test/golden/tls/server.pem");
  const key = await Deno.readTextFile("test/golden/tls/server.key");
  const caCerts = [await Deno.readTextFile("test/golden/tls/ca.pem")];
  await using server = await listening({ tls: { cert, key } });
  using client = Deno.createHttpClient({ caCerts });
  const response = await fetch(`https://localhost:${server.port}/`, { client });
  assertEquals(await response.text(), "GET 0");
  assertEquals(await exchange(server.port, ""), "");
});

Deno.test("serve() says why an address cannot be listened on", async () => {
  await using server = await listening();
  let message = "";
  try {
    await listening({ listen: { host: "127.0.0.1", port: server.port } });
  } catch (error) {
    message = String(error);
  }
  assert(message.includes("EADDRINUSE"), message);
});
