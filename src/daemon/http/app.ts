// Touches the world: through the journal that it reads, and lets others work meanwhile.
/**
 * The HTTP interface as a function from request to response: guard, login, limits, headers, and the operations
 * of the table of routes.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type * as z from "zod";
import { timeText } from "../../base/clock.ts";
import { Turn } from "../../base/turns.ts";
import { messageOf } from "../../deliver/message.ts";
import { readEvents } from "../../worklist/journal/time_machine.ts";
import { ConfigError, formatProblem } from "../config/problems.ts";
import { type MetricsFormat, metricsType } from "../metrics/format.ts";
import { sayAll, sayPeer, sayQuery, saySink } from "../presentation.js";
import { heldEntries } from "../status.ts";
import type { HttpBackend } from "./backend.ts";
import { type ChangeView, changeView } from "./change_view.ts";
import type { Refusal } from "./guard.ts";
import type { OwnHosts } from "./guard.ts";
import { makeGuard } from "./guard.ts";
import { rowColumns, rowOf } from "./item_rows.ts";
import type { Logins } from "./login.ts";
import { openApi } from "./openapi.ts";
import type { PageFile } from "./page_files.ts";
import type { PollRing } from "./poll_ring.ts";
import { type Route, type RouteName, routes } from "./routes.ts";
import type {
  approveBody,
  eventsQuery,
  itemPath,
  itemsQuery,
  queryPath,
  streamQuery,
} from "./schemas.ts";
import type { Streams } from "./stream.ts";

/** The parts that the interface works with. */
export interface AppOptions {
  readonly backend: HttpBackend;
  readonly hosts: OwnHosts;
  /** Undefined: nobody needs to log in. */
  readonly logins: Logins | undefined;
  readonly streams: Streams;
  /** Readers of live events at once. */
  readonly maxStreams: number;
  readonly polls: PollRing;
  /** Files of the status page, by path. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** Writes the metrics. */
  metrics(format: MetricsFormat): string;
  /** The present. */
  now(): Temporal.Instant;
  readonly version: string;
  /** Called with approvals and reloads, for the log. */
  onAction(words: string, facts: Readonly<Record<string, string>>): void;
}

/** The values that Hono hands to an operation: the caller's address, and the user after the login. */
interface Env {
  readonly Bindings: { readonly address: string };
  readonly Variables: { readonly user: string };
}

/** The arguments of an operation. */
interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly context: Context<Env>;
}

type Operation = (call: Call<never, never, never>) => Response | Promise<Response>;

/** On each answer. The page needs nothing from elsewhere, runs in no frame and makes no markup from text. */
const strictHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Longest history of an item that is sent. */
const longestHistory = 1_000;
/** Items of a preview that are sent. */
const longestPreview = 1_000;
/** Whole data sets in one answer: some 10 MB. */
const mostDataSets = 5_000;
/** Histories are read from the disk; at most this number at once. */
const mostHistories = 2;

/**
 * Makes the interface.
 *
 * @param options The parts that it works with.
 * @returns Answers a request from an address.
 */
export function makeApp(
  options: AppOptions,
): (request: Request, address: string) => Response | Promise<Response> {
  const app = new Hono<Env>();
  const guard = makeGuard(options.hosts);
  app.use("*", async (context, next) => {
    const refusal = guard({
      method: context.req.method,
      header: (name) => context.req.header(name),
    });
    if (refusal === undefined) await next();
    else context.res = refused(refusal);
    for (const [name, value] of Object.entries(strictHeaders)) context.header(name, value);
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  });
  const operations = makeOperations(options);
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    const operation = operations[name as RouteName];
    app.on(route.method.toUpperCase(), path, (context) => run(context, route, operation, options));
  }
  for (const [path, { type, text, etag }] of options.page) {
    app.get(path, (context) => {
      const denied = logIn(context, options);
      if (denied !== undefined) return denied;
      const headers = { "cache-control": "no-cache", etag, "content-type": type };
      const isKnown = context.req.header("if-none-match") === etag;
      return new Response(isKnown ? null : text, { status: isKnown ? 304 : 200, headers });
    });
  }
  app.notFound((context) => {
    const allowed = methodsOf(context.req.path);
    return allowed.length === 0
      ? problem(404, "There is nothing at this path")
      : problem(405, "This path has no such method", { allow: allowed.join(", ") });
  });
  app.onError((error) => {
    if (error instanceof RangeError) return problem(404, error.message);
    throw error;
  });
  return (request, address) => app.fetch(request, { address });
}

/** Lists the methods that a path has. */
function methodsOf(path: string): string[] {
  const found = Object.values<Route>(routes).find((route) => {
    const parts = route.path.split("/");
    const given = path.split("/");
    return parts.length === given.length &&
      parts.every((part, at) => part.startsWith("{") || part === given[at]);
  });
  if (found === undefined) return path.startsWith("/page/") || path === "/" ? ["GET", "HEAD"] : [];
  return found.method === "get" ? ["GET", "HEAD"] : ["POST"];
}

