/**
 * What goes wrong with the state folder.
 *
 * @module
 */

import { WorklistdError } from "../../base/worklistd_error.ts";

/** State could not be read or written; the message says where, why, and what to do. */
export class StoreError extends WorklistdError {
  override readonly name: string = "StoreError";
  /** The file or folder. */
  readonly path: string;
  /** What the operator should do. */
  readonly hint: string;

  /**
   * @param message What failed: "Cannot append to PATH: no space left on device".
   * @param options Where, what to do about it (told in brackets behind the message), and the error that led
   * to this one.
   */
  constructor(
    message: string,
    { path, hint, cause }: { path: string; hint: string; cause?: unknown },
  ) {
    super(`${message} (${hint})`, cause === undefined ? undefined : { cause });
    this.path = path;
    this.hint = hint;
  }
}

/**
 * Another hand removed, replaced or cut what was open: nothing can be committed to it any more. What is there can
 * be opened anew.
 */
export class StaleStoreError extends StoreError {
  override readonly name = "StaleStoreError";
}

/**
 * Says what an error of the system means for a file.
 *
 * @param cause What an operation on the file threw.
 * @returns A few words, without the path.
 */
export function diskReason(cause: unknown): string {
  if (!(cause instanceof Error)) return "the disk reported an error";
  const { message } = cause;
  if (isOutOfDescriptors(cause)) return "the process may open no more files (EMFILE)";
  if (cause.name === "FileInUseError") return message;
  if (isFull(cause)) return "the disk is full";
  if (/EROFS|read-only/i.test(message)) return "the file system is read-only";
  if (/EACCES|EPERM|denied|not permitted/i.test(message)) return "permission denied";
  if (/EISDIR|ENOTDIR|directory \(os/i.test(message)) {
    return "a folder and a file are in each other's place";
  }
  return "the disk reported an error";
}

/**
 * Tells whether an operation failed for want of space.
 *
 * @param cause What it threw.
 */
export function isFull(cause: unknown): boolean {
  return cause instanceof Error && /space|quota|ENOSPC|EDQUOT/i.test(cause.message);
}

/** What to do where {@linkcode isOutOfDescriptors}. */
export const descriptorsHint =
  "raise the limit of open files: LimitNOFILE= in the systemd unit, or ulimit -n";

/**
 * Tells whether an operation failed because the process, or the machine, has too many files open.
 *
 * @param cause What it threw.
 */
export function isOutOfDescriptors(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return /EMFILE|ENFILE|too many open files/i.test(cause.message) ||
    isOutOfDescriptors(cause.cause);
}
