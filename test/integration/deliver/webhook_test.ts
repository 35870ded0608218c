import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { listDeadLetters } from "../../../src/deliver/dead_letters.ts";
import { DeliveryError } from "../../../src/deliver/delivery_error.ts";
import { makeWebhookSink } from "../../../src/deliver/sinks/webhook.ts";
import type { WebhookOptions } from "../../../src/deliver/sinks/webhook_options.ts";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { TunnelProxy } from "../../support/tunnel_proxy.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { type Answer, HttpReceiver } from "../../support/http_receiver.ts";
import { forgeCertificate, makeKey, pemOf } from "../../support/tls/forge_certificate.ts";
import { ForgingAcceptor } from "../../support/tls/forging_acceptor.ts";
import type { TlsOptions } from "../../../src/network/tls.ts";
import { added, changed, MemoryJournal, removed } from "../../support/memory_journal.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherSecret = "whsec_plJ3nmyCDGBKInavdOK15jsl1xOP3VGwvg==";
const second = 1000;

function hook(receiver: HttpReceiver, options: Partial<WebhookOptions> = {}): WebhookOptions {
  return { type: "webhook", url: receiver.url, secrets: [secret], ...options };
}

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Brings one event to a receiver that answers as told; what is reported then. */
async function reportOf(answer: Answer, options: Partial<WebhookOptions> = {}): Promise<string> {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  receiver.answer = answer;
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  await bench.open({ hook: hook(receiver, options) }, journal);
  journal.commit(bench.clock.now(), added(1));
  await until(() => bench.reports.length > 0);
  return (bench.messages[0] ?? "").replace(`127.0.0.1:${receiver.port}`, "HOST");
}

Deno.test("a webhook receives the event as it was committed, with signatures that verify", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path, new FakeClock(Temporal.Now.instant()));
  const journal = new MemoryJournal();
  const headers = { "X-Site": "north" };
  await bench.open({
    hook: hook(receiver, { secrets: [otherSecret, secret], headers, bearerToken: "t0ken" }),
  }, journal);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  const [request] = receiver.requests;
  const [event] = await journal.read(0, 1);
  assertEquals(request?.body, event?.line);
  const sent = Object.fromEntries(request?.headers ?? []);
  assertEquals(sent["content-type"], "application/cloudevents+json; charset=utf-8");
  assertEquals(sent["webhook-id"], "ct-today.0000000000000001");
  assertEquals(sent["x-site"], "north");
  assertEquals(sent["authorization"], "Bearer t0ken");
  for (const each of [secret, otherSecret]) new Webhook(each).verify(request?.body ?? "", sent);
  assertThrows(() => new Webhook(secret).verify(`${request?.body} `, sent));
});

Deno.test("a webhook sends basic authentication", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal();
  const basic = { username: "jane", password: "pässword" };
  await bench.open({ hook: hook(receiver, { basic }) }, journal);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  assertEquals(receiver.requests[0]?.headers.get("authorization"), "Basic amFuZTpww6Rzc3dvcmQ=");
});

Deno.test("a webhook uses one connection again and again", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  receiver.answer = () => new Response("thank you");
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal();
  await bench.open({ hook: hook(receiver) }, journal);
  for (let n = 1; n <= 20; n++) journal.commit(bench.clock.now(), added(n));
  await bench.drained();
  assertEquals(new Set(receiver.requests.map(({ connection }) => connection)).size, 1);
});

for (const status of [200, 201, 202, 204, 299, 409]) {
  Deno.test(`a webhook takes ${status} for success`, async () => {
    const answer = (): Response => new Response(null, { status });
    assertEquals(await reportOf(answer), "delivered 1");
  });
}