async function run(
  context: Context<Env>,
  route: Route,
  operation: Operation,
  options: AppOptions,
): Promise<Response> {
  if (route.access === "login") {
    const denied = logIn(context, options);
    if (denied !== undefined) return denied;
  }
  const { req } = context;
  const params = parsed(route.params, req.param());
  if (params instanceof Response) return params;
  const query = parsed(route.query, req.query());
  if (query instanceof Response) return query;
  let given: unknown = {};
  if (route.method === "post") {
    const text = await req.text();
    const type = req.header("content-type") ?? "";
    // A form of another site may send other types without asking first; the guard refuses its origin, too.
    if (text !== "" && !/^application\/json\s*(;|$)/i.test(type)) {
      return problem(415, "Send JSON: Content-Type must be application/json");
    }
    try {
      if (text !== "") given = JSON.parse(text);
    } catch {
      return problem(400, "The body is no JSON");
    }
  }
  const body = parsed(route.body, given);
  if (body instanceof Response) return body;
  // What the schemas of this route returned is what its operation takes.
  return await operation({ params, query, body, context } as Call<never, never, never>);
}

function parsed(schema: z.ZodObject | undefined, given: unknown): unknown {
  if (schema === undefined) return {};
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return problem(400, details.join("; "));
}

/** Checks who is asking; returns the refusal, or nothing after putting the user into the context. */
function logIn(context: Context<Env>, { logins }: AppOptions): Response | undefined {
  if (logins === undefined) {
    context.set("user", "");
    return undefined;
  }
  const result = logins.check(context.req.header("authorization"), context.env.address);
  if (result.ok) {
    context.set("user", result.user);
    return undefined;
  }
  if (result.why === "limited") {
    const seconds = Math.ceil(result.waitMs / 1000);
    return problem(429, `Too many failed logins: try again in ${seconds} s`, {
      "retry-after": String(seconds),
    });
  }
  const message = result.why === "missing" ? "Log in" : "Name, password or token is wrong";
  return problem(401, message, {
    "www-authenticate": 'Basic realm="worklistd", charset="UTF-8"',
  });
}

