// Touches the world: through the turns at peers that it makes.
/**
 * Polls each query when it is due. A query is never polled twice at once, and no peer is asked over more
 * associations than it bears. A poll that failed for a passing reason is tried again soon.
 *
 * Time comes from a clock that may jump. A machine that slept through ten ticks polls once. After the clock was set
 * back, the next tick is looked for again.
 *
 * @module
 */
import type { ModelName } from "../../query/model.ts";
import type { PeerConfig } from "../config.ts";
import type { PollContext } from "../context.ts";
import { PeerTurn } from "../poll/peer_turn.ts";
import { PeerLine } from "./peer_line.ts";
import type { Schedule } from "./schedule.ts";

/** A query that can be polled. */
export interface Pollable<R> {
  /**
   * Polls once. Must not reject.
   *
   * @param turn The turn at its peer.
   * @param occasion `isCommanded` is true if somebody asked for the poll: it is made in a blackout too.
   * @returns The result; none if the query was not polled, as its peer is to be left alone, or if the poll failed.
   */
  poll(turn: PeerTurn, occasion: { readonly isCommanded: boolean }): Promise<R | undefined>;
}

/** A query with its schedule. */
export interface ScheduledQuery<R> {
  readonly query: Pollable<R>;
  /** The name of its peer. */
  readonly peer: string;
  readonly model: ModelName;
  readonly schedule: Schedule;
  /** The longest random delay, in milliseconds. */
  readonly jitterMs: number;
}

interface Entry<R> {
  scheduled: ScheduledQuery<R>;
  /** The tick that comes next, without jitter; undefined if none will come. */
  tick: Temporal.Instant | undefined;
  /**
   * The time of its next poll, in milliseconds since 1970: the tick and its jitter, or an early retry. Infinity if
   * there is none.
   */
  dueMs: number;
  state: "idle" | "waiting" | "running";
  retries: number;
  /** Callers that wait for a poll that has not begun. */
  callers: PromiseWithResolvers<R | undefined>[];
}

/** Waits before early retries: few, to spare the peer. */
const retryMs = [2_000, 10_000, 30_000];
/** Queries due within this time share an association where that is wanted. */
const togetherMs = 250;
/** The longest sleep: the clock may be set back meanwhile. */
const longestSleepMs = 30_000;

/** Polls queries on their schedules. */
export class Scheduler<R extends { readonly isRetriable: boolean }> {
  readonly #context: Pick<PollContext, "clock" | "random" | "stop">;
  readonly #entries = new Map<Pollable<R>, Entry<R>>();
  readonly #lines = new Map<string, PeerLine<Entry<R>>>();
  #lastNow: Temporal.Instant;
  #lastWakeMs: number;
  /** Until when it sleeps. */
  #wakeAtMs = 0;
  #alarm = new AbortController();
  #stopped = false;
  readonly #running = new Set<Promise<void>>();

  /** @param context Clock, chance, and the signal that ends polls. */
  constructor(context: Pick<PollContext, "clock" | "random" | "stop">) {
    this.#context = context;
    this.#lastNow = context.clock.now();
    this.#lastWakeMs = context.clock.monotonicMs();
  }

  /**
   * Takes over a configuration. Queries that stay keep their place in time.
   *
   * @param peers The peers.
   * @param queries All queries.
   */
  update(peers: ReadonlyMap<string, PeerConfig>, queries: Iterable<ScheduledQuery<R>>): void {
    for (const [name, peer] of peers) {
      const line = this.#lines.get(name);
      if (line !== undefined) line.peer = peer;
      else this.#lines.set(name, new PeerLine(peer));
    }
    const gone = new Set(this.#entries.keys());
    for (const scheduled of queries) {
      gone.delete(scheduled.query);
      this.#take(scheduled);
    }
    for (const query of gone) this.#drop(query);
    this.#alarm.abort();
  }

  /**
   * Polls until {@linkcode Scheduler.stop} is called.
   */
  async start(): Promise<void> {
    const { clock } = this.#context;
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

  /** Begins no more polls, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.abort();
    for (const entry of this.#entries.values()) {
      if (entry.state !== "waiting") continue;
      this.#lines.get(entry.scheduled.peer)?.remove(entry);
      entry.state = "idle";
      for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
    }
    await Promise.all(this.#running);
  }

  /**
   * Polls a query now. A poll that waits for its turn is shared; a poll under way is followed by another.
   *
   * @param query The query.
   * @returns The result; `undefined` if the query is not scheduled, or was removed meanwhile.
   */
  async runNow(query: Pollable<R>): Promise<R | undefined> {
    const entry = this.#entries.get(query);
    if (entry === undefined || this.#stopped) return undefined;
    const caller = Promise.withResolvers<R | undefined>();
    entry.callers.push(caller);
    if (entry.state === "idle") this.#enqueue([entry]);
    return await caller.promise;
  }

  /**
   * Finds the time of a query's next poll.
   *
   * @param query The query.
   * @returns The time; `undefined` while it is polled, or if it never will be.
   */
  nextRun(query: Pollable<R>): Temporal.Instant | undefined {
    const { dueMs = Infinity, state } = this.#entries.get(query) ?? {};
    if (state === "running" || dueMs === Infinity) return undefined;
    return Temporal.Instant.fromEpochMilliseconds(dueMs);
  }

  /** The last look at the schedule, on the monotonic clock: every half minute at least. */
  get lastWakeMs(): number {
    return this.#lastWakeMs;
  }

  #take(scheduled: ScheduledQuery<R>): void {
    const now = this.#context.clock.now();
    const { query, schedule } = scheduled;
    const known = this.#entries.get(query);
    if (known === undefined) {
      const tick = schedule.dueAtStart ? now : schedule.next(now);
      const dueMs = this.#jittered(tick, scheduled);
      this.#entries.set(query, { scheduled, tick, dueMs, state: "idle", retries: 0, callers: [] });
      return;
    }
    const { scheduled: before } = known;
    if (known.state === "waiting" && before.peer !== scheduled.peer) {
      this.#lines.get(before.peer)?.remove(known);
      known.state = "idle";
      known.dueMs = now.epochMilliseconds;
    }
    known.scheduled = scheduled;
    // Ticks of cron do not depend on the moment of the reload; those of a period go on unless the period is another.
    const isOther = !schedule.dueAtStart || before.schedule.text !== schedule.text;
    if (isOther && known.state === "idle" && known.dueMs > now.epochMilliseconds) {
      known.tick = schedule.next(now);
      known.dueMs = this.#jittered(known.tick, scheduled);
    }
  }

  #drop(query: Pollable<R>): void {
    const entry = this.#entries.get(query);
    if (entry === undefined) return;
    this.#entries.delete(query);
    if (entry.state !== "waiting") return;
    this.#lines.get(entry.scheduled.peer)?.remove(entry);
    for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
  }

  #enqueueDue(nowMs: number): void {
    const soonByPeer = new Map<string, Entry<R>[]>();
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle" || entry.dueMs > nowMs + togetherMs) continue;
      const { peer } = entry.scheduled;
      const soon = soonByPeer.get(peer);
      if (soon === undefined) soonByPeer.set(peer, [entry]);
      else soon.push(entry);
    }
    for (const [peer, soon] of soonByPeer) {
      const due = soon.filter(({ dueMs }) => dueMs <= nowMs);
      const shares = (this.#lines.get(peer)?.peer.findsPerAssociation ?? 1) > 1;
      this.#enqueue(shares && due.length > 0 ? soon : due);
    }
  }

