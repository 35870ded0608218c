// Touches the world: sends HTTP requests.
/**
 * The `webhook` sink: signed HTTP requests that carry CloudEvents.
 *
 * One event is sent in structured mode (CloudEvents HTTP binding 1.0.2, section 3.2), several in batched
 * mode (3.3); each request is signed after Standard Webhooks. Redirects are not followed.
 *
 * Link-local and metadata addresses are refused, also those that a name stands for when it is looked up
 * here. A name that changes its address between this look-up and that of the request is not caught, nor
 * what a proxy resolves, nor any name if Deno permits the host's port alone (`--allow-net=host:443`
 * without `host`), as the units of `worklistd unit` do: their `IPAddressDeny=` refuses these addresses.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { unitRemedy } from "../../base/capability.ts";
import { abortable } from "../../base/abortable.ts";
import type { Clock } from "../../base/clock.ts";
import { DeliveryError } from "../delivery_error.ts";
import { cutPayload, type Payload } from "../payload.ts";
import { parseRetryAfter } from "../retry.ts";
import { parseSecret, signatures } from "../signature.ts";
import type { Delivery, DeliveryPolicy, EventSink, OutgoingEvent, SinkContext } from "../sink.ts";
import { hostOf, isForbiddenAddress, webhookUrlProblem } from "../webhook_url.ts";
import type { WebhookOptions } from "./webhook_options.ts";
import { headersOf, policyOf } from "./webhook_settings.ts";

const defaultTimeoutMs = 15_000;
/** What is read of an answer so that the connection can be used again. */
const drainedBytes = 64 * 1024;
/** How long a looked-up address counts as harmless. */
const lookupValidMs = 30_000;
const retriedStatuses = [408, 425, 429];

class WebhookSink implements EventSink {
  readonly kind = "events";
  readonly receiver: string;
  readonly policy: DeliveryPolicy;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #note: (words: string) => void;
  readonly #url: URL;
  readonly #keys: readonly Uint8Array[];
  readonly #payload: Payload;
  readonly #timeoutMs: number;
  readonly #headers: Headers;
  readonly #isProxied: boolean;
  readonly #client: Deno.HttpClient;
  #harmlessUntilMs = -Infinity;

  constructor(options: WebhookOptions, { name, clock, note }: SinkContext) {
    const problem = webhookUrlProblem(options.url, { allowHttp: options.allowHttp ?? false });
    if (problem !== undefined) {
      throw new SyntaxError(`Cannot use the url of sink "${name}": ${problem}`);
    }
    this.#name = name;
    this.#clock = clock;
    this.#note = note;
    this.#url = new URL(options.url);
    this.receiver = fingerprintOf(options.url);
    this.#keys = options.secrets.map(parseSecret);
    this.#payload = options.payload ?? "full";
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#headers = headersOf(options);
    this.#isProxied = options.proxy !== undefined;
    this.policy = policyOf(options);
    this.#client = Deno.createHttpClient(clientOptionsOf(options));
  }

