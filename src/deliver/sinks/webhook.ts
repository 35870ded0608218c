// Touches the world: sends HTTP requests.
/**
 * The `webhook` sink: signed HTTP requests that carry CloudEvents.
 *
 * One event is sent in structured mode (CloudEvents HTTP binding 1.0.2, section 3.2), several in batched mode
 * (3.3). Each request is signed as Standard Webhooks describes. Redirects are not followed.
 *
 * Link-local and metadata addresses are refused, also if a name resolves to one: the address of the open
 * connection is checked. Addresses that a proxy resolves cannot be checked.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { timerMs } from "../../base/timer.ts";
import type { Clock } from "../../base/clock.ts";
import { ConnectError, formatEndpoint } from "../../network/errors.ts";
import { DeliveryError } from "../delivery_error.ts";
import { endpointOf, type HttpAnswer, HttpClient } from "../http_client.ts";
import { cutPayload, type Payload } from "../payload.ts";
import { parseRetryAfter } from "../retry.ts";
import { parseSecret, signatures } from "../signature.ts";
import type { Delivery, DeliveryPolicy, EventSink, OutgoingEvent, SinkContext } from "../sink.ts";
import { isForbiddenAddress, webhookUrlProblem } from "../webhook_url.ts";
import { messageOf } from "../message.ts";
import type { WebhookOptions } from "./webhook_options.ts";
import { headersOf, policyOf } from "./webhook_settings.ts";

const defaultTimeoutMs = 15_000;
/** Statuses that are not tried again, because the receiver will never take the event. */
const refusals = [413];
/** The status of a receiver that has the event already. */
const conflict = 409;

class WebhookSink implements EventSink {
  readonly kind = "events";
  readonly receiver: string;
  readonly policy: DeliveryPolicy;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #where: string;
  readonly #keys: readonly Uint8Array[];
  readonly #payload: Payload;
  readonly #timeoutMs: number;
  readonly #headers: Headers;
  readonly #retried: WebhookOptions["retriedStatuses"];
  readonly #client: HttpClient;

  constructor(options: WebhookOptions, { name, clock }: SinkContext) {
    const problem = webhookUrlProblem(options.url, { allowHttp: options.allowHttp ?? false });
    if (problem !== undefined) {
      throw new SyntaxError(`Cannot use the url of sink "${name}": ${problem}`);
    }
    this.#name = name;
    this.#clock = clock;
    const url = new URL(options.url);
    this.#where = formatEndpoint(endpointOf(url));
    this.receiver = fingerprintOf(options.url);
    this.#keys = options.secrets.map(parseSecret);
    this.#payload = options.payload ?? "full";
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#headers = headersOf(options);
    this.#retried = options.retriedStatuses;
    this.policy = policyOf(options);
    this.#client = new HttpClient({
      url,
      tls: options.tls,
      proxy: options.proxy,
      connections: this.policy.concurrency,
      connectMs: this.#timeoutMs,
      isForbidden: isForbiddenAddress,
    });
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
    const timer = setTimeout(() => late.abort(), timerMs(this.#timeoutMs));
    try {
      const either = AbortSignal.any([signal, late.signal]);
      this.#judge(await this.#client.post(headers, body, either));
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      if (late.signal.aborted) {
        throw this.#failure(`no answer from ${this.#where} within ${this.#timeoutMs} ms`, error);
      }
      if (error instanceof ConnectError) {
        throw this.#failure(`no connection to ${formatEndpoint(error)}: ${error.why}`, error);
      }
      throw this.#failure(messageOf(error), error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Returns after any 2xx and after 409. For any other status it throws an error with the remedy. */
  #judge({ status: httpStatus, retryAfter }: HttpAnswer): void {
    if ((httpStatus >= 200 && httpStatus < 300) || httpStatus === conflict) return;
    if (httpStatus === 410) {
      throw new DeliveryError(
        this.#name,
        "the receiver answered 410 Gone: it wants no more events",
        {
          httpStatus,
          remedy: "stop",
        },
      );
    }
    const isRetried = this.#retried === undefined
      ? !refusals.includes(httpStatus)
      : this.#retried.some(([least, most]) => httpStatus >= least && httpStatus <= most);
    const retryAfterMs = parseRetryAfter(retryAfter ?? null, this.#clock.now());
    throw new DeliveryError(this.#name, `${this.#where} answered ${httpStatus}`, {
      httpStatus,
      remedy: isRetried ? "retry" : "give-up",
      ...(isRetried && retryAfterMs !== undefined ? { retryAfterMs } : {}),
    });
  }

  #failure(problem: string, cause?: unknown): DeliveryError {
    return new DeliveryError(this.#name, problem, cause === undefined ? {} : { cause });
  }
}

const single = "application/cloudevents+json; charset=utf-8";
const batched = "application/cloudevents-batch+json; charset=utf-8";

/** Makes the id of a batch. It depends on the events and their order alone, so it is the same at each attempt. */
function batchId(query: string, events: readonly OutgoingEvent[]): string {
  const hash = createHash("sha256");
  for (const { id } of events) hash.update(id).update("\n");
  return `batch.${query}.${hash.digest("hex").slice(0, 32)}`;
}

function fingerprintOf(url: string): string {
  return createHash("sha256").update(url).digest("hex").slice(0, 16);
}

/**
 * Makes a `webhook` sink.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 * @throws {SyntaxError} If the URL or a secret cannot be used.
 */
export function makeWebhookSink(options: WebhookOptions, context: SinkContext): EventSink {
  return new WebhookSink(options, context);
}
