/**
 * The `webhook` sink in the configuration.
 *
 * @module
 */
import * as z from "zod";
import { parseSecret } from "../../deliver/signature.ts";
import { proxyUrlProblem, webhookUrlProblem } from "../../deliver/webhook_url.ts";
import type { WebhookOptions } from "../../deliver/sinks/webhook_options.ts";
import type { FileParts } from "./files.ts";
import {
  duration,
  type Part,
  percentage,
  plainText,
  positiveDuration,
  whole,
  withHint,
} from "./scalars.ts";
import { selection, type SinkPart } from "./selection.ts";
import { tlsSchema } from "./tls.ts";

/**
 * Makes the schema of the `webhook` sink.
 *
 * @param files The parts that stand for files.
 * @returns The schema.
 */
export function webhookSchema(files: FileParts): SinkPart<WebhookOptions> {
  return z.strictObject({
    type: z.literal("webhook").describe("Signed HTTP requests"),
    url: plainText.describe("Address of the receiver, https://…"),
    allow_http: z.boolean().default(false).describe("Permit http:// to other machines"),
    secret_file: secretsPart(files).describe("File with a secret, whsec_…; a list signs with each"),
    payload: z.enum(["thin", "delta", "full"]).default("full")
      .describe("Attribute values sent: none, those that changed, all"),
    ...selection,
    batch: z.strictObject({
      max_events: whole(1, 10_000).default(1).describe(
        "More than 1: application/cloudevents-batch+json",
      ),
      max_wait: duration.default(0).describe("How long a batch waits to become full"),
    }).optional().describe("Several events in one request"),
    coalesce: duration.optional().describe(
      "Merge changes of one item that come within this time; default: off",
    ),
    expires_after: positiveDuration.optional().describe(
      "Older events become dead letters; default: never",
    ),
    heartbeat: positiveDuration.optional().describe(
      "Time between webhook.heartbeat events; default: none",
    ),
    concurrency: whole(1, 100).optional().describe("Requests under way at once; default: 4"),
    timeout: positiveDuration.default(15_000).describe("Deadline of one request"),
    retry: z.strictObject({
      schedule: z.array(positiveDuration).min(1).optional().describe(
        "Waits between attempts, the last one repeats; default: 5s, 1m, 5m, 30m, 2h, 5h",
      ),
      jitter: percentage.optional().describe("Random share by which a wait varies; default: 20%"),
      statuses: z.array(statusRange).optional().describe(
        "Answers that are tried again, such as 404 or 5xx; default: all but 2xx, 409, 410 and 413",
      ),
      give_up_after: positiveDuration.optional().describe(
        "How long the receiver may fail before events become dead letters; default: 3d",
      ),
    }).optional().describe("What happens after a failed request"),
    headers: headersPart(files).optional()
      .describe("Further request headers; NAME_file reads the value from a file"),
    bearer_file: files.contents.optional().describe("File with a bearer token"),
    basic: z.strictObject({
      username: plainText.describe("User name"),
      password_file: files.contents.describe("File with the password"),
    }).optional().describe("Authorization: Basic"),
    tls: tlsSchema(files).optional().describe("Certificates, as for peers"),
    proxy: z.strictObject({
      url: plainText.describe("Address of the proxy, http://…"),
      username: plainText.optional().describe("User name at the proxy"),
      password_file: files.contents.optional().describe("File with the password"),
    }).optional().describe("HTTP proxy to go through; default: none"),
  }).superRefine((section, context) => {
    const problem = webhookUrlProblem(section.url, { allowHttp: section.allow_http });
    if (problem !== undefined) {
      context.addIssue({ code: "custom", path: ["url"], message: problem });
    }
    const proxyProblem = section.proxy && proxyUrlProblem(section.proxy.url);
    if (proxyProblem !== undefined) {
      context.addIssue({ code: "custom", path: ["proxy", "url"], message: proxyProblem });
    }
    if (section.bearer_file !== undefined && section.basic !== undefined) {
      const message = "cannot stand beside bearer_file: one request has one Authorization";
      context.addIssue({ code: "custom", path: ["basic"], message });
    }
  }).transform((section): WebhookOptions => ({
    type: section.type,
    url: section.url,
    secrets: section.secret_file,
    payload: section.payload,
    batch: section.batch &&
      { maxEvents: section.batch.max_events, maxWaitMs: section.batch.max_wait },
    timeoutMs: section.timeout,
    retry: section.retry && {
      scheduleMs: section.retry.schedule,
      jitter: section.retry.jitter,
      giveUpAfterMs: section.retry.give_up_after,
    },
    retriedStatuses: section.retry?.statuses,
    headers: section.headers,
    bearerToken: section.bearer_file,
    basic: section.basic &&
      { username: section.basic.username, password: section.basic.password_file },
    tls: section.tls,
    proxy: section.proxy && {
      url: section.proxy.url,
      username: section.proxy.username,
      password: section.proxy.password_file,
    },
    allowHttp: section.allow_http,
    coalesceMs: section.coalesce,
    expiresAfterMs: section.expires_after,
    heartbeatMs: section.heartbeat,
    concurrency: section.concurrency,
    events: section.events,
    changedIn: section.changed_in,
  }));
}

