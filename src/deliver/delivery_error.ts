/**
 * The error of a delivery that a sink did not take, and the remedy for it.
 *
 * @module
 */

import { WorklistdError } from "../base/worklistd_error.ts";

/**
 * The remedy for a delivery that failed. `retry` sends it again on schedule. `give-up` makes its events dead
 * letters. `stop` stops the sink, because its receiver wants no more events.
 */
export type FailureRemedy = "retry" | "give-up" | "stop";

/** The fields of a {@linkcode DeliveryError} beside its message. */
export interface DeliveryErrorOptions extends ErrorOptions {
  /** @default {"retry"} */
  readonly remedy?: FailureRemedy;
  /** The HTTP status of the answer, if there was one. */
  readonly httpStatus?: number;
  /** The time that the receiver asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * An error of a sink that did not take a delivery.
 *
 * The message says what failed and what to do. It never holds patient data, secrets, the query part of a URL
 * or text from the receiver.
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
   * @param problem The reason, as the rest of "Cannot deliver to sink …: ".
   * @param options The remedy, and the facts that the delivery loop needs.
   */
  constructor(sink: string, problem: string, options: DeliveryErrorOptions = {}) {
    super(`Cannot deliver to sink "${sink}": ${problem}`, options);
    this.sink = sink;
    this.remedy = options.remedy ?? "retry";
    this.httpStatus = options.httpStatus;
    this.retryAfterMs = options.retryAfterMs;
  }
}
