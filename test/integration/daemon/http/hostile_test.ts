import { assert, assertEquals } from "@std/assert";
import { step } from "../../../support/daemon_config.ts";
import { openHttpBench, token } from "../../../support/http_bench.ts";

/** Opens connections that send the beginning of a request and no more. */
async function hold(port: number, count: number, text: string): Promise<Deno.TcpConn[]> {
  const bytes = new TextEncoder().encode(text);
  const open = await Promise.all(
    Array.from({ length: count }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  // What is over the limit is closed by the other end, before or after these bytes.
  await Promise.all(open.map((connection) => connection.write(bytes).catch(() => 0)));
  return open;
}

Deno.test("a thousand connections that never end a request change nothing for polls", async () => {
  await using bench = await openHttpBench({ section: { maxConnections: 100 } });
  const port = Number(new URL(bench.url).port);
  const open = [
    ...await hold(port, 700, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"),
    ...await hold(
      port,
      300,
      "POST /-/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n{",
    ),
  ];
  for (let id = 0; id < 50; id++) bench.ris.items.set(String(id), step(String(id)));
  const startedMs = performance.now();
  await bench.poll();
  assertEquals(bench.session.status().queries[0]?.items, 50);
  // It takes some 30 ms; the machine may be busy.
  assert(performance.now() - startedMs < 5_000);
  for (const connection of open) connection.close();
  const deadline = performance.now() + 10_000;
  for (;;) {
    const status = await bench.get("/-/healthy").then(async (response) => {
      await response.body?.cancel();
      return response.status;
    }, () => 0);
    if (status === 200) break;
    assert(performance.now() < deadline, "nobody is answered although all others have gone");
  }
});

Deno.test("readers of live events that read nothing change nothing for polls, and are bounded", async () => {
  await using bench = await openHttpBench({ section: { maxStreams: 20, maxConnections: 400 } });
  const port = Number(new URL(bench.url).port);
  const open = await hold(
    port,
    200,
    "GET /api/v1/events/stream?query=ct&since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
      `Authorization: Bearer ${token}\r\n\r\n`,
  );
  for (let id = 0; id < 2_000; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  assertEquals(bench.session.status().queries[0]?.items, 2_000);
  const refused = await bench.get("/api/v1/events/stream");
  await refused.body?.cancel();
  assertEquals(refused.status, 503);
  const events = await bench.get("/api/v1/events?query=ct&since=1999");
  assertEquals((await events.json()).last, 2_000);
  for (const connection of open) connection.close();
});