const triedAgain = [301, 302, 307, 308, 400, 401, 403, 404, 408, 422, 425, 429, 451];
for (const status of [...triedAgain, 500, 502, 503, 504, 599]) {
  Deno.test(`a webhook tries again after ${status}`, async () => {
    const location = "https://elsewhere.example.org/";
    const answer = (): Response => new Response("MARKER", { status, headers: { location } });
    assertEquals(
      await reportOf(answer),
      `failed: Cannot deliver to sink "hook": HOST answered ${status}`,
    );
  });
}

Deno.test("a webhook gives an event up that is too large for its receiver", async () => {
  const answer = (): Response => new Response("MARKER", { status: 413 });
  assertEquals(await reportOf(answer), 'dead: Cannot deliver to sink "hook": HOST answered 413');
});

Deno.test("a webhook tries again only after the answers that it is told", async () => {
  const retriedStatuses = [[404, 404], [500, 599]] as const;
  const fate = async (status: number): Promise<string> =>
    (await reportOf(() => new Response("", { status }), { retriedStatuses })).split(":")[0] ?? "";
  for (const status of [404, 500, 599]) assertEquals(await fate(status), "failed");
  for (const status of [307, 400, 403, 413, 429]) assertEquals(await fate(status), "dead");
  assertEquals(await fate(409), "delivered 1");
  assertEquals(await fate(410), "stopped");
});

Deno.test("a webhook gives up waiting for a receiver that stalls", async () => {
  let stop = (): void => {};
  const stalled = new Promise<Response>((resolve) => stop = () => resolve(new Response()));
  const words = await reportOf(() => (setTimeout(stop, 200), stalled), { timeoutMs: 30 });
  assertEquals(words, 'failed: Cannot deliver to sink "hook": no answer from HOST within 30 ms');
});

Deno.test("a webhook judges by the status when the body stalls or has no end", async () => {
  const stalling = new Response(
    new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) }),
  );
  assertEquals(await reportOf(() => stalling, { timeoutMs: 50 }), "delivered 1");
  const chunk = new Uint8Array(32 * 1024);
  const endless = new Response(new ReadableStream({ pull: (body) => body.enqueue(chunk) }));
  assertEquals(await reportOf(() => endless), "delivered 1");
});

Deno.test("a webhook tries again when nobody listens, and names no more than the reason", async () => {
  await using folder = new TemporaryFolder();
  const receiver = new HttpReceiver();
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal();
  await bench.open({ hook: { type: "webhook", url, secrets: [secret] } }, journal);
  journal.commit(bench.clock.now(), added(1));
  await until(() => bench.reports.length > 0);
  assertEquals(
    bench.messages[0],
    `failed: Cannot deliver to sink "hook": no connection to ${new URL(url).host}: ` +
      "connection refused, nothing listens there",
  );
});

Deno.test("a webhook stops for good at 410, tells why, and starts again with another URL", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  await bench.open({ hook: hook(receiver) }, journal);
  receiver.answer = () => new Response(null, { status: 410 });
  journal.commit(bench.clock.now(), added(1), added(2));
  await until(() => bench.reports.length > 0);
  assertEquals(bench.deliveries.status()[0]?.state, "stopped");
  assertEquals(bench.deliveries.neededAfter("q"), Infinity);
  await bench.drained();
  await bench.close();

  await bench.open({ hook: hook(receiver) }, journal);
  journal.commit(bench.clock.now(), added(3));
  await settle();
  assertEquals(receiver.requests.length, 1);
  const [status] = bench.deliveries.status();
  assertEquals([status?.state, status?.backlog], ["stopped", 3]);
  assertMatch(status?.stopped?.reason ?? "", /answered 410 Gone: it wants no more events$/);
  assertEquals([status?.lastError, status?.nextAttempt], [status?.stopped?.reason, undefined]);
  await bench.close();

  receiver.answer = () => new Response();
  await bench.open({ hook: hook(receiver, { url: `${receiver.url}&v=2` }) }, journal);
  await bench.drained();
  assertEquals(receiver.ids.slice(1).map((id) => Number(id.slice(2))), [1, 2, 3]);
});

