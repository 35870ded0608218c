/**
 * Runs each query when it is due: never twice at once, no peer asked by more associations than it bears,
 * what failed for a passing reason again soon.
 *
 * Time comes from a clock that may jump: a machine that slept through ten ticks polls once; where the
 * clock is set back, the next tick is looked for anew.
 *
 * @module
 */
import type { Clock } from "../deliver/clock.ts";
import { type PeerLimits, PeerQueue } from "./peer_queue.ts";
import type { Schedule } from "./schedule.ts";

/** A query as the scheduler sees it. */
export interface ScheduledQuery {
  readonly name: string;
  readonly peer: string;
  readonly schedule: Schedule;
  /** The longest random delay, in milliseconds. */
  readonly jitterMs: number;
}

/** What the scheduler works with. */
export interface SchedulerOptions<R> {
  readonly clock: Clock;
  /** A random number, 0 to 1. */
  random(): number;
  /**
   * Polls queries of one peer over one association. Must not reject.
   *
   * @returns The result of each query.
   */
  run(queries: readonly string[]): Promise<ReadonlyMap<string, R>>;
  /** Whether a result calls for another attempt before the next tick. */
  isRetriable(result: R): boolean;
}

interface Entry<R> {
  query: ScheduledQuery;
  /** The tick that comes next, without jitter; undefined where none will come. */
  tick: Temporal.Instant | undefined;
  /** When it runs: the tick and its jitter, or an early retry. */
  due: Temporal.Instant | undefined;
  state: "idle" | "waiting" | "running";
  retries: number;
  /** Those who wait for a run that has not begun. */
  callers: PromiseWithResolvers<R | undefined>[];
}

/** Waits before early retries; the peer is not to be hammered, so they are few. */
const retryMs = [2_000, 10_000, 30_000];
/** Queries due within this time share an association where that is wanted. */
const togetherMs = 250;
/** The longest sleep: the clock may be set back meanwhile. */
const longestSleepMs = 30_000;

/** Runs queries on their schedules. */
export class Scheduler<R> {
  readonly #options: SchedulerOptions<R>;
  readonly #entries = new Map<string, Entry<R>>();
  readonly #queues = new Map<string, PeerQueue<Entry<R>>>();
  #lastNow: Temporal.Instant;
  #lastWakeMs: number;
  #alarm = new AbortController();
  #stopped = false;
  readonly #running = new Set<Promise<void>>();

  constructor(options: SchedulerOptions<R>) {
    this.#options = options;
    this.#lastNow = options.clock.now();
    this.#lastWakeMs = options.clock.monotonicMs();
  }

