/**
 * Brings the committed events of one query to one sink: in order, each at least once.
 *
 * @module
 */
import type { CommittedEvent, JournalSource } from "../worklist/journal.ts";
import type { Clock } from "./clock.ts";
import { type CloudEvent, idOf, parseEvent } from "./cloud_event.ts";
import { coalesce } from "./coalesce.ts";
import type { DeadLetters, DeathReason } from "./dead_letters.ts";
import { DeliveryError } from "./delivery_error.ts";
import type { Gate } from "./gate.ts";
import { longestRetryAfterMs, retryDelayMs } from "./retry.ts";
import type { Delivery, DeliveryPolicy, OutgoingEvent } from "./sink.ts";
import type { LaneState } from "./sink_state.ts";

/** The most journal events that are merged in one go. */
const coalesceLimit = 1000;
/** How many events are read from the journal at once while there is a backlog. */
const pageSize = 64;
/** These statuses may be the fault of one event in a batch: its other events are tried without it. */
const faultOfOneEvent = [400, 413, 422];

/** What a lane works with. */
export interface LaneContext {
  readonly policy: DeliveryPolicy;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly deadLetters: Pick<DeadLetters, "add">;
  /** Whether the sink wants an event; undefined: it wants all. */
  readonly wants: ((event: CloudEvent) => boolean) | undefined;
  readonly send: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  /** Asks for the state to be kept; resolves when it is, and never rejects. */
  readonly save: () => Promise<void>;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly onDelivered: (query: string, count: number) => void;
  readonly onFailed: (query: string, error: unknown, nextAttempt: string) => void;
  readonly onDead: (query: string, count: number, reason: DeathReason, error?: unknown) => void;
  readonly note: (words: string) => void;
}

/** The way of one query's events to one sink. */
export class Lane {
  readonly query: string;
  readonly state: LaneState;
  readonly #source: JournalSource;
  readonly #context: LaneContext;
  #ahead: CommittedEvent[] = [];

  /**
   * @param source The journal.
   * @param state How far the sink has come; changed in place.
   * @param context What to work with.
   */
  constructor(source: JournalSource, state: LaneState, context: LaneContext) {
    this.query = source.query;
    this.state = state;
    this.#source = source;
    this.#context = context;
  }

  /** How many committed events are not yet done with, wanted or not. */
  get backlog(): number {
    return Math.max(0, this.#source.lastSequence - this.state.position);
  }

  /**
   * Delivers until told to end.
   *
   * @param signal Ends it; what is being sent is then sent again at the next start.
   * @throws {DeliveryError} With the remedy `stop`, if the receiver wants nothing more.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#mendPosition();
    for (;;) {
      await this.#source.whenCommitted(this.state.position, signal);
      this.#skipWhatIsGone();
      const { upTo, events } = await this.#nextWindow(signal);
      for (const batch of chunksOf(events, this.#context.policy.maxEvents)) {
        await this.#deliver(batch, signal);
        const window = this.state.window;
        if (window) window.done = batch.at(-1)?.sequence ?? window.done;
      }
      this.state.position = upTo;
      delete this.state.window;
      if (upTo >= (this.state.replayTo ?? 0)) delete this.state.replayTo;
      void this.#context.save();
    }
  }

  /** A journal that was begun anew has lower numbers than those we remember. */
  #mendPosition(): void {
    if (this.state.position <= this.#source.lastSequence) return;
    this.#context.note(
      `the journal of ${this.query} was begun anew: its events are delivered from the first`,
    );
    Object.assign(this.state, { position: 0, delivered: 0 });
    delete this.state.window;
    delete this.state.replayTo;
  }