Deno.test("a webhook sends nothing more after 410: no heartbeat, no other query, no dead letter", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const clock = new FakeClock();
  await using bench = new DeliveryBench(folder.path, clock);
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  receiver.answer = () => new Response(null, { status: 413 });
  await bench.open({ hook: hook(receiver, { heartbeatMs: 60 * second, concurrency: 1 }) }, a, b);
  a.commit(clock.now(), added(1), added(2));
  await bench.drained();
  assertEquals(receiver.requests.length, 2);

  const gone = Promise.withResolvers<Response>();
  receiver.answer = () => gone.promise;
  const { signal } = new AbortController();
  const resent = assertRejects(() => bench.deliveries.resend("hook", undefined, signal));
  await receiver.received(3);
  b.commit(clock.now(), added(1));
  await clock.advance(60 * second);
  gone.resolve(new Response(null, { status: 410 }));
  await resent;
  await settle();
  await clock.advance(120 * second);
  assertEquals(bench.deliveries.status()[0]?.state, "stopped");
  const error = await assertRejects(() => bench.deliveries.resend("hook", undefined, signal));
  assertMatch(String(error), /wants no more events\. Start it again with `worklistd replay`$/);
  assertEquals(receiver.requests.length, 3);
  assertEquals(bench.reports.filter(({ kind }) => kind === "stopped").length, 1);
});

Deno.test("a webhook sends batches whose id stays the same over attempts and restarts", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  const batched = hook(receiver, { batch: { maxEvents: 3, maxWaitMs: 0 } });
  receiver.answer = () => new Response(null, { status: 503 });
  await bench.open({ hook: batched }, journal);
  journal.commit(bench.clock.now(), added(1), added(2));
  await until(() => bench.reports.length > 0);
  await bench.close();
  journal.commit(bench.clock.now(), added(3));
  receiver.answer = () => new Response();
  await bench.open({ hook: batched }, journal);
  if (bench.clock instanceof FakeClock) await bench.clock.advance(5 * second);
  await bench.drained();
  const [first, again, last] = receiver.requests;
  assertEquals(
    first?.headers.get("content-type"),
    "application/cloudevents-batch+json; charset=utf-8",
  );
  assertEquals(first?.headers.get("webhook-id"), again?.headers.get("webhook-id"));
  assertEquals(first?.body, again?.body);
  assertEquals([again?.ids.length, last?.ids.length], [2, 1]);
});

Deno.test("a failing query does not delay another one of the same webhook, nor another sink", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using other = new HttpReceiver();
  receiver.answer = ({ ids }) =>
    new Response(null, { status: ids[0]?.startsWith("a") ? 500 : 204 });
  await using bench = new DeliveryBench(folder.path);
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  await bench.open({ hook: hook(receiver), other: hook(other) }, a, b);
  a.commit(bench.clock.now(), added(1), added(2));
  b.commit(bench.clock.now(), added(1), added(2));
  await other.receivedEvents(4);
  await receiver.receivedEvents(3);
  assertEquals(receiver.ids.map((id) => id.replaceAll("0", "")).sort(), ["a.1", "b.1", "b.2"]);
});

Deno.test("dead letters are listed without patient data and can be sent again", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  receiver.answer = () => new Response(null, { status: 413 });
  await bench.open({ hook: hook(receiver) }, journal);
  journal.commit(bench.clock.now(), added(1), added(2));
  await bench.drained();
  await bench.close();
  const letters = await listDeadLetters(folder.path, "hook");
  assertEquals(letters.map(({ id, reason, httpStatus }) => [id, reason, httpStatus]), [
    ["q.0000000000000001", "refused", 413],
    ["q.0000000000000002", "refused", 413],
  ]);
  assertEquals(JSON.stringify(letters).includes("MARKER"), false);

  const { signal } = new AbortController();
  await bench.open({ hook: hook(receiver) }, journal);
  assertEquals(bench.deliveries.status()[0]?.deadLetters, 2);
  await assertRejects(() => bench.deliveries.resend("hook", undefined, signal), DeliveryError);
  receiver.answer = () => new Response();
  const again = await bench.deliveries.resend("hook", ["q.0000000000000002"], signal);
  assertEquals(again, { sent: 1, left: 1 });
  assertEquals(await bench.deliveries.resend("hook", undefined, signal), { sent: 1, left: 0 });
  const bodies = receiver.requests.slice(-2).map(({ body }) => body);
  assertEquals(bodies, (await journal.read(0, 2)).map(({ line }) => line).reverse());
});