  /**
   * Takes over what is to be run; queries that stay keep their place in time.
   *
   * @param peers How each peer may be used.
   * @param queries All queries.
   */
  update(peers: ReadonlyMap<string, PeerLimits>, queries: Iterable<ScheduledQuery>): void {
    for (const [name, limits] of peers) {
      const queue = this.#queues.get(name);
      if (queue !== undefined) queue.limits = limits;
      else this.#queues.set(name, new PeerQueue(limits, (batch) => this.#run(batch)));
    }
    const gone = new Set(this.#entries.keys());
    for (const query of queries) {
      gone.delete(query.name);
      this.#take(query);
    }
    for (const name of gone) this.#drop(name);
    this.#alarm.abort();
  }

  /**
   * Runs queries until {@linkcode Scheduler.stop} is called.
   */
  async start(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopped) {
      this.#alarm = new AbortController();
      const now = clock.now();
      if (Temporal.Instant.compare(now, this.#lastNow) < 0) this.#clockSetBack(now);
      this.#lastNow = now;
      this.#lastWakeMs = clock.monotonicMs();
      this.#enqueueDue(now);
      const until = this.#nextWake(now);
      try {
        await clock.sleepUntil(until, this.#alarm.signal);
      } catch (error) {
        if (!this.#alarm.signal.aborted) throw error;
      }
    }
  }

  /** Begins nothing more, and waits for what is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.abort();
    for (const entry of this.#entries.values()) {
      if (entry.state !== "waiting") continue;
      this.#queues.get(entry.query.peer)?.remove(entry);
      entry.state = "idle";
      for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
    }
    await Promise.all(this.#running);
  }

  /**
   * Runs a query out of turn. Where one is waiting to run, its result is shared; where one is running,
   * another follows it.
   *
   * @param name The query.
   * @returns The result; `undefined` where there is no such query, or it was removed meanwhile.
   */
  async runNow(name: string): Promise<R | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined || this.#stopped) return undefined;
    const caller = Promise.withResolvers<R | undefined>();
    entry.callers.push(caller);
    if (entry.state === "idle") this.#enqueue([entry]);
    return await caller.promise;
  }

  /**
   * Tells when a query runs next.
   *
   * @param name The query.
   * @returns The time; `undefined` where it is running or never will.
   */
  nextRun(name: string): Temporal.Instant | undefined {
    return this.#entries.get(name)?.due;
  }

  /** When the schedule was last looked at, on the monotonic clock: every half minute at least. */
  get lastWakeMs(): number {
    return this.#lastWakeMs;
  }

  #take(query: ScheduledQuery): void {
    const now = this.#options.clock.now();
    const known = this.#entries.get(query.name);
    if (known === undefined) {
      const tick = query.schedule.dueAtStart ? now : query.schedule.next(now);
      const entry: Entry<R> = { query, tick, due: tick, state: "idle", retries: 0, callers: [] };
      entry.due = this.#jittered(entry);
      this.#entries.set(query.name, entry);
      return;
    }
    const { query: before } = known;
    if (known.state === "waiting" && before.peer !== query.peer) {
      this.#queues.get(before.peer)?.remove(known);
      known.state = "idle";
      known.due = now;
    }
    known.query = query;
    if (before.schedule.text !== query.schedule.text && known.state === "idle") {
      known.tick = query.schedule.next(now);
      known.due = this.#jittered(known);
    }
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    if (entry.state !== "waiting") return;
    this.#queues.get(entry.query.peer)?.remove(entry);
    for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
  }

  #enqueueDue(now: Temporal.Instant): void {
    const byPeer = new Map<string, Entry<R>[]>();
    for (const entry of this.#entries.values()) {
      const { peer } = entry.query;
      const shares = (this.#queues.get(peer)?.limits.findsPerAssociation ?? 1) > 1;
      const soon = shares && byPeer.has(peer) ? now.add({ milliseconds: togetherMs }) : now;
      if (entry.state !== "idle" || entry.due === undefined) continue;
      if (Temporal.Instant.compare(entry.due, soon) > 0) continue;
      const together = byPeer.get(peer) ?? [];
      byPeer.set(peer, together);
      together.push(entry);
    }
    for (const entries of byPeer.values()) this.#enqueue(entries);
  }

  #enqueue(entries: readonly Entry<R>[]): void {
    for (const entry of entries) entry.state = "waiting";
    const [first] = entries;
    if (first !== undefined) this.#queues.get(first.query.peer)?.add(entries);
  }

  async #run(batch: readonly Entry<R>[]): Promise<void> {
    const callers = new Map(batch.map((entry) => [entry, entry.callers.splice(0)]));
    for (const entry of batch) {
      entry.state = "running";
      entry.due = undefined;
    }
    const work = this.#options.run(batch.map((entry) => entry.query.name));
    const done = work.then((results) => {
      for (const [entry, waiting] of callers) {
        const result = results.get(entry.query.name);
        this.#finish(entry, result);
        for (const caller of waiting) caller.resolve(result);
      }
    });
    this.#running.add(done);
    await done.finally(() => this.#running.delete(done));
  }

  #finish(entry: Entry<R>, result: R | undefined): void {
    entry.state = "idle";
    const now = this.#options.clock.now();
    const { schedule } = entry.query;
    if (entry.tick !== undefined && Temporal.Instant.compare(entry.tick, now) <= 0) {
      const next = schedule.next(entry.tick);
      const missed = next !== undefined && Temporal.Instant.compare(next, now) <= 0;
      entry.tick = missed ? schedule.next(now) : next;
    }
    entry.due = this.#jittered(entry);
    this.#retryEarly(entry, result, now);
    if (this.#stopped || this.#entries.get(entry.query.name) !== entry) {
      for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
    } else if (entry.callers.length > 0) this.#enqueue([entry]);
    this.#alarm.abort();
  }

  #retryEarly(entry: Entry<R>, result: R | undefined, now: Temporal.Instant): void {
    const waitMs = retryMs[entry.retries];
    if (result === undefined || !this.#options.isRetriable(result)) {
      entry.retries = 0;
      return;
    }
    if (waitMs === undefined) return;
    const varied = waitMs * (0.8 + 0.4 * this.#options.random());
    const at = now.add({ milliseconds: Math.round(varied) });
    if (entry.due !== undefined && Temporal.Instant.compare(at, entry.due) >= 0) return;
    entry.retries++;
    entry.due = at;
  }

  #jittered({ tick, query }: Entry<R>): Temporal.Instant | undefined {
    return tick?.add({ milliseconds: Math.round(this.#options.random() * query.jitterMs) });
  }

  #clockSetBack(now: Temporal.Instant): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle") continue;
      entry.tick = entry.query.schedule.next(now);
      entry.due = this.#jittered(entry);
    }
  }

  #nextWake(now: Temporal.Instant): Temporal.Instant {
    let wake = now.add({ milliseconds: longestSleepMs });
    for (const { state, due } of this.#entries.values()) {
      if (state !== "idle" || due === undefined) continue;
      if (Temporal.Instant.compare(due, wake) < 0) wake = due;
    }
    return wake;
  }
}
