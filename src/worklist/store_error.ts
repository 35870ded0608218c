/**
 * What goes wrong with the state folder.
 *
 * @module
 */

/** State could not be read or written; says where and what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The file or folder. */
  readonly path: string;
  /** What the operator should do. */
  readonly hint: string;

  /**
   * @param message What failed: "Cannot append to PATH: no space left on device".
   * @param options Where, what to do about it, and the error that led to this one.
   */
  constructor(
    message: string,
    { path, hint, cause }: { path: string; hint: string; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
    this.hint = hint;
  }
}
