/**
 * Requests and answers on the control socket, checked by schemas. A command may be of another version than the daemon, and
 * every process of the group may write to the socket.
 *
 * @module
 */
import * as z from "zod";
import type { Approval } from "../worklist/journal/journal_lines.ts";
import type { LookRequest } from "./look/look_request.ts";

/** A request of a command to a running daemon. */
export type ControlRequest =
  | { readonly do: "poll"; readonly query: string; readonly isDryRun: boolean }
  | { readonly do: "approve"; readonly query: string; readonly approval?: Approval }
  | LookRequest
  | {
    readonly do: "replay";
    readonly sink: string;
    /** A sequence, or a time. */
    readonly since: string;
    readonly query?: string;
  }
  | { readonly do: "resend"; readonly sink: string; readonly ids?: readonly string[] }
  | { readonly do: "status" }
  | { readonly do: "reload" };

/** The answer of a daemon: a part of it, all of it, or the reason why there is none. */
export type ControlResponse =
  | { readonly part: unknown }
  | { readonly ok: true; readonly result?: unknown }
  | { readonly ok: false; readonly message: string };

const text = z.string();
const maybe = z.exactOptional(text);

/** Strict: a daemon that ignored a word of a newer command could do more than was asked. */
const requestSchema: z.ZodType<ControlRequest> = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("poll"), query: text, isDryRun: z.boolean() }),
  z.strictObject({
    do: z.literal("approve"),
    query: text,
    approval: z.exactOptional(z.strictObject({ who: text, why: maybe })),
  }),
  z.strictObject({ do: z.literal("why"), text, query: maybe }),
  z.strictObject({ do: z.literal("show"), query: text, at: maybe, find: maybe }),
  z.strictObject({ do: z.literal("history"), query: maybe, since: maybe, key: maybe, find: maybe }),
  z.strictObject({ do: z.literal("blame"), query: text, key: text }),
  z.strictObject({ do: z.literal("held"), query: text }),
  z.strictObject({ do: z.literal("tap"), query: maybe }),
  z.strictObject({ do: z.literal("replay"), sink: text, since: text, query: maybe }),
  z.strictObject({ do: z.literal("resend"), sink: text, ids: z.exactOptional(z.array(text)) }),
  z.strictObject({ do: z.literal("status") }),
  z.strictObject({ do: z.literal("reload") }),
]);

const responseSchema: z.ZodType<ControlResponse> = z.union([
  z.strictObject({ part: z.unknown() }),
  z.strictObject({ ok: z.literal(true), result: z.exactOptional(z.unknown()) }),
  z.strictObject({ ok: z.literal(false), message: text }),
]);

const count = z.int().min(0);

/** The results of requests, as far as a command relies on them: of a status or report, what it cannot do without. */
export const controlResults = {
  poll: z.looseObject({
    report: z.looseObject({
      query: text,
      matches: count,
      counts: z.looseObject({ added: count, changed: count, removed: count, leftWindow: count }),
      notes: z.array(z.unknown()),
    }),
    events: z.array(text),
  }),
  approve: z.boolean(),
  replay: count,
  resend: z.object({ sent: count, left: count }),
  status: z.looseObject({
    running: z.boolean(),
    time: text,
    version: text,
    peers: z.array(z.looseObject({ name: text, state: text })),
    queries: z.array(z.looseObject({ name: text, state: text, items: count, failures: count })),
    sinks: z.array(z.looseObject({ name: text, state: text, backlog: count })),
  }),
} as const;

/** A request that has a result which commands rely on. */
export type CheckedRequest = keyof typeof controlResults;

/**
 * Checks what a command sent.
 *
 * @param value The value of its line of JSON.
 * @returns The request.
 * @throws {RangeError} If this daemon does not know the request, or something in it.
 */
export function checkControlRequest(value: unknown): ControlRequest {
  const { success, data } = requestSchema.safeParse(value);
  if (success) return data;
  throw new RangeError("This daemon does not know the request: is it of another version?");
}

/**
 * Reads a line of the daemon.
 *
 * @param line JSON text.
 * @returns The part or the answer.
 * @throws {Error} If it is neither.
 */
export function parseControlResponse(line: string): ControlResponse {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new Error(unreadable, { cause });
  }
  const { success, data } = responseSchema.safeParse(json);
  if (success) return data;
  throw new Error(unreadable);
}

/**
 * Checks the result of a request.
 *
 * @param request The kind of the request.
 * @param result The result as it came.
 * @throws {Error} If it lacks what commands rely on.
 */
export function requireControlResult(request: CheckedRequest, result: unknown): void {
  if (!controlResults[request].safeParse(result).success) throw new Error(unreadable);
}

const unreadable = "Cannot read the daemon's answer: it is not of this version. Restart the daemon";