  #skipWhatIsGone(): void {
    const lost = this.#source.oldestSequence - 1 - this.state.position;
    if (lost <= 0) return;
    this.#context.note(
      `${lost} events of ${this.query} are no longer in the journal and cannot be delivered: ` +
        `keep more \`history\``,
    );
    this.state.position = this.#source.oldestSequence - 1;
    delete this.state.window;
  }

  /** Collects what is to be delivered next, and keeps its boundaries where an id depends on them. */
  async #nextWindow(signal: AbortSignal): Promise<{ upTo: number; events: OutgoingEvent[] }> {
    const { policy, save } = this.#context;
    const replaying = this.state.position < (this.state.replayTo ?? 0);
    const merges = policy.coalesceMs > 0 && !replaying;
    const interrupted = this.state.window?.merged === merges ? this.state.window : undefined;
    const collected = interrupted
      ? await this.#collect(Infinity, interrupted.upTo)
      : await this.#collect(merges ? coalesceLimit : policy.maxEvents, this.state.replayTo);
    if (!interrupted && !replaying) await this.#hold(collected, signal);
    const events = merges ? mergeLines(collected.events) : collected.events.map(toOutgoing);
    if (interrupted) {
      return { ...collected, events: events.filter((e) => e.sequence > interrupted.done) };
    }
    if (events.length > 0 && (policy.stableBatches || merges)) {
      this.state.window = { upTo: collected.upTo, done: this.state.position, merged: merges };
      await save();
    }
    return { upTo: collected.upTo, events };
  }

  /** Reads wanted events after the position: at most `limit`, up to the sequence `end`. */
  async #collect(limit: number, end = Infinity): Promise<Collected> {
    const collected: Collected = { upTo: this.state.position, limit, events: [] };
    await this.#collectMore(collected, end);
    return collected;
  }

  async #collectMore(collected: Collected, end: number): Promise<void> {
    while (collected.events.length < collected.limit && collected.upTo < end) {
      const next = await this.#read(collected.upTo);
      if (next === undefined || next.sequence > end) return;
      collected.upTo = next.sequence;
      if (this.#context.wants?.(parseEvent(next.line)) ?? true) collected.events.push(next);
    }
  }

  async #read(after: number): Promise<CommittedEvent | undefined> {
    while (this.#ahead[0] !== undefined && this.#ahead[0].sequence <= after) this.#ahead.shift();
    if (this.#ahead[0]?.sequence !== after + 1) {
      this.#ahead = await this.#source.read(after, pageSize);
    }
    return this.#ahead[0];
  }

  /** Lets a delivery wait for more events, as long as the first of them may be kept waiting. */
  async #hold(collected: Collected, signal: AbortSignal): Promise<void> {
    const { policy, clock } = this.#context;
    const holdMs = policy.coalesceMs || policy.maxWaitMs;
    const first = collected.events[0];
    if (holdMs === 0 || first === undefined) return;
    const until = Temporal.Instant.from(parseEvent(first.line).time).add({ milliseconds: holdMs });
    while (collected.events.length < collected.limit && isBefore(clock.now(), until)) {
      await firstOf(signal, [
        (either) => this.#source.whenCommitted(collected.upTo, either),
        (either) => clock.sleepUntil(until, either),
      ]);
      await this.#collectMore(collected, Infinity);
    }
  }

  /** Sends events until the sink has them or they are dead letters. */
  async #deliver(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<void> {
    const { gate, send, save } = this.#context;
    let left = events;
    for (;;) {
      await this.#untilDue(signal);
      try {
        await gate.run(async () => {
          left = await this.#withoutExpired(left);
          if (left.length > 0) await send({ query: this.query, events: left }, signal);
        }, signal);
        if (left.length === 0) return;
        this.state.delivered = left.at(-1)?.sequence ?? this.state.delivered;
        delete this.state.failing;
        this.#context.onDelivered(this.query, left.length);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const remedy = error instanceof DeliveryError ? error.remedy : "retry";
        if (remedy === "stop") throw error;
        if (remedy === "give-up") {
          if (isDivisible(left, error)) {
            const half = Math.ceil(left.length / 2);
            await this.#deliver(left.slice(0, half), signal);
            left = left.slice(half);
            continue;
          }
          delete this.state.failing;
          return await this.#bury(left, "refused", error);
        }
        this.#ahead = [];
        this.#scheduleRetry(error);
        if (this.#isHopeless(left)) return await this.#bury(left, "gave-up", error);
        this.#context.onFailed(this.query, error, this.state.failing?.nextAttempt ?? "");
        await save();
      }
    }
  }

  #scheduleRetry(error: unknown): void {
    const { clock, policy, random } = this.#context;
    const attempts = (this.state.failing?.attempts ?? 0) + 1;
    const retryAfterMs = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    const now = clock.now();
    const delay = retryDelayMs(policy.retry, attempts, random(), retryAfterMs);
    this.state.failing = {
      since: this.state.failing?.since ?? now.toString(),
      attempts,
      nextAttempt: now.add({ milliseconds: delay }).toString(),
      error: error instanceof Error ? error.message : "unknown",
    };
  }

  /** Waits for the next attempt; a clock that was set back does not make the wait longer than any may be. */
  async #untilDue(signal: AbortSignal): Promise<void> {
    const { clock, policy } = this.#context;
    if (this.state.failing === undefined) return;
    const due = Temporal.Instant.from(this.state.failing.nextAttempt);
    const longestMs = 2 * Math.max(longestRetryAfterMs, ...policy.retry.scheduleMs);
    const latest = clock.now().add({ milliseconds: longestMs });
    await clock.sleepUntil(isBefore(latest, due) ? clock.now() : due, signal);
  }

  /** Whether the receiver has failed for so long, since the events came, that they are given up. */
  #isHopeless(events: readonly OutgoingEvent[]): boolean {
    const { clock, policy } = this.#context;
    const last = events.at(-1);
    if (policy.retry.giveUpAfterMs === undefined || last === undefined) return false;
    const came = Temporal.Instant.from(parseEvent(last.line).time);
    const failingSince = Temporal.Instant.from(this.state.failing?.since ?? clock.now().toString());
    const since = isBefore(came, failingSince) ? failingSince : came;
    return clock.now().since(since).total("milliseconds") >= policy.retry.giveUpAfterMs;
  }

  async #withoutExpired(events: readonly OutgoingEvent[]): Promise<readonly OutgoingEvent[]> {
    const { clock, policy } = this.#context;
    if (policy.expiresAfterMs === undefined || this.state.replayTo !== undefined) return events;
    const oldest = clock.now().subtract({ milliseconds: policy.expiresAfterMs });
    const isExpired = ({ line }: OutgoingEvent): boolean =>
      isBefore(Temporal.Instant.from(parseEvent(line).time), oldest);
    const expired = events.filter(isExpired);
    if (expired.length === 0) return events;
    await this.#bury(expired, "expired");
    return events.filter((event) => !expired.includes(event));
  }

  async #bury(
    events: readonly OutgoingEvent[],
    reason: DeathReason,
    error?: unknown,
  ): Promise<void> {
    const { clock, deadLetters } = this.#context;
    const why = {
      at: clock.now().toString(),
      reason,
      words: error instanceof Error ? error.message : "older than expires_after",
      httpStatus: error instanceof DeliveryError ? error.httpStatus : undefined,
    };
    await deadLetters.add(events.map(({ line }) => ({ ...why, line })));
    this.#context.onDead(this.query, events.length, reason, error);
  }
}