  /** Lines up queries of one peer. */
  #enqueue(entries: readonly Entry<R>[]): void {
    for (const entry of entries) entry.state = "waiting";
    const [first] = entries;
    const line = first && this.#lines.get(first.scheduled.peer);
    if (line === undefined) return;
    line.add(entries);
    this.#beginTurns(line);
  }

  #beginTurns(line: PeerLine<Entry<R>>): void {
    for (let batch = line.begin(); batch.length > 0; batch = line.begin()) {
      const done: Promise<void> = this.#run(batch, line.peer).finally(() => {
        this.#running.delete(done);
        line.end();
        this.#beginTurns(line);
      });
      this.#running.add(done);
    }
  }

  /** Polls queries whose turn it is together, one after the other. */
  async #run(batch: readonly Entry<R>[], peer: PeerConfig): Promise<void> {
    const callers = new Map(batch.map((entry) => [entry, entry.callers.splice(0)]));
    for (const entry of batch) {
      entry.state = "running";
      entry.dueMs = Infinity;
    }
    const results = new Map<Entry<R>, R | undefined>();
    {
      const modelNames = batch.map(({ scheduled }) => scheduled.model);
      await using turn = new PeerTurn(peer, modelNames, this.#context);
      for (const [entry, { length }] of callers) {
        const result = await entry.scheduled.query.poll(turn, { isCommanded: length > 0 });
        results.set(entry, result);
      }
    }
    for (const [entry, waiting] of callers) {
      const result = results.get(entry);
      this.#finish(entry, result);
      for (const caller of waiting) caller.resolve(result);
    }
  }

  #finish(entry: Entry<R>, result: R | undefined): void {
    entry.state = "idle";
    const now = this.#context.clock.now();
    entry.tick = tickAfter(entry.tick, entry.scheduled.schedule, now);
    entry.dueMs = this.#jittered(entry.tick, entry.scheduled);
    this.#retryEarly(entry, result, now.epochMilliseconds);
    if (this.#stopped || this.#entries.get(entry.scheduled.query) !== entry) {
      for (const caller of entry.callers.splice(0)) caller.resolve(undefined);
    } else if (entry.callers.length > 0) this.#enqueue([entry]);
    else if (entry.dueMs < this.#wakeAtMs) this.#alarm.abort();
  }

  #retryEarly(entry: Entry<R>, result: R | undefined, nowMs: number): void {
    const waitMs = retryMs[entry.retries];
    if (result === undefined || !result.isRetriable) {
      entry.retries = 0;
      return;
    }
    if (waitMs === undefined) return;
    const atMs = nowMs + Math.round(waitMs * (0.8 + 0.4 * this.#context.random()));
    if (atMs >= entry.dueMs) return;
    entry.retries++;
    entry.dueMs = atMs;
  }

  #jittered(tick: Temporal.Instant | undefined, { jitterMs }: ScheduledQuery<R>): number {
    if (tick === undefined) return Infinity;
    return tick.epochMilliseconds + Math.round(this.#context.random() * jitterMs);
  }

  #clockSetBack(now: Temporal.Instant): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle") continue;
      entry.tick = entry.scheduled.schedule.next(now);
      entry.dueMs = this.#jittered(entry.tick, entry.scheduled);
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
