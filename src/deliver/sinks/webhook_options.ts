/**
 * The options of the `webhook` sink.
 *
 * @module
 */
import type { TlsOptions } from "../../network/tls.ts";
import type { Payload } from "../payload.ts";
import type { EventSelection } from "../sink.ts";

/** The options of the `webhook` sink. Secrets are already read from their files. */
export interface WebhookOptions extends EventSelection {
  readonly type: "webhook";
  readonly url: string;
  /** Secrets of the form `whsec_<base64>`. Each signs, so that receivers can move from one to the next. */
  readonly secrets: readonly string[];
  /** @default {"full"} */
  readonly payload?: Payload | undefined;
  /** @default The size of batches. @default one event at once, no wait */
  readonly batch?: { readonly maxEvents: number; readonly maxWaitMs: number } | undefined;
  /** The time limit of one request. @default {15_000} */
  readonly timeoutMs?: number | undefined;
  /** @default The schedule of further attempts. @default 5s, 1m, 5m, 30m, 2h, 5h; jitter 20 %; 3 days */
  readonly retry?: {
    readonly scheduleMs?: readonly number[] | undefined;
    /** A share from 0 to 1. */
    readonly jitter?: number | undefined;
    readonly giveUpAfterMs?: number | undefined;
  } | undefined;
  /**
   * The statuses that are tried again, as ranges. 2xx and 409 always count as delivered; 410 always stops the
   * sink.
   *
   * @default all but 413
   */
  readonly retriedStatuses?: readonly (readonly [least: number, most: number])[] | undefined;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `Authorization: Bearer …`. */
  readonly bearerToken?: string | undefined;
  /** Sent as `Authorization: Basic …`. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  /**
   * The TLS options for `https:`, as for peers. @default verify fully, by the authorities that come with the
   * program
   */
  readonly tls?: TlsOptions | undefined;
  /** The HTTP proxy to go through. */
  readonly proxy?: {
    readonly url: string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  } | undefined;
  /** True if `http://` to other hosts than this machine is allowed. @default {false} */
  readonly allowHttp?: boolean | undefined;
  /** The time in which changes of one item are merged, in milliseconds. @default {0} */
  readonly coalesceMs?: number | undefined;
  /** The age in milliseconds at which an event becomes a dead letter. @default never */
  readonly expiresAfterMs?: number | undefined;
  /** The time between `webhook.heartbeat` events, in milliseconds. @default never */
  readonly heartbeatMs?: number | undefined;
  /** The most requests at the same time. @default {4} */
  readonly concurrency?: number | undefined;
}
