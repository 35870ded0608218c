import { assert, assertEquals } from "@std/assert";
import type * as z from "zod";
import { type Route, routes } from "../../../../src/daemon/http/routes.ts";
import { problemSchema } from "../../../../src/daemon/http/schemas.ts";
import { step } from "../../../support/daemon_config.ts";
import { type HttpBench, openHttpBench } from "../../../support/http_bench.ts";

/** Reads an answer and checks it against the schema of its route. */
async function read<R extends keyof typeof routes>(
  bench: HttpBench,
  route: R,
  path: string,
  init?: RequestInit,
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const response = await bench.get(path, init);
  const { schema } = (routes[route] as Route).answers[response.status] ?? { schema: problemSchema };
  return (schema as z.ZodType).parse(await response.json());
}

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

Deno.test("every route answers as its schema says", async () => {
  await using bench = await openHttpBench();
  bench.ris.items.set("1", step("1"));
  bench.ris.items.set("2", step("2", { time: "093000" }));
  assertEquals(await read(bench, "alive", "/-/healthy"), { alive: true });
  assertEquals(await read(bench, "ready", "/-/ready"), { ready: true, problems: [] });
  const before = await read(bench, "status", "/api/v1/status");
  assertEquals(before.queries[0].sentence, "ct: no complete answer yet");
  await bench.poll();
  const status = await read(bench, "status", "/api/v1/status");
  assertEquals([status.queries[0].level, status.queries[0].items], ["green", 2]);
  assertEquals(status.summary.level, "green");

  const full = await read(bench, "items", "/api/v1/queries/ct/items");
  assertEquals(full.total, 2);
  assertEquals(full.items[0].dataSet["00100020"].Value, ["P1"]);
  const rows = await read(bench, "items", "/api/v1/queries/ct/items?view=rows&offset=1&limit=5");
  assertEquals(rows.rows.length, 1);
  assertEquals(rows.rows[0].slice(2, 6), [0, "2026-11-21 09:30", "Doe, Jane", "P2"]);

  bench.ris.items.set("1", step("1", { time: "101500" }));
  await bench.poll();
  const { subject } = full.items[0];
  const history = await read(bench, "itemHistory", `/api/v1/queries/ct/items/${subject}/history`);
  assertEquals(history.changes.map(({ change }: { change: string }) => change), [
    "added",
    "changed",
  ]);
  assertEquals(history.changes[1].changes, [{
    attribute: "ScheduledProcedureStepStartTime",
    before: "080000",
    after: "101500",
  }]);
  const nobody = await read(bench, "itemHistory", "/api/v1/queries/ct/items/k1-none/history");
  assertEquals(nobody.changes, []);

  const events = await read(bench, "events", "/api/v1/events?query=ct&since=1&limit=1");
  assertEquals([events.events.length, events.last, events.done], [1, 2, false]);
  const rest = await read(bench, "events", "/api/v1/events?query=ct&since=2");
  assertEquals([rest.events[0].type, rest.last, rest.done], [
    "dicom.worklist.item.changed",
    3,
    true,
  ]);
  assertEquals((await read(bench, "events", "/api/v1/events?query=ct&since=3")).events, []);
  const polls = await read(bench, "polls", "/api/v1/queries/ct/polls");
  assertEquals([polls.matches, polls.result], [[2, 2], ["complete", "complete"]]);
  assertEquals(await read(bench, "reload", "/-/reload", post({})), { reloaded: true });
  assertEquals(await read(bench, "reload", "/-/reload", { method: "POST" }), { reloaded: true });
});

