/**
 * The error with which a sink refuses a delivery, and what is to become of the delivery.
 *
 * @module
 */

import { WorklistdError } from "../base/worklistd_error.ts";

/**
 * What to do with a delivery that failed: `retry` it on schedule, give up `these` events as
 * undeliverable, or `stop` the sink because its receiver wants nothing more.
 */
export type FailureRemedy = "retry" | "give-up" | "stop";

/** What a {@linkcode DeliveryError} knows beside its message. */
export interface DeliveryErrorOptions extends ErrorOptions {
  /** @default {"retry"} */
  readonly remedy?: FailureRemedy;
  /** The HTTP status that the receiver answered, where it answered. */
  readonly httpStatus?: number;
  /** How long the receiver asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * A sink did not take what it was given.
 *
 * The message says what failed and what to do; it never holds patient data, secrets, the query of a
 * URL or the receiver's words.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DeliveryError } from "./delivery_error.ts";
 *
 * const error = new DeliveryError("hook", "The receiver answered 503", { httpStatus: 503 });
 * assertEquals(error.message, 'Cannot deliver to sink "hook": The receiver answered 503');
 * assertEquals(error.remedy, "retry");
 * ```
 */
export class DeliveryError extends WorklistdError {
  override readonly name = "DeliveryError";
  readonly sink: string;
  readonly remedy: FailureRemedy;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;

  /**
   * @param sink The name of the sink.
   * @param problem What failed, as the rest of "Cannot deliver to sink …: ".
   * @param options What the delivery loop must know.
   */
  constructor(sink: string, problem: string, options: DeliveryErrorOptions = {}) {
    super(`Cannot deliver to sink "${sink}": ${problem}`, options);
    this.sink = sink;
    this.remedy = options.remedy ?? "retry";
    this.httpStatus = options.httpStatus;
    this.retryAfterMs = options.retryAfterMs;
  }
}
