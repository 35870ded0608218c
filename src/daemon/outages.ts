/**
 * Outages in the log: the beginning is a line, the end is a line, and in between there is a reminder now and then.
 *
 * @module
 */

/** Remembers what is out, and when it was last mentioned. */
export class Outages {
  readonly #remindMs: () => number;
  readonly #open = new Map<string, { readonly sinceMs: number; saidMs: number }>();

  /**
   * @param remindMs The interval at which a lasting outage is mentioned again, in milliseconds; 0: never.
   */
  constructor(remindMs: () => number) {
    this.#remindMs = remindMs;
  }

  /**
   * Takes in a failure.
   *
   * @example Usage
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Outages } from "./outages.ts";
   *
   * const outages = new Outages(() => 60_000);
   * assertEquals(outages.failed("hook", 0), { is: "first", forMs: 0 });
   * assertEquals(outages.failed("hook", 50_000), { is: "known", forMs: 50_000 });
   * assertEquals(outages.failed("hook", 70_000), { is: "reminder", forMs: 70_000 });
   * assertEquals(outages.ended("hook", 90_000), 90_000);
   * ```
   *
   * @param name The name of what fails.
   * @param nowMs The present, in milliseconds.
   * @returns `first`: an outage begins; `reminder`: it is time to mention it again; `known`: say nothing. And how long it lasts.
   */
  failed(name: string, nowMs: number): { is: "first" | "reminder" | "known"; forMs: number } {
    const outage = this.#open.get(name);
    if (outage === undefined) {
      this.#open.set(name, { sinceMs: nowMs, saidMs: nowMs });
      return { is: "first", forMs: 0 };
    }
    const forMs = Math.max(0, nowMs - outage.sinceMs);
    const remindMs = this.#remindMs();
    if (remindMs === 0 || nowMs - outage.saidMs < remindMs) return { is: "known", forMs };
    outage.saidMs = nowMs;
    return { is: "reminder", forMs };
  }

  /**
   * Takes in a success.
   *
   * @param name The name of what works.
   * @param nowMs The present, in milliseconds.
   * @returns The duration of the outage in milliseconds; undefined if there was none.
   */
  ended(name: string, nowMs: number): number | undefined {
    const outage = this.#open.get(name);
    this.#open.delete(name);
    return outage && Math.max(0, nowMs - outage.sinceMs);
  }
}