Deno.test("a replay begins at a sequence or a time, for all queries or one", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  await using bench = new DeliveryBench(folder.path, clock);
  const [a, b] = [new MemoryJournal("a"), new MemoryJournal("b")];
  await bench.open({ hook: hook(receiver) }, a, b);
  for (let n = 1; n <= 5; n++) {
    for (const journal of [a, b]) journal.commit(clock.now(), added(n));
    await clock.advance(60 * second);
  }
  await bench.drained();
  const replayed = async (
    ...args: Parameters<typeof bench.deliveries.replay>
  ): Promise<string[]> => {
    const before = receiver.ids.length;
    const count = await bench.deliveries.replay(...args);
    await bench.drained();
    const ids = receiver.ids.slice(before).map((id) => id.replaceAll("0", "")).sort();
    assertEquals(ids.length, count);
    return ids;
  };
  const time = Temporal.Instant.from("2026-11-21T12:02:30Z");
  assertEquals(await replayed("hook", { time }), ["a.4", "a.5", "b.4", "b.5"]);
  assertEquals(await replayed("hook", { sequence: 5 }, "b"), ["b.5"]);
  assertEquals(await replayed("hook", { sequence: 0 }, "a"), ["a.1", "a.2", "a.3", "a.4", "a.5"]);
  assertEquals(await replayed("hook", { sequence: 99 }), []);
});

Deno.test("a heartbeat says how far each query is", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  await using bench = new DeliveryBench(folder.path, clock);
  const journal = new MemoryJournal("q");
  await bench.open(
    { hook: hook(receiver, { heartbeatMs: 60 * second, events: ["removed"] }) },
    journal,
  );
  journal.commit(clock.now(), added(1), removed(1), added(2));
  await bench.drained();
  await clock.advance(60 * second);
  await receiver.received(2);
  const { time: _time, id, ...event } = JSON.parse(receiver.requests[1]?.body ?? "");
  assertEquals(id, "webhook.heartbeat.hook.2026-11-21T12:01:00.000Z");
  assertEquals(event, {
    specversion: "1.0",
    source: "/worklistd/sinks/hook",
    type: "webhook.heartbeat",
    datacontenttype: "application/json",
    data: {
      sink: "hook",
      queries: { q: { committed: "0000000000000003", delivered: "0000000000000002" } },
    },
  });
});

Deno.test("a webhook merges the changes of an item that wait together", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  await using bench = new DeliveryBench(folder.path, clock);
  const journal = new MemoryJournal("q");
  await bench.open({ hook: hook(receiver, { coalesceMs: 30 * second }) }, journal);
  const date = "ScheduledProcedureStepStartDate";
  journal.commit(clock.now(), changed(1, date, "20261121", "20261122"));
  await clock.advance(10 * second);
  journal.commit(clock.now(), changed(1, date, "20261122", "20261123"));
  await clock.advance(20 * second);
  await bench.drained();
  const [event] = receiver.requests.map(({ body }) => JSON.parse(body));
  assertEquals(receiver.requests.length, 1);
  assertEquals(event.id, "q.0000000000000001-0000000000000002");
  assertEquals(event.data.sources, ["q.0000000000000001", "q.0000000000000002"]);
  assertEquals([event.data.changes[0].before, event.data.changes[0].after], [
    ["20261121"],
    ["20261123"],
  ]);
});