  open(): Promise<ReadonlyMap<string, OutgoingEvent>> {
    return Promise.resolve(new Map());
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { id, type, body } = this.#requestOf(delivery);
    const timestamp = Math.floor(this.#clock.now().epochMilliseconds / 1000);
    const headers = new Headers(this.#headers);
    headers.set("content-type", type);
    headers.set("webhook-id", id);
    headers.set("webhook-timestamp", String(timestamp));
    if (this.#keys.length > 0) {
      headers.set("webhook-signature", signatures(this.#keys, id, timestamp, body));
    }
    await this.#post(headers, body, signal);
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  #requestOf({ query, events }: Delivery): { id: string; type: string; body: string } {
    const [first] = events;
    const bodies = events.map(({ line }) => cutPayload(line, this.#payload));
    if (this.policy.maxEvents === 1 && first !== undefined) {
      return { id: first.id, type: single, body: bodies[0] ?? "" };
    }
    return { id: batchId(query, events), type: batched, body: `[${bodies.join(",")}]` };
  }

  async #post(headers: Headers, body: string, signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#timeoutMs);
    try {
      const either = AbortSignal.any([signal, late.signal]);
      await abortable(this.#requireHarmless(), either);
      const response = await fetch(this.#url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        client: this.#client,
        signal: either,
      });
      await drain(response);
      this.#judge(response);
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      if (late.signal.aborted) throw this.#failure(`no answer within ${this.#timeoutMs} ms`, error);
      throw this.#failure(`the connection failed: ${reasonOf(error)}`, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Success by any 2xx; else an error with what is to become of the events. */
  #judge(response: Response): void {
    const { status: httpStatus } = response;
    if (httpStatus >= 200 && httpStatus < 300) return;
    if (httpStatus === 410) {
      throw new DeliveryError(this.#name, "the receiver answered 410 Gone and wants nothing more", {
        httpStatus,
        remedy: "stop",
      });
    }
    const isClientError = httpStatus >= 400 && httpStatus < 500;
    const isRetried = !isClientError || retriedStatuses.includes(httpStatus);
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), this.#clock.now());
    throw new DeliveryError(this.#name, `${hostOf(this.#url)} answered ${httpStatus}`, {
      httpStatus,
      remedy: isRetried ? "retry" : "give-up",
      ...(isRetried && retryAfterMs !== undefined ? { retryAfterMs } : {}),
    });
  }

  async #requireHarmless(): Promise<void> {
    if (this.#isProxied || this.#clock.monotonicMs() < this.#harmlessUntilMs) return;
    const host = hostOf(this.#url);
    const addresses = await addressesOf(host);
    if (addresses === undefined) {
      this.#note(
        `${host} is not looked up before requests, as Deno permits only its port; ` +
          "the unit's IPAddressDeny= refuses link-local and metadata addresses",
      );
      this.#harmlessUntilMs = Infinity;
      return;
    }
    if (addresses.some(isForbiddenAddress)) {
      throw this.#failure(`${host} stands for a link-local or metadata address`);
    }
    this.#harmlessUntilMs = this.#clock.monotonicMs() + lookupValidMs;
  }

  #failure(problem: string, cause?: unknown): DeliveryError {
    return new DeliveryError(this.#name, problem, cause === undefined ? {} : { cause });
  }
}

/** The addresses that a name stands for; undefined where Deno does not permit looking it up. */
async function addressesOf(host: string): Promise<string[] | undefined> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPERM") return undefined;
    throw error;
  }
}

const single = "application/cloudevents+json; charset=utf-8";
const batched = "application/cloudevents-batch+json; charset=utf-8";

/** The same for the same events in the same order, and no other. */
function batchId(query: string, events: readonly OutgoingEvent[]): string {
  const hash = createHash("sha256");
  for (const { id } of events) hash.update(id).update("\n");
  return `batch.${query}.${hash.digest("hex").slice(0, 32)}`;
}

function clientOptionsOf({ tls = {}, proxy }: WebhookOptions): Deno.CreateHttpClientOptions {
  const { ca, cert, key } = tls;
  return {
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(proxy === undefined ? {} : { proxy: proxyOf(proxy) }),
  };
}

function proxyOf({ url, username, password }: NonNullable<WebhookOptions["proxy"]>): Deno.Proxy {
  if (username === undefined) return { transport: "http", url };
  return { transport: "http", url, basicAuth: { username, password: password ?? "" } };
}

/** Reads the answer's body, which says nothing to us, so that the connection stays open for the next. */
async function drain(response: Response): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > drainedBytes) break;
    }
  } catch {
    // The status is what counts; it has arrived.
  }
}

/** What failed, without the URL, which the error's own text has in it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error instanceof Deno.errors.NotCapable) {
    return `this process may not connect to it. ${unitRemedy}`;
  }
  if ("code" in error) return String(error.code);
  const { message } = error.cause instanceof Error ? error.cause : error;
  return /(?:client error \(\w+\)|Fetch failed): ([^\n]{1,200})/.exec(message)?.[1] ?? error.name;
}

function fingerprintOf(url: string): string {
  return createHash("sha256").update(url).digest("hex").slice(0, 16);
}

/**
 * Makes a `webhook` sink.
 *
 * @param options Its options.
 * @param context What it works with.
 * @returns The sink.
 * @throws {SyntaxError} If the URL or a secret cannot be used.
 */
export function makeWebhookSink(options: WebhookOptions, context: SinkContext): EventSink {
  return new WebhookSink(options, context);
}