function makeOperations(options: AppOptions): Readonly<Record<RouteName, Operation>> {
  const { backend, streams, polls } = options;
  let histories = 0;
  return {
    alive(): Response {
      const alive = backend.isAlive();
      return json({ alive }, alive ? 200 : 503);
    },
    ready(): Response {
      const problems = [...backend.config.queries.keys()].flatMap((query) => {
        try {
          backend.store(query);
          return [];
        } catch (error) {
          return [{ query, problem: messageOf(error) }];
        }
      });
      const ready = problems.length === 0;
      return json({ ready, problems }, ready ? 200 : 503);
    },
    async reload({ context }): Promise<Response> {
      options.onAction("Reload asked for over HTTP by {user}", { user: userOf(context) });
      try {
        await backend.reload();
      } catch (error) {
        const words = error instanceof ConfigError
          ? error.problems.map(formatProblem).join("; ")
          : messageOf(error);
        return problem(422, words);
      }
      return json({ reloaded: true });
    },
    metrics({ context }): Response {
      const accepted = context.req.header("accept") ?? "";
      const format = accepted.includes("application/openmetrics-text")
        ? "openmetrics"
        : "prometheus";
      return new Response(options.metrics(format), {
        headers: { "content-type": metricsType[format], vary: "Accept" },
      });
    },
    openapi: () => json(openApi(options.version)),
    status(): Response {
      const status = backend.status();
      const nowMs = options.now().epochMilliseconds;
      const { problems: _, ...summary } = sayAll(status, nowMs);
      return json({
        ...status,
        summary,
        peers: status.peers.map((peer) => ({ ...peer, ...sayPeer(peer, nowMs) })),
        queries: status.queries.map((query) => ({ ...query, ...sayQuery(query, nowMs) })),
        sinks: status.sinks.map((sink) => ({ ...sink, ...saySink(sink, nowMs) })),
      });
    },
    async items(
      { params: { name }, query: { view, offset, limit } }: Call<
        z.output<typeof queryPath>,
        z.output<typeof itemsQuery>,
        never
      >,
    ): Promise<Response> {
      const { worklist, lastSequence: sequence } = backend.store(name);
      const entries = [...worklist.entries()];
      const most = view === "full" ? Math.min(limit, mostDataSets) : limit;
      const wanted = entries.slice(offset, offset + most);
      const head = {
        query: name,
        time: timeText(options.now()),
        asOf: backend.status().queries.find((query) => query.name === name)?.lastComplete,
        sequence,
        total: entries.length,
      };
      if (view === "rows") {
        const rows = [];
        const turn = new Turn();
        for (const { item, missed } of wanted) {
          rows.push(rowOf(item, missed));
          // Polls must not wait for a large worklist.
          if (turn.isOver) await turn.pass();
        }
        return json({ ...head, columns: rowColumns, rows });
      }
      // The data sets are JSON already; parsing them only to write them again would hold up polls.
      const texts = wanted.map(({ item, missed }) => {
        const { subject, sequence } = item;
        const own = JSON.stringify({ subject, sequence, missed }).slice(0, -1);
        return `${own},"dataSet":${item.json}}`;
      });
      return jsonText(`${JSON.stringify(head).slice(0, -1)},"items":[${texts.join(",")}]}`);
    },
    async itemHistory(
      { params: { name, subject } }: Call<z.output<typeof itemPath>, never, never>,
    ): Promise<Response> {
      backend.store(name);
      if (histories >= mostHistories) {
        return problem(503, "Others are reading histories: try again", { "retry-after": "2" });
      }
      histories++;
      try {
        const changes: ChangeView[] = [];
        let more = false;
        const turn = new Turn();
        const { stateDir } = backend.config;
        for await (const { line, sequence } of readEvents(stateDir, name, { key: subject })) {
          changes.push(changeView(line, sequence));
          if (changes.length > longestHistory) {
            changes.shift();
            more = true;
          }
          if (turn.isOver) await turn.pass();
        }
        return json({ query: name, subject, changes, more });
      } finally {
        histories--;
      }
    },
    held({ params: { name } }: Call<z.output<typeof queryPath>, never, never>): Response {
      const { worklist } = backend.store(name);
      const held = heldEntries(worklist);
      const status = backend.status().queries.find((query) => query.name === name);
      const reason = status?.lastPoll?.suspect;
      return json({
        query: name,
        ...(reason !== undefined && { reason }),
        total: held.length,
        columns: rowColumns,
        rows: held.slice(0, longestPreview).map(({ item, missed }) => rowOf(item, missed)),
      });
    },
    async approve(
      { params: { name }, body: { why }, context }: Call<
        z.output<typeof queryPath>,
        never,
        z.output<typeof approveBody>
      >,
    ): Promise<Response> {
      const who = userOf(context);
      const approved = await backend.approve(name, { who, ...(why !== undefined && { why }) });
      if (approved) {
        options.onAction("{query} approved over HTTP by {user}", { query: name, user: who });
      }
      return json({ query: name, approved });
    },
    polls({ params: { name } }: Call<z.output<typeof queryPath>, never, never>): Response {
      backend.store(name);
      return json({ query: name, ...polls.of(name) });
    },
    async events(
      { query: { query, since, limit, view } }: Call<never, z.output<typeof eventsQuery>, never>,
    ): Promise<Response> {
      const store = backend.store(query);
      const events = await store.read(since, limit);
      const last = events.at(-1)?.sequence ?? Math.max(since, store.lastSequence);
      const head = { query, oldest: store.oldestSequence, last, done: last >= store.lastSequence };
      const lines = events.map(({ line, sequence }) =>
        view === "full" ? line : JSON.stringify(changeView(line, sequence))
      ).join(",");
      return jsonText(`${JSON.stringify(head).slice(0, -1)},"events":[${lines}]}`);
    },
    stream(
      { query, context }: Call<never, z.output<typeof streamQuery>, never>,
    ): Response {
      if (query.query !== undefined) backend.store(query.query);
      if (streams.readers >= options.maxStreams) {
        const message = "Too many readers of live events: try again later, or read /api/v1/events";
        return problem(503, message, { "retry-after": "10" });
      }
      streams.readers++;
      const { signal } = context.req.raw;
      const texts = streams.read({
        query: query.query,
        since: query.since,
        view: query.view,
        lastEventId: context.req.header("last-event-id"),
        signal,
      });
      const body = bytesOf(texts, signal, () => streams.readers--);
      return new Response(body, {
        headers: { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" },
      });
    },
  };
}

function userOf(context: Context<Env>): string {
  return context.get("user") || "anybody (no login is configured)";
}

/** A stream that makes a piece only when the last one was taken. */
function bytesOf(
  texts: AsyncGenerator<string>,
  signal: AbortSignal,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let isOver = false;
  const end = (): void => {
    if (!isOver) onEnd();
    isOver = true;
  };
  signal.addEventListener("abort", end, { once: true });
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await texts.next();
        if (!done) return controller.enqueue(encoder.encode(value));
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(): Promise<void> {
      end();
      await texts.return(undefined);
    },
  }, { highWaterMark: 0 });
}

function json(value: unknown, status = 200): Response {
  return jsonText(JSON.stringify(value), status);
}

function jsonText(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

function refused({ status, message }: Refusal): Response {
  return problem(status, message);
}

/** An error as RFC 9457 has it. */
function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const title = titles[status] ?? "Error";
  return new Response(JSON.stringify({ title, status, detail }), {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  503: "Service Unavailable",
};
