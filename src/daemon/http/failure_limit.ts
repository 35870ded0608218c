/**
 * Slows down who guesses passwords: failures are counted for each network address.
 *
 * @module
 */

/** Failures that an address may have at once. */
const burst = 10;
/** Time after which one failure is forgotten. */
const refillMs = 6_000;
/** Addresses remembered at once; the oldest is forgotten first. */
const mostAddresses = 1_000;

/** A leaky bucket for each address. */
export class FailureLimit {
  readonly #nowMs: () => number;
  /** By address, the time on the monotonic clock at which none of its failures is remembered any more. */
  readonly #emptyAtMs = new Map<string, number>();

  /**
   * @param nowMs The monotonic clock in milliseconds.
   */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * Returns the time that an address must wait.
   *
   * @param address The address of whoever logs in.
   * @returns Milliseconds until its next attempt; 0 if it may try now.
   */
  waitMs(address: string): number {
    const emptyAtMs = this.#emptyAtMs.get(networkOf(address)) ?? -Infinity;
    return Math.max(0, emptyAtMs - this.#nowMs() - (burst - 1) * refillMs);
  }

  /**
   * Takes in a failure.
   *
   * @param address The address that failed.
   */
  failed(address: string): void {
    const network = networkOf(address);
    const before = Math.max(this.#emptyAtMs.get(network) ?? -Infinity, this.#nowMs());
    this.#emptyAtMs.delete(network);
    this.#emptyAtMs.set(network, before + refillMs);
    for (const oldest of this.#emptyAtMs.keys()) {
      if (this.#emptyAtMs.size <= mostAddresses) break;
      this.#emptyAtMs.delete(oldest);
    }
  }
}

/** Of IPv6 the first 64 bits, because one machine may have all addresses of such a network. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!plain.includes(":")) return plain;
  const [head = ""] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  return [...groups, "0", "0", "0", "0"].slice(0, 4).join(":");
}