Deno.test("a webhook that fails for an hour gets everything in order, each under one id, over restarts", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  await using bench = new DeliveryBench(folder.path, clock);
  const journal = new MemoryJournal("q");
  const end = clock.now().add({ hours: 1 });
  const taken: string[] = [];
  receiver.answer = ({ ids }) => {
    if (Temporal.Instant.compare(clock.now(), end) < 0) return new Response(null, { status: 500 });
    taken.push(...ids);
    return new Response();
  };
  for (let n = 1; n <= 30; n++) {
    if (n % 10 === 1) {
      await bench.close();
      await bench.open({ hook: hook(receiver) }, journal);
    }
    const reports = bench.reports.length;
    journal.commit(clock.now(), added(n));
    await clock.advance(300 * second);
    if (n === 1) await until(() => bench.reports.length > reports);
    await clock.advance(0);
  }
  while (taken.length < 30) await clock.advance(60 * second);
  assertEquals(taken.map((id) => Number(id.slice(2))), Array.from({ length: 30 }, (_, n) => n + 1));
});

Deno.test("neither errors nor reports of a webhook have patient data, secrets or the query of its URL", async () => {
  const words = [
    await reportOf(() => new Response("MARKER^1", { status: 500 })),
    await reportOf(() => new Response("MARKER^1", { status: 400 })),
    await reportOf(() => new Response("MARKER^1", { status: 410 })),
  ].join("\n");
  for (const secretText of ["MARKER", "url-secret", "MfKQ9"]) {
    assertEquals(words.includes(secretText), false);
  }
});

Deno.test({
  name: "a webhook needs no more permission than for its receiver's port",
  permissions: { net: ["localhost:20999"], read: true, write: true },
  fn: async () => {
    const url = "http://localhost:20999/hook";
    const sink = makeWebhookSink({ type: "webhook", url, secrets: [] }, {
      name: "hook",
      clock: new FakeClock(),
      note: () => {},
    });
    const event = { id: "q.1", sequence: 1, line: "{}" };
    const { signal } = new AbortController();
    const error = await assertRejects(() => sink.send({ query: "q", events: [event] }, signal));
    assertMatch(String(error), /connection refused, nothing listens there/);
    await sink.close();
  },
});

Deno.test("a webhook is not made for a URL that must not be used", () => {
  const context = { name: "hook", clock: new FakeClock(), note: () => {} };
  const options = { type: "webhook", url: "http://orders.example.org/", secrets: [] } as const;
  assertThrows(
    () => makeWebhookSink(options, context),
    SyntaxError,
    'Cannot use the url of sink "hook": patient data would travel unencrypted',
  );
});

const tls = new URL("../../golden/tls/", import.meta.url);
const pem = (name: string): string => Deno.readTextFileSync(new URL(name, tls));

/** Brings one event to a receiver that speaks TLS; what is reported then. */
async function reportOverTls(certificate: string, options: TlsOptions): Promise<string> {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver({
    cert: pem(`${certificate}.pem`),
    key: pem(`${certificate}.key`),
  });
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  const url = receiver.url.replace("http:", "https:");
  await bench.open({ hook: hook(receiver, { url, tls: options }) }, journal);
  journal.commit(bench.clock.now(), added(1));
  await until(() => bench.reports.length > 0);
  return (bench.messages[0] ?? "").replace(
    `failed: Cannot deliver to sink "hook": no connection to 127.0.0.1:${receiver.port}: `,
    "",
  );
}

