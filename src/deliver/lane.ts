/**
 * Delivers the committed events of one query to one sink: in commit order, each at least once.
 *
 * @module
 */
import type { JournalSource } from "../worklist/journal/journal.ts";
import { isBefore, timeText } from "../base/clock.ts";
import { BelievedTime } from "./believed_time.ts";
import { parseEvent } from "./cloud_event.ts";
import type { DeadLetters, DeathReason } from "./dead_letters.ts";
import { DeliveryError } from "./delivery_error.ts";
import type { CircuitBreaker } from "./circuit_breaker.ts";
import { longestRetryAfterMs, retryDelayMs } from "./retry.ts";
import type { Delivery, DeliveryPolicy, OutgoingEvent } from "./sink.ts";
import type { LaneState } from "./sink_state.ts";
import { type WindowContext, WindowReader } from "./window.ts";
import { messageOf } from "./message.ts";

/**
 * Statuses that may be caused by one event of a batch. The other events of the batch are then sent without
 * it.
 */
const faultOfOneEvent = [400, 413, 422];

/** The tolerated difference. NTP sets a clock by less. */
const tolerance = Temporal.Duration.from({ minutes: 5 });
/** The tolerance for ages. A machine may have been suspended: events that waited meanwhile are as old as the wall clock says. */
const day = Temporal.Duration.from({ hours: 24 });

/** The options of a {@linkcode Lane}. */
export interface LaneContext extends WindowContext {
  readonly breaker: CircuitBreaker;
  readonly deadLetters: Pick<DeadLetters, "add" | "has">;
  readonly send: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  /** Saves the state of the sink. The promise resolves once that has been tried, and never rejects. */
  readonly save: () => Promise<void>;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  readonly onDelivered: (query: string, count: number) => void;
  readonly onFailed: (query: string, error: unknown, nextAttempt: string) => void;
  readonly onDead: (query: string, count: number, reason: DeathReason, error?: unknown) => void;
  readonly note: (message: string) => void;
}

/** The delivery queue of one query to one sink. */
export class Lane {
  readonly query: string;
  readonly state: LaneState;
  readonly #source: JournalSource;
  readonly #context: LaneContext;
  readonly #window: WindowReader;
  /** The time by which failures of the receiver are measured. */
  readonly #failingTime: BelievedTime;
  /** The time by which the age of events is measured. */
  readonly #ageTime: BelievedTime;

  /**
   * @param source The journal.
   * @param state The position of the sink, changed in place.
   * @param context The policy, the sink and the reports.
   */
  constructor(source: JournalSource, state: LaneState, context: LaneContext) {
    this.query = source.query;
    this.state = state;
    this.#source = source;
    this.#context = context;
    this.#window = new WindowReader(source, context);
    this.#failingTime = new BelievedTime(context.clock, tolerance, longestGap(context.policy));
    this.#ageTime = new BelievedTime(context.clock, day, day);
  }

  /** The number of committed events that are not delivered yet, wanted by the sink or not. */
  get backlog(): number {
    return Math.max(0, this.#source.lastSequence - this.state.position);
  }

  /**
   * Delivers until the signal ends it.
   *
   * @param signal Ends the deliveries. A delivery under way is sent again, with its ids, at the next start.
   * @throws {DeliveryError} With the remedy `stop`, if the receiver wants no more events.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#mendPosition();
    this.#believedNow();
    this.#ageTime.now();
    for (;;) {
      await this.#source.whenCommitted(this.state.position, signal);
      this.#skipWhatIsGone();
      const { upTo, events, fresh } = await this.#window.next(this.state, signal);
      if (fresh !== undefined) {
        this.state.window = fresh;
        await this.#context.save();
      }
      for (const batch of chunksOf(this.#withoutDead(events), this.#context.policy.maxEvents)) {
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

  /**
   * Leaves out events that are dead letters already.
   *
   * The position after a dead letter may not have been saved before the process ended, for example on a full
   * disk. Sending the event again would put it after later events. Example: 41 became a dead letter, 42 was
   * delivered, and the saved position is 40. After the restart 42 is sent again, and 41 is not.
   */
  #withoutDead(events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
    if (this.state.replayTo !== undefined) return events;
    return events.filter(({ id }) => !this.#context.deadLetters.has(id));
  }

  /**
   * Begins at the first event if the journal was begun again, because its sequences are lower than the stored
   * position.
   */
  #mendPosition(): void {
    if (this.state.position <= this.#source.usedSequence) return;
    this.#context.note(
      `the journal of ${this.query} was begun again: its events are delivered from the first`,
    );
    Object.assign(this.state, { position: 0, delivered: 0 });
    delete this.state.window;
    delete this.state.replayTo;
  }