interface Collected {
  upTo: number;
  readonly limit: number;
  readonly events: CommittedEvent[];
}

function toOutgoing({ sequence, line }: CommittedEvent): OutgoingEvent {
  return { id: idOf(line) ?? parseEvent(line).id, sequence, line };
}

function mergeLines(events: readonly CommittedEvent[]): OutgoingEvent[] {
  const lines = new Map(events.map((event) => [event.sequence, event]));
  return coalesce(events.map(({ line }) => parseEvent(line))).map((event) => {
    const sequence = Number(event.sequence);
    const source = lines.get(sequence);
    if (source !== undefined && event.data.sources === undefined) return toOutgoing(source);
    return { id: event.id, sequence, line: JSON.stringify(event) };
  });
}

function isDivisible(events: readonly OutgoingEvent[], error: unknown): boolean {
  return events.length > 1 && error instanceof DeliveryError &&
    faultOfOneEvent.includes(error.httpStatus ?? 0);
}

function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}

function* chunksOf<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** Waits for the first of several things and calls off the others. */
async function firstOf(
  signal: AbortSignal,
  waits: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const others = new AbortController();
  const either = AbortSignal.any([signal, others.signal]);
  try {
    await Promise.race(waits.map((wait) => wait(either)));
  } finally {
    others.abort();
  }
}
