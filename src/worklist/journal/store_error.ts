/**
 * The errors of the state folder.
 *
 * @module
 */

import { WorklistdError } from "../../base/worklistd_error.ts";

/** An error of reading or writing state. The message says where, why, and what to do. */
export class StoreError extends WorklistdError {
  override readonly name: string = "StoreError";
  /** The file or folder. */
  readonly path: string;
  /** The advice for the operator. */
  readonly hint: string;

  /**
   * @param message The failure: "Cannot append to PATH: no space left on device".
   * @param options The path, the advice (in brackets after the message), and the error that led to this one.
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
 * The error of an open file that another process removed, replaced or cut. Nothing can be committed to it any
 * more. The folder can be opened again.
 */
export class StaleStoreError extends StoreError {
  override readonly name = "StaleStoreError";
}

/**
 * Translates an error of the system into a reason.
 *
 * @param cause The error of a file operation.
 * @returns The reason, without the path.
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
 * True if an operation failed for lack of space.
 *
 * @param cause The error.
 */
export function isFull(cause: unknown): boolean {
  return cause instanceof Error && /space|quota|ENOSPC|EDQUOT/i.test(cause.message);
}

/** The advice for {@linkcode isOutOfDescriptors}. */
export const descriptorsHint =
  "raise the limit of open files: LimitNOFILE= in the systemd unit, or ulimit -n";

/**
 * True if an operation failed because the process, or the machine, has too many files open.
 *
 * @param cause The error.
 */
export function isOutOfDescriptors(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return /EMFILE|ENFILE|too many open files/i.test(cause.message) ||
    isOutOfDescriptors(cause.cause);
}
