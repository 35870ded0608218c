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
  /** `whsec_<base64>`; each signs, so that receivers can change over from one to the next. */
  readonly secrets: readonly string[];
  /** @default {"full"} */
  readonly payload?: Payload | undefined;
  /** @default one event at once, no wait */
  readonly batch?: { readonly maxEvents: number; readonly maxWaitMs: number } | undefined;
  /** The deadline of one request. @default {15_000} */
  readonly timeoutMs?: number | undefined;
  /** @default 5s, 1m, 5m, 30m, 2h, 5h; jitter 20 %; 3 days */
  readonly retry?: {
    readonly scheduleMs?: readonly number[] | undefined;
    /** 0 to 1. */
    readonly jitter?: number | undefined;
    readonly giveUpAfterMs?: number | undefined;
  } | undefined;
  /**
   * The answers that are tried again, from and to. 2xx and 409 always count as delivered, 410 always stops.
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
  /** For `https:`; as for peers. @default verify fully, by the authorities that come with the program */
  readonly tls?: TlsOptions | undefined;
  /** The HTTP proxy to go through. */
  readonly proxy?: {
    readonly url: string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  } | undefined;
  /** Permits `http://` to hosts other than this one. @default {false} */
  readonly allowHttp?: boolean | undefined;
  /** Merges changes of one item that come within this time. @default {0} */
  readonly coalesceMs?: number | undefined;
  /** Events older than this go to the dead letters. @default never */
  readonly expiresAfterMs?: number | undefined;
  /** The time between `webhook.heartbeat` events. @default never */
  readonly heartbeatMs?: number | undefined;
  /** The most requests under way at once. @default {4} */
  readonly concurrency?: number | undefined;
}
