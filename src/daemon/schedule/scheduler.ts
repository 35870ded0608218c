/**
 * Runs each query when it is due: never twice at once, no peer asked by more associations than it bears,
 * what failed for a passing reason again soon.
 *
 * Time comes from a clock that may jump: a machine that slept through ten ticks polls once; where the
 * clock is set back, the next tick is looked for anew.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
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
   * @param queries The names of the queries.
   * @param commanded Those of them that somebody asked for: they are polled also in a blackout.
   * @returns The result of each query; none for one that was not polled, as its peer is to be left alone.
   */
  run(
    queries: readonly string[],
    commanded: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, R>>;
  /** Whether a result calls for another attempt before the next tick. */
  isRetriable(result: R): boolean;
}

interface Entry<R> {
  query: ScheduledQuery;
  /** The tick that comes next, without jitter; undefined where none will come. */
  tick: Temporal.Instant | undefined;
  /** When it runs, in milliseconds since 1970: the tick and its jitter, or an early retry; else Infinity. */
  dueMs: number;
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
  /** Until when it sleeps. */
  #wakeAtMs = 0;
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
      const nowMs = now.epochMilliseconds;
      this.#enqueueDue(nowMs);
      this.#wakeAtMs = this.#nextWake(nowMs);
      const until = Temporal.Instant.fromEpochMilliseconds(this.#wakeAtMs);
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
    const { dueMs = Infinity, state } = this.#entries.get(name) ?? {};
    if (state === "running" || dueMs === Infinity) return undefined;
    return Temporal.Instant.fromEpochMilliseconds(dueMs);
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
      const dueMs = this.#jittered(tick, query);
      this.#entries.set(query.name, { query, tick, dueMs, state: "idle", retries: 0, callers: [] });
      return;
    }
    const { query: before } = known;
    if (known.state === "waiting" && before.peer !== query.peer) {
      this.#queues.get(before.peer)?.remove(known);
      known.state = "idle";
      known.dueMs = now.epochMilliseconds;
    }
    known.query = query;
    // Cron ticks do not depend on when one looks; those of a period go on unless the period is another.
    const isOther = !query.schedule.dueAtStart || before.schedule.text !== query.schedule.text;
    if (isOther && known.state === "idle" && known.dueMs > now.epochMilliseconds) {
      known.tick = query.schedule.next(now);
      known.dueMs = this.#jittered(known.tick, query);
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

  #enqueueDue(nowMs: number): void {
    const soonByPeer = new Map<string, Entry<R>[]>();
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle" || entry.dueMs > nowMs + togetherMs) continue;
      const { peer } = entry.query;
      const soon = soonByPeer.get(peer);
      if (soon === undefined) soonByPeer.set(peer, [entry]);
      else soon.push(entry);
    }
    for (const [peer, soon] of soonByPeer) {
      const due = soon.filter(({ dueMs }) => dueMs <= nowMs);
      const shares = (this.#queues.get(peer)?.limits.findsPerAssociation ?? 1) > 1;
      this.#enqueue(shares && due.length > 0 ? soon : due);
    }
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
      entry.dueMs = Infinity;
    }
    const commanded = new Set(
      Array.from(callers).flatMap(([{ query }, waiting]) => waiting.length > 0 ? [query.name] : []),
    );
    const work = this.#options.run(batch.map((entry) => entry.query.name), commanded);
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
    entry.tick = tickAfter(entry.tick, entry.query.schedule, now);
    entry.dueMs = this.#jittered(entry.tick, entry.query);
    this.#retryEarly(entry, result, now.epochMilliseconds);
    if (this.#stopped || this.#entries.get(entry.query.name) !== entry) {
      for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
    } else if (entry.callers.length > 0) this.#enqueue([entry]);
    else if (entry.dueMs < this.#wakeAtMs) this.#alarm.abort();
  }

  #retryEarly(entry: Entry<R>, result: R | undefined, nowMs: number): void {
    const waitMs = retryMs[entry.retries];
    if (result === undefined || !this.#options.isRetriable(result)) {
      entry.retries = 0;
      return;
    }
    if (waitMs === undefined) return;
    const atMs = nowMs + Math.round(waitMs * (0.8 + 0.4 * this.#options.random()));
    if (atMs >= entry.dueMs) return;
    entry.retries++;
    entry.dueMs = atMs;
  }

  #jittered(tick: Temporal.Instant | undefined, { jitterMs }: ScheduledQuery): number {
    if (tick === undefined) return Infinity;
    return tick.epochMilliseconds + Math.round(this.#options.random() * jitterMs);
  }

  #clockSetBack(now: Temporal.Instant): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle") continue;
      entry.tick = entry.query.schedule.next(now);
      entry.dueMs = this.#jittered(entry.tick, entry.query);
    }
  }

  #nextWake(nowMs: number): number {
    let wakeMs = nowMs + longestSleepMs;
    for (const { state, dueMs } of this.#entries.values()) {
      if (state === "idle" && dueMs < wakeMs) wakeMs = dueMs;
    }
    return wakeMs;
  }
}

/** The tick that follows a run, without drift. Missed ticks are skipped. */
function tickAfter(
  tick: Temporal.Instant | undefined,
  schedule: Schedule,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  if (tick === undefined) return undefined;
  const isPast = (time: Temporal.Instant): boolean => Temporal.Instant.compare(time, now) <= 0;
  if (isPast(tick)) {
    const next = schedule.next(tick);
    return next !== undefined && isPast(next) ? schedule.next(now) : next;
  }
  // The clock was set back while the query waited or ran: its old tick may be hours away.
  const next = schedule.next(now);
  return next !== undefined && Temporal.Instant.compare(next, tick) < 0 ? next : tick;
}
