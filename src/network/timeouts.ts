/**
 * The deadlines of an association, one for each wait.
 *
 * @module
 */

/** A deadline for each wait, in milliseconds; Infinity waits for ever. */
export interface Timeouts {
  /**
   * Until the connection stands, TLS included.
   *
   * @default {10000}
   */
  readonly connectMs?: number;
  /**
   * Until the association request is answered.
   *
   * @default {10000}
   */
  readonly associateMs?: number;
  /**
   * Until the next response is complete.
   *
   * @default {30000}
   */
  readonly responseMs?: number;
  /**
   * Until the responses end after C-CANCEL.
   *
   * @default {5000}
   */
  readonly cancelMs?: number;
  /**
   * Until the release request is answered.
   *
   * @default {5000}
   */
  readonly releaseMs?: number;
  /**
   * Without a single byte from the peer while something is awaited.
   *
   * @default {Infinity}
   */
  readonly networkMs?: number;
}

/** The defaults of {@linkcode Timeouts}. */
export const defaultTimeouts: Required<Timeouts> = {
  connectMs: 10_000,
  associateMs: 10_000,
  responseMs: 30_000,
  cancelMs: 5_000,
  releaseMs: 5_000,
  networkMs: Infinity,
};
