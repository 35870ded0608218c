/**
 * What TLS needs to know.
 *
 * PS3.15 Annex B.
 *
 * @module
 */

/** Options of a TLS connection. */
export interface TlsOptions {
  readonly verify?: "full" | "chain" | "none" | undefined;
}
