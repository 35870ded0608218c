/**
 * The common base of the errors of this program and library.
 *
 * @module
 */

/** Also known to another copy of this module in the same process. */
const mark = Symbol.for("worklistd.error");

/**
 * An error that this program or library throws on purpose. Everything else that is thrown is a mistake in a program.
 *
 * Some of these errors extend `SyntaxError` instead. They are instances of this class as well.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DicomDecodeError } from "../dicom/errors.ts";
 * import { WorklistdError } from "./worklistd_error.ts";
 *
 * const error = new DicomDecodeError("data set", "it is cut off", { offset: 8 });
 * assertEquals(error instanceof WorklistdError, true);
 * assertEquals(error instanceof SyntaxError, true);
 * assertEquals(new SyntaxError() instanceof WorklistdError, false);
 * ```
 */
export abstract class WorklistdError extends Error {
  static {
    markAsOurs(this);
  }

  /** Returns true if a value is one of these errors; of a derived class, if it is an instance of that class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== WorklistdError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && mark in value;
  }
}

/**
 * Makes the instances of a class count as {@linkcode WorklistdError}.
 *
 * @param errorClass A class that extends one of JavaScript's own error classes.
 */
export function markAsOurs(errorClass: { readonly prototype: Error }): void {
  Object.defineProperty(errorClass.prototype, mark, { value: true });
}
