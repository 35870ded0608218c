import type { Clock } from "../../src/base/clock.ts";

interface Sleeper {
  readonly until: Temporal.Instant;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: Temporal.Instant;
  #monotonicMs = 0;
  #reads = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: string | Temporal.Instant = "2026-11-21T12:00:00Z") {
    this.#now = Temporal.Instant.from(start);
  }

  now(): Temporal.Instant {
    return this.#now;
  }

  /** Parts of milliseconds, too, as the clock of the machine has them. */
  monotonicMs(): number {
    return this.#monotonicMs + ++this.#reads / 1e6;
  }

  async sleepUntil(instant: Temporal.Instant, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (Temporal.Instant.compare(instant, this.#now) <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: instant, wake: resolve };
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.add(sleeper);
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** How many wait for this clock. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass, waking each sleeper at its time and letting it work before time goes on. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#now.add({ milliseconds: durationMs });
    await settle();
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || Temporal.Instant.compare(next, end) > 0) break;
      this.#moveTo(next);
      this.#wakeDue();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  /** Sets the time of day, as a person or a suspended machine does; set back, it wakes all sleepers. */
  async set(instant: string | Temporal.Instant): Promise<void> {
    const before = this.#now;
    this.#now = Temporal.Instant.from(instant);
    if (Temporal.Instant.compare(this.#now, before) >= 0) this.#wakeDue();
    else for (const sleeper of this.#sleepers) sleeper.wake();
    await settle();
  }

  #earliest(): Temporal.Instant | undefined {
    const times = [...this.#sleepers].map((sleeper) => sleeper.until);
    return times.sort(Temporal.Instant.compare)[0];
  }

  #moveTo(instant: Temporal.Instant): void {
    if (Temporal.Instant.compare(instant, this.#now) <= 0) return;
    this.#monotonicMs += instant.since(this.#now).total("milliseconds");
    this.#now = instant;
  }

  #wakeDue(): void {
    for (const sleeper of this.#sleepers) {
      if (Temporal.Instant.compare(sleeper.until, this.#now) <= 0) sleeper.wake();
    }
  }
}

/** Lets everything run that only waits for something already there. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