type StatusRange = readonly [least: number, most: number];

/** One status, or a class of them such as `5xx`. */
const statusRange: Part<StatusRange> = withHint(
  z.unknown().transform((given, context): StatusRange => {
    const text = String(given).toLowerCase();
    const range: StatusRange = /^[1-5]xx$/.test(text)
      ? [Number(text[0]) * 100, Number(text[0]) * 100 + 99]
      : [Number(text), Number(text)];
    const problem = statusProblem(text, range);
    if (problem === undefined) return range;
    context.addIssue({ code: "custom", message: problem });
    return z.NEVER;
  }),
  {
    jsonSchema: {
      anyOf: [{ type: "integer", minimum: 100, maximum: 599 }, { enum: ["3xx", "4xx", "5xx"] }],
    },
  },
);

function statusProblem(text: string, [least]: StatusRange): string | undefined {
  if (!/^([1-5]xx|[1-5]\d\d)$/.test(text)) return "must be an HTTP status such as 404, or 5xx";
  if (least < 300) return "2xx is success, and 1xx is no answer: neither is tried again";
  if (least === 409) return "409 counts as delivered: the receiver has the event already";
  return least === 410 ? "410 stops the sink: the receiver wants no more events" : undefined;
}

/** Request headers; the name of one that ends in `_file` is that of a header whose value the file has. */
function headersPart(files: FileParts): Part<Record<string, string>> {
  const part = z.record(z.string(), z.unknown()).transform((section, context) => {
    const headers: Record<string, string> = {};
    for (const [key, given] of Object.entries(section)) {
      const name = key.replace(/_file$/, "");
      const read = (name === key ? plainText : files.contents).safeParse(given);
      const message = read.success ? headerProblem(name, read.data) : read.error.issues[0]?.message;
      if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
      else if (read.success) headers[name] = read.data;
    }
    return headers;
  });
  return withHint(part, {
    jsonSchema: { type: "object", additionalProperties: { type: "string" } },
  });
}

function headerProblem(name: string, value: string): string | undefined {
  if (/^(content-type|content-length|host|webhook-.*)$/i.test(name)) {
    return "is set by worklistd itself";
  }
  try {
    new Headers([[name, value]]);
    return undefined;
  } catch {
    return "is not a header that HTTP allows";
  }
}

/** One file or a list of them. */
function secretsPart(files: FileParts): Part<string[]> {
  const secret = files.contentsAs((contents) => {
    parseSecret(contents);
    return contents;
  });
  const part = z.unknown().transform((given, context) => {
    if (given === undefined) {
      context.addIssue({ code: "custom", message: "is required" });
      return z.NEVER;
    }
    const list = z.array(secret).min(1).safeParse(Array.isArray(given) ? given : [given]);
    if (list.success) return list.data;
    for (const { path, message } of list.error.issues) {
      const where = Array.isArray(given) ? path : [];
      context.addIssue({ code: "custom", path: [...where], message });
    }
    return z.NEVER;
  });
  return withHint(part, {
    jsonSchema: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
  });
}