const ca = [pem("ca.pem")];
const overTls: [string, string, TlsOptions, RegExp][] = [
  ["believes an authority that it is told", "server", { ca }, /^delivered 1$/],
  ["believes no other", "server", { ca: [pem("other_ca.pem")] }, /is not trusted: give its/],
  ["believes a self-signed certificate that it is told", "self_signed", {
    ca: [pem("self_signed.pem")],
  }, /^delivered 1$/],
  ["believes no other self-signed one", "self_signed", { ca }, /is self-signed: trust it/],
  [
    "looks for its host in the certificate",
    "other_host",
    { ca },
    /is for pacs\.example, not for 127/,
  ],
  ["looks for no host if told so", "other_host", { ca, verify: "chain" }, /^delivered 1$/],
  ["verifies nothing if told so", "expired", { verify: "none" }, /^delivered 1$/],
  [
    "says that a certificate has expired",
    "expired",
    { ca },
    /^the peer's certificate has expired$/,
  ],
];
for (const [what, certificate, options, expected] of overTls) {
  Deno.test(`a webhook ${what}`, async () => {
    assertMatch(await reportOverTls(certificate, options), expected);
  });
}

Deno.test("a webhook sends nothing to a receiver without the key of its certificate", async () => {
  const key = makeKey();
  const certificate = forgeCertificate({ subject: "hook", key, version: 1 });
  await using acceptor = new ForgingAcceptor({ chain: [certificate], key: makeKey() });
  const url = `https://127.0.0.1:${acceptor.port}/`;
  const tls = { ca: [pemOf(certificate)] };
  const sink = makeWebhookSink({ type: "webhook", url, secrets: [], tls }, {
    name: "hook",
    clock: new FakeClock(),
    note: () => {},
  });
  const delivery = { query: "q", events: [{ id: "q.1", sequence: 1, line: "{}" }] };
  await assertRejects(
    () => sink.send(delivery, new AbortController().signal),
    DeliveryError,
    "is of X.509 version 1",
  );
  await sink.close();
  assertEquals(acceptor.receivedBytes, 0);
});

Deno.test("a webhook goes through a proxy", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  const proxy = { url: `http://127.0.0.1:${receiver.port}`, username: "u", password: "p" };
  const url = "http://127.0.0.1:65001/hook";
  await bench.open({ hook: hook(receiver, { url, proxy }) }, journal);
  journal.commit(bench.clock.now(), added(1));
  await bench.drained();
  const [request] = receiver.requests;
  assertEquals(request?.headers.get("host"), "127.0.0.1:65001");
  assertEquals(request?.headers.get("proxy-authorization"), "Basic dTpw");
});

Deno.test("a webhook goes through the tunnel of a proxy to a receiver that speaks TLS", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver({ cert: pem("server.pem"), key: pem("server.key") });
  await using proxy = new TunnelProxy();
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  const url = receiver.url.replace("http:", "https:");
  const through = { url: proxy.url, username: "u", password: "p" };
  await bench.open({ hook: hook(receiver, { url, proxy: through, tls: { ca } }) }, journal);
  for (let n = 1; n <= 3; n++) journal.commit(bench.clock.now(), added(n));
  await bench.drained();
  assertEquals(receiver.ids.length, 3);
  assertEquals(proxy.requests, [
    `CONNECT 127.0.0.1:${receiver.port} HTTP/1.1 Basic dTpw`,
  ]);
});

Deno.test("a webhook says what its proxy answers", async () => {
  await using folder = new TemporaryFolder();
  await using proxy = new TunnelProxy("407 Proxy Authentication Required");
  await using bench = new DeliveryBench(folder.path);
  const journal = new MemoryJournal("q");
  const url = "https://127.0.0.1:65001/hook?token=url-secret";
  await bench.open({
    hook: { type: "webhook", url, secrets: [], proxy: { url: proxy.url } },
  }, journal);
  journal.commit(bench.clock.now(), added(1));
  await until(() => bench.reports.length > 0);
  assertEquals(
    bench.messages[0],
    `failed: Cannot deliver to sink "hook": no connection to 127.0.0.1:${proxy.port}: ` +
      "the proxy answered 407 to CONNECT 127.0.0.1:65001",
  );
});
