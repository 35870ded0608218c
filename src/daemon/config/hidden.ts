/**
 * Keeps what has secrets in it out of logs, dumps and error messages.
 *
 * @module
 */

/**
 * A value that only shows itself where it is asked to: printed or written as JSON it is `[hidden]`, inspected
 * it is empty.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Hidden } from "./hidden.ts";
 *
 * const token = new Hidden("s3cret");
 * assertEquals(`${token} ${JSON.stringify({ token })}`, '[hidden] {"token":"[hidden]"}');
 * assertEquals(token.reveal(), "s3cret");
 * ```
 */
export class Hidden<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** Returns the value. Its name shall stand out where it is used. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[hidden]";
  }

  toJSON(): string {
    return "[hidden]";
  }
}