Deno.test("what a query holds back is shown before it is approved, and then removed", async () => {
  await using bench = await openHttpBench({ query: ", removal: { brake_min: 1 }" });
  for (let id = 1; id <= 12; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  assertEquals((await read(bench, "held", "/api/v1/queries/ct/held")).total, 0);
  assertEquals(
    (await read(bench, "approve", "/api/v1/queries/ct/approve", post({}))).approved,
    false,
  );
  for (let id = 1; id <= 9; id++) bench.ris.items.delete(String(id));
  await bench.poll();
  const held = await read(bench, "held", "/api/v1/queries/ct/held");
  assertEquals([held.total, held.rows.length], [9, 9]);
  assert(held.reason.length > 10, held.reason);
  const { queries: [query] } = await read(bench, "status", "/api/v1/status");
  assertEquals([query.level, query.held], ["amber", 9]);
  assert(query.reason.startsWith("9 removals held back: "), query.reason);
  const why = post({ why: "the RIS was cleaned up" });
  assertEquals((await read(bench, "approve", "/api/v1/queries/ct/approve", why)).approved, true);
  const journal = await Deno.readTextFile(`${bench.folder}/state/queries/ct/journal.ndjson`);
  const approvals = journal.trimEnd().split("\n").flatMap((line) =>
    JSON.parse(line).approval ?? []
  );
  assertEquals(approvals, [{ who: "token", why: "the RIS was cleaned up" }]);
  await bench.poll();
  await bench.poll();
  assertEquals((await read(bench, "items", "/api/v1/queries/ct/items")).total, 3);
  assertEquals((await read(bench, "held", "/api/v1/queries/ct/held")).total, 0);
});

Deno.test("what is asked wrongly is refused with a reason, without a fault of ours", async () => {
  await using bench = await openHttpBench();
  const cases: readonly (readonly [string, RequestInit | undefined, number])[] = [
    ["/nothing", undefined, 404],
    ["/api/v1/queries/xx/items", undefined, 404],
    ["/api/v1/queries/xx/held", undefined, 404],
    ["/api/v1/queries/ct/items/..%2F..%2Fetc/history", undefined, 400],
    ["/api/v1/queries/ct/items?limit=x", undefined, 400],
    ["/api/v1/queries/ct/items?limit=-1", undefined, 400],
    ["/api/v1/queries/ct/items?view=other", undefined, 400],
    ["/api/v1/events", undefined, 400],
    ["/api/v1/events?query=xx", undefined, 404],
    ["/api/v1/events/stream?query=xx", undefined, 404],
    ["/-/reload", undefined, 405],
    ["/api/v1/status", post({}), 405],
    ["/api/v1/queries/ct/approve", post({ why: "x".repeat(501) }), 400],
    ["/api/v1/queries/ct/approve", post({ why: "a\nb" }), 400],
    ["/api/v1/queries/ct/approve", post({ else: 1 }), 400],
    ["/api/v1/queries/ct/approve", { method: "POST", body: "{}" }, 415],
    [
      "/api/v1/queries/ct/approve",
      { method: "POST", body: "{", headers: { "content-type": "application/json" } },
      400,
    ],
    ["/api/v1/status", { method: "DELETE" }, 405],
    ["/api/v1/queries/ct/approve", undefined, 405],
    ["/api/v1/queries/ct/held", post({}), 405],
    ["/api/v1/status", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["/api/v1/status", { headers: { origin: "http://evil.example" } }, 403],
  ];
  for (const [path, init, status] of cases) {
    const response = await bench.get(path, init);
    const body = problemSchema.parse(await response.json());
    assertEquals([response.status, body.status], [status, status], `${path} ${init?.method}`);
    assertEquals(response.headers.has("allow"), status === 405, path);
    assertEquals(response.headers.get("content-type"), "application/problem+json");
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("a large worklist is read in pieces of whole data sets, and at once as rows", async () => {
  await using bench = await openHttpBench();
  for (let id = 0; id < 5_010; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  const items = "/api/v1/queries/ct/items?limit=100000";
  const first = await read(bench, "items", items);
  assertEquals([first.total, first.items.length], [5_010, 5_000]);
  const rest = await read(bench, "items", `${items}&offset=5000`);
  assertEquals(rest.items.length, 10);
  const subjects = new Set([...first.items, ...rest.items].map(({ subject }) => subject));
  assertEquals(subjects.size, 5_010);
  assertEquals((await read(bench, "items", `${items}&view=rows`)).rows.length, 5_010);
});

Deno.test("a failed reload says what is wrong and changes nothing", async () => {
  await using bench = await openHttpBench({
    reload: () => Promise.reject(new Error("Cannot change state_dir")),
  });
  const response = await bench.get("/-/reload", post({}));
  assertEquals(response.status, 422);
  assertEquals((await response.json()).detail, "Cannot change state_dir");
});

Deno.test("all but health and metrics need a login where one is set, and none carries patient data", async () => {
  await using bench = await openHttpBench();
  bench.ris.items.set("1", step("1", { name: "Zzmarker^Unique" }));
  await bench.poll();
  for (const [name, { path, method, access }] of Object.entries<Route>(routes)) {
    const concrete = path.replace("{name}", "ct").replace("{subject}", "k1-a");
    const response = await fetch(bench.url + concrete, { method: method.toUpperCase() });
    const text = await response.text();
    assertEquals(response.status === 401, access === "login", `${name}: ${response.status}`);
    assert(!/zzmarker|P1\b|1\.2\.3\.1/i.test(text), text);
    assertEquals(
      response.headers.get("www-authenticate")?.startsWith("Basic realm="),
      access === "login" ? true : undefined,
    );
  }
  const page = await fetch(`${bench.url}/presentation.js`);
  await page.body?.cancel();
  assertEquals(page.status, 401);
});

Deno.test("each answer has the strict headers, and none may be kept", async () => {
  await using bench = await openHttpBench();
  for (const path of ["/api/v1/status", "/-/healthy", "/nothing", "/metrics"]) {
    const { headers, body } = await bench.get(path);
    await body?.cancel();
    assert(headers.get("content-security-policy")?.startsWith("default-src 'none'; script-src"));
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("x-frame-options"), "DENY");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("without a token the interface is open to whoever reaches the address", async () => {
  await using bench = await openHttpBench({ hasToken: false });
  const response = await fetch(`${bench.url}/api/v1/status`);
  assertEquals([response.status, (await response.json()).running], [200, true]);
});

Deno.test("the OpenAPI description names each operation and its parameters", async () => {
  await using bench = await openHttpBench();
  const { openapi, info, paths } = await (await bench.get("/api/v1/openapi.json")).json();
  assertEquals([openapi, info.version], ["3.1.0", "1.2.3"]);
  const named = Object.entries<Record<string, { operationId: string }>>(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, method, path])
    );
  assertEquals(
    named,
    Object.entries<Route>(routes).map(([name, { method, path }]) => [name, method, path]),
  );
  assertEquals(paths["/api/v1/events"].get.parameters[2], {
    name: "limit",
    in: "query",
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
  });
});