  #skipWhatIsGone(): void {
    const lost = this.#source.oldestSequence - 1 - this.state.position;
    if (lost <= 0) return;
    this.#context.note(
      `${lost} events of ${this.query} are no longer in the journal and cannot be delivered. ` +
        "Keep a longer `history`",
    );
    this.state.position = this.#source.oldestSequence - 1;
    delete this.state.window;
  }

  /** Sends events until the sink has them or they are dead letters. */
  async #deliver(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<void> {
    const { breaker, send, save } = this.#context;
    let left = events;
    let failure: unknown;
    for (;;) {
      if (this.#isHopeless(left)) {
        return await this.#bury(left, "gave-up", failure ?? this.state.failing?.error);
      }
      await this.#untilDue(signal);
      try {
        await breaker.run(async () => {
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
        if (isDivisible(left, error)) {
          const half = Math.ceil(left.length / 2);
          await this.#deliver(left.slice(0, half), signal);
          left = left.slice(half);
          continue;
        }
        if (remedy === "give-up") {
          delete this.state.failing;
          return await this.#bury(left, "refused", error);
        }
        this.#window.forget();
        failure = error;
        this.#scheduleRetry(error);
        this.#context.onFailed(this.query, error, this.state.failing?.nextAttempt ?? "");
        await save();
      }
    }
  }

  #scheduleRetry(error: unknown): void {
    const { clock, policy, random, breaker } = this.#context;
    const attempts = (this.state.failing?.attempts ?? 0) + 1;
    const retryAfterMs = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    const now = clock.now();
    const delay = retryDelayMs(policy.retry, attempts, random(), retryAfterMs);
    const due = now.add({ milliseconds: delay });
    const { openUntil = due } = breaker;
    this.state.failing = {
      since: this.state.failing?.since ?? timeText(this.#believedNow()),
      believed: timeText(this.#believedNow()),
      attempts,
      nextAttempt: timeText(isBefore(due, openUntil) ? openUntil : due),
      error: messageOf(error),
    };
  }

  /**
   * Waits for the next attempt. If the clock was set back, the wait is no longer than the longest that the
   * policy allows.
   */
  async #untilDue(signal: AbortSignal): Promise<void> {
    const { clock, policy } = this.#context;
    if (this.state.failing === undefined) return;
    const due = Temporal.Instant.from(this.state.failing.nextAttempt);
    const longestMs = 2 * Math.max(longestRetryAfterMs, ...policy.retry.scheduleMs);
    const latest = clock.now().add({ milliseconds: longestMs });
    await clock.sleepUntil(isBefore(latest, due) ? clock.now() : due, signal);
  }

  /**
   * True if the receiver has failed for `give_up_after` since the events came. An attempt that is due is made
   * first: after a long downtime of ours it may be the first for days.
   * A clock that was set proves nothing.
   */
  #isHopeless(events: readonly OutgoingEvent[]): boolean {
    const { clock, policy } = this.#context;
    const { failing } = this.state;
    const last = events.at(-1);
    const { giveUpAfterMs } = policy.retry;
    if (failing === undefined || last === undefined || giveUpAfterMs === undefined) return false;
    const now = clock.now();
    if (!isBefore(now, Temporal.Instant.from(failing.nextAttempt))) return false;
    const came = Temporal.Instant.from(parseEvent(last.line).time);
    const failingSince = Temporal.Instant.from(failing.since);
    const since = isBefore(came, failingSince) ? failingSince : came;
    return this.#believedNow().since(since).total("milliseconds") >= giveUpAfterMs;
  }

  #believedNow(): Temporal.Instant {
    const { failing } = this.state;
    return this.#failingTime.now(
      failing && Temporal.Instant.from(failing.believed ?? failing.nextAttempt),
    );
  }

  async #withoutExpired(events: readonly OutgoingEvent[]): Promise<readonly OutgoingEvent[]> {
    const { policy } = this.#context;
    if (policy.expiresAfterMs === undefined || this.state.replayTo !== undefined) return events;
    const oldest = this.#ageTime.now().subtract({ milliseconds: policy.expiresAfterMs });
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
      at: timeText(clock.now()),
      reason,
      words: error === undefined ? "older than expires_after" : messageOf(error),
      httpStatus: error instanceof DeliveryError ? error.httpStatus : undefined,
    };
    await deadLetters.add(events.map(({ line }) => ({ ...why, line })));
    this.#context.onDead(this.query, events.length, reason, error);
  }
}

/** For how long no process may have run between two attempts, for that time to count. */
function longestGap({ retry: { giveUpAfterMs = Infinity } }: DeliveryPolicy): Temporal.Duration {
  const milliseconds = Math.floor(Math.min(giveUpAfterMs / 2, day.total("milliseconds")));
  return Temporal.Duration.from({ milliseconds });
}

function isDivisible(events: readonly OutgoingEvent[], error: unknown): boolean {
  return events.length > 1 && error instanceof DeliveryError &&
    faultOfOneEvent.includes(error.httpStatus ?? 0);
}

function* chunksOf<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
