import { assertEquals } from "@std/assert";
import { DeliveryError, type DeliveryErrorOptions } from "../../../src/deliver/delivery_error.ts";
import type { DeadLetters } from "../../../src/deliver/dead_letters.ts";
import { CircuitBreaker } from "../../../src/deliver/circuit_breaker.ts";
import { Lane } from "../../../src/deliver/lane.ts";
import { compileSelection } from "../../../src/deliver/selection.ts";
import type { DeliveryPolicy } from "../../../src/deliver/sink.ts";
import type { LaneState } from "../../../src/deliver/sink_state.ts";
import { messageOf } from "../../../src/deliver/message.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { added, changed, MemoryJournal } from "../../support/memory_journal.ts";

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

const plain: DeliveryPolicy = {
  selection: {},
  maxEvents: 1,
  maxWaitMs: 0,
  coalesceMs: 0,
  expiresAfterMs: undefined,
  heartbeatMs: undefined,
  retry: { scheduleMs: [5 * second, minute], jitter: 0, giveUpAfterMs: 3 * day },
  concurrency: 4,
  stableBatches: false,
};

/** What a failure is called. */
const no = 'Cannot deliver to sink "s": no';

type Letter = Parameters<DeadLetters["add"]>[0][number];

/** A lane to a sink that does what the test says. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock("2026-11-21T12:00:00Z");
  readonly journal = new MemoryJournal("q");
  readonly attempts: string[] = [];
  readonly dead: string[] = [];
  readonly letters: Letter[] = [];
  /** The reports of the lane about its deliveries. */
  readonly reports: string[] = [];
  readonly notes: string[] = [];
  readonly state: LaneState;
  /** The state as it was last kept. */
  saved: LaneState | undefined;
  /** Given the sequences of an attempt, the failure that it meets. */
  failure: (sequences: readonly number[]) => DeliveryErrorOptions | undefined = () => undefined;
  ended: unknown;
  backlog: () => number = () => 0;
  readonly #policy: DeliveryPolicy;
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    policy: Partial<DeliveryPolicy> = {},
    state: LaneState = { position: 0, delivered: 0 },
  ) {
    this.#policy = { ...plain, ...policy };
    this.state = state;
  }

  start(): this {
    this.#ending = new AbortController();
    const lane = new Lane(this.journal, this.state, {
      policy: this.#policy,
      clock: this.clock,
      breaker: new CircuitBreaker(this.clock, 4),
      deadLetters: {
        add: (letters) => this.#bury(letters),
        has: (id) => this.letters.some(({ line }) => JSON.parse(line).id === id),
      },
      wants: compileSelection(this.#policy.selection),
      send: ({ events }) => this.#take(events.map(({ sequence }) => sequence)),
      save: () => {
        this.saved = structuredClone(this.state);
        return Promise.resolve();
      },
      random: () => 0.5,
      onDelivered: (query, count) => this.reports.push(`${query} delivered ${count}`),
      onFailed: (query, error, nextAttempt) =>
        this.reports.push(
          `${query} failed: ${messageOf(error)}, next ${nextAttempt.slice(11, 19)}`,
        ),
      onDead: (query, count, reason) => this.reports.push(`${query} ${reason} ${count}`),
      note: (words) => this.notes.push(words),
    });
    this.backlog = () => lane.backlog;
    const { signal } = this.#ending;
    this.#running = lane.run(signal).catch((error) => {
      if (!signal.aborted) this.ended = error;
    });
    return this;
  }

  /** Ends the lane as a kill does: what it remembers is what was saved. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async commit(...numbers: readonly number[]): Promise<void> {
    this.journal.commit(this.clock.now(), ...numbers.map(added));
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #take(sequences: readonly number[]): Promise<void> {
    const failure = this.failure(sequences);
    const at = this.clock.now().toString().slice(11, -1);
    this.attempts.push(`${at} ${sequences.join("+")}${failure ? " failed" : ""}`);
    return failure ? Promise.reject(new DeliveryError("s", "no", failure)) : Promise.resolve();
  }

  #bury(letters: readonly Letter[]): Promise<void> {
    this.letters.push(...letters);
    for (const { reason, line } of letters) {
      this.dead.push(`${Number(JSON.parse(line).sequence)} ${reason}`);
    }
    return Promise.resolve();
  }
}

Deno.test("Lane delivers committed events one by one and in order", async () => {
  await using bench = new Bench().start();
  await bench.commit(1, 2);
  await bench.commit(3);
  assertEquals(bench.attempts, ["12:00:00 1", "12:00:00 2", "12:00:00 3"]);
  assertEquals(bench.state, { position: 3, delivered: 3 });
});

Deno.test("Lane delivers only what the sink wants and moves past the rest", async () => {
  await using bench = new Bench({ selection: { events: ["changed"] } }).start();
  const change = changed(1, "ScheduledProcedureStepStartDate", "20261121", "20261122");
  bench.journal.commit(bench.clock.now(), added(1), change, added(2));
  await settle();
  assertEquals(bench.attempts, ["12:00:00 2"]);
  assertEquals(bench.state, { position: 3, delivered: 2 });
});

Deno.test("Lane tries a failed event again on schedule, before any later event", async () => {
  await using bench = new Bench().start();
  bench.failure = () => ({});
  await bench.commit(1, 2);
  await bench.clock.advance(5 * second + minute);
  assertEquals(bench.backlog(), 2);
  bench.failure = () => undefined;
  await bench.clock.advance(minute);
  assertEquals(bench.backlog(), 0);
  assertEquals(bench.attempts, [
    "12:00:00 1 failed",
    "12:00:05 1 failed",
    "12:01:05 1 failed",
    "12:02:05 1",
    "12:02:05 2",
  ]);
  assertEquals(bench.state.failing, undefined);
});

Deno.test("Lane waits as long as the receiver asks", async () => {
  await using bench = new Bench().start();
  bench.failure = () => ({ httpStatus: 429, retryAfterMs: 2 * second });
  await bench.commit(1);
  bench.failure = () => undefined;
  await bench.clock.advance(2 * second);
  assertEquals(bench.attempts, ["12:00:00 1 failed", "12:00:02 1"]);
});

Deno.test("Lane keeps its next attempt over a restart", async () => {
  await using bench = new Bench().start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.stop();
  bench.failure = () => undefined;
  bench.start();
  await bench.clock.advance(4 * second);
  assertEquals(bench.attempts, ["12:00:00 1 failed"]);
  await bench.clock.advance(second);
  assertEquals(bench.attempts.at(-1), "12:00:05 1");
});

Deno.test("Lane reports the later next attempt when the circuit breaker stays open for longer", async () => {
  const retry = { scheduleMs: [second], jitter: 0, giveUpAfterMs: undefined };
  await using bench = new Bench({ retry }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.advance(4 * second);
  assertEquals(bench.attempts.at(-1), "12:00:04 1 failed");
  assertEquals(bench.state.failing?.nextAttempt, "2026-11-21T12:00:34.000Z");
  await bench.clock.advance(30 * second);
  assertEquals(bench.attempts.at(-1), "12:00:34 1 failed");
  assertEquals(bench.attempts.length, 6);
});

Deno.test("Lane does not wait for a time that a clock set back has put out of reach", async () => {
  const nextAttempt = "2030-01-01T00:00:00Z";
  const failing = { since: nextAttempt, attempts: 1, nextAttempt, error: "" };
  await using bench = new Bench({}, { position: 0, delivered: 0, failing }).start();
  await bench.commit(1);
  assertEquals(bench.attempts, ["12:00:00 1"]);
});

Deno.test("Lane gives up events that have failed for too long, each at its own time", async () => {
  await using bench = new Bench({
    retry: { scheduleMs: [minute], jitter: 0, giveUpAfterMs: 3 * minute },
  }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.advance(2 * minute);
  await bench.commit(2);
  await bench.clock.advance(minute);
  assertEquals(bench.dead, ["1 gave-up"]);
  await bench.clock.advance(minute);
  assertEquals(bench.dead, ["1 gave-up"]);
  await bench.clock.advance(minute);
  assertEquals(bench.dead, ["1 gave-up", "2 gave-up"]);
});

Deno.test("Lane gives up all that has waited for too long, not one at each attempt", async () => {
  await using bench = new Bench({
    retry: { scheduleMs: [minute, 60 * minute], jitter: 0, giveUpAfterMs: 3 * minute },
  }).start();
  bench.failure = () => ({});
  await bench.commit(1, 2, 3);
  await bench.clock.advance(60 * minute);
  await bench.commit(4);
  assertEquals(bench.dead, []);
  await bench.clock.advance(minute);
  assertEquals(bench.dead, ["1 gave-up", "2 gave-up", "3 gave-up"]);
  bench.failure = () => undefined;
  await bench.clock.advance(60 * minute);
  assertEquals(bench.attempts, [
    "12:00:00 1 failed",
    "12:01:00 1 failed",
    "13:01:00 1 failed",
    "14:01:00 4",
  ]);
});

Deno.test("Lane tries an event once more that waited too long while no attempt was made", async () => {
  const failing = {
    since: "2026-11-01T12:00:00Z",
    attempts: 1,
    nextAttempt: "2026-11-01T12:00:05Z",
    error: "",
  };
  await using bench = new Bench({}, { position: 0, delivered: 0, failing });
  bench.journal.commit(Temporal.Instant.from("2026-11-01T12:00:00Z"), added(1));
  bench.start();
  await settle();
  assertEquals([bench.attempts, bench.dead], [["12:00:00 1"], []]);
});

Deno.test("Lane gives up by how long the receiver has failed, not by how long an event has waited", async () => {
  const retry = { scheduleMs: [minute], jitter: 0, giveUpAfterMs: 2 * minute };
  await using bench = new Bench({ retry });
  bench.journal.commit(Temporal.Instant.from("2026-11-01T12:00:00Z"), added(1));
  bench.failure = () => ({});
  bench.start();
  await bench.clock.advance(minute);
  assertEquals([bench.attempts.length, bench.dead], [2, []]);
  await bench.clock.advance(minute);
  assertEquals([bench.attempts.length, bench.dead], [3, ["1 gave-up"]]);
});

Deno.test("Lane says why it gave an event up", async () => {
  const retry = { scheduleMs: [minute], jitter: 0, giveUpAfterMs: minute };
  await using bench = new Bench({ retry, expiresAfterMs: day }).start();
  bench.failure = () => ({ httpStatus: 503 });
  await bench.commit(1);
  assertEquals(bench.state.failing?.error, no);
  await bench.clock.advance(minute);
  bench.failure = () => ({ httpStatus: 404, remedy: "give-up" });
  await bench.commit(2);
  await bench.clock.advance(minute);
  bench.journal.commit(bench.clock.now().subtract({ hours: 25 }), added(3));
  await settle();
  assertEquals(bench.letters.map(({ line: _, ...why }) => why), [
    { at: "2026-11-21T12:01:00.000Z", reason: "gave-up", words: no, httpStatus: 503 },
    { at: "2026-11-21T12:02:00.000Z", reason: "refused", words: no, httpStatus: 404 },
    {
      at: "2026-11-21T12:02:00.000Z",
      reason: "expired",
      words: "older than expires_after",
      httpStatus: undefined,
    },
  ]);
});

Deno.test("Lane gives up after a restart an event that was tried before, with its reason", async () => {
  const failing = {
    since: "2026-11-01T12:00:00Z",
    attempts: 9,
    nextAttempt: "2026-11-21T12:00:05Z",
    error: "the receiver is down",
  };
  await using bench = new Bench({}, { position: 0, delivered: 0, failing });
  bench.journal.commit(Temporal.Instant.from("2026-11-01T12:00:00Z"), added(1));
  bench.start();
  await settle();
  assertEquals([bench.attempts, bench.dead], [[], ["1 gave-up"]]);
  assertEquals(bench.letters[0]?.words, "the receiver is down");
});

/** An hour of failures is enough. */
const hourly = { scheduleMs: [minute], jitter: 0, giveUpAfterMs: 60 * minute };

Deno.test("Lane gives up nothing because the clock is set to 2099 and back", async () => {
  await using bench = new Bench({ retry: hourly }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.set("2099-01-01T00:00:00Z");
  await bench.clock.advance(10 * minute);
  assertEquals(bench.dead, []);
  await bench.clock.set("2026-11-21T12:10:00Z");
  await bench.clock.advance(40 * minute);
  assertEquals(bench.dead, []);
  await bench.clock.advance(20 * minute);
  assertEquals(bench.dead, ["1 gave-up"]);
});

Deno.test("Lane gives up nothing because it starts again under a clock in 2099", async () => {
  await using bench = new Bench({ retry: hourly }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  for (let start = 0; start < 2; start++) {
    await bench.stop();
    await bench.clock.set("2099-01-01T00:00:00Z");
    bench.start();
    await bench.clock.advance(10 * minute);
    assertEquals(bench.dead, []);
  }
  await bench.clock.advance(60 * minute);
  assertEquals(bench.dead, ["1 gave-up"]);
});

Deno.test("Lane lets nothing expire because the clock is set to 2099", async () => {
  await using bench = new Bench({ expiresAfterMs: day }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.set("2099-01-01T00:00:00Z");
  await bench.clock.advance(10 * minute);
  assertEquals(bench.dead, []);
});

Deno.test("Lane lets expire what is too old after a machine was suspended", async () => {
  await using bench = new Bench({ expiresAfterMs: 60 * minute }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.set("2026-11-21T22:00:00Z");
  await bench.clock.advance(10 * minute);
  assertEquals(bench.dead, ["1 expired"]);
});

Deno.test("Lane begins its schedule again when the receiver refuses an event that failed before", async () => {
  await using bench = new Bench().start();
  bench.failure = () => ({});
  await bench.commit(1);
  bench.failure = () => ({ remedy: "give-up" });
  await bench.clock.advance(5 * second);
  assertEquals([bench.dead, bench.state.failing], [["1 refused"], undefined]);
  bench.failure = () => ({});
  await bench.commit(2);
  assertEquals(bench.state.failing?.nextAttempt, "2026-11-21T12:00:10.000Z");
});

Deno.test("Lane reports deliveries, failures with the next attempt, and given up events", async () => {
  await using bench = new Bench({ maxEvents: 2, expiresAfterMs: minute }).start();
  await bench.commit(1, 2);
  bench.failure = () => ({});
  await bench.commit(3);
  bench.failure = () => ({ remedy: "give-up" });
  await bench.clock.advance(5 * second);
  assertEquals(bench.reports, [
    "q delivered 2",
    `q failed: ${no}, next 12:00:05`,
    "q refused 1",
  ]);
});

Deno.test("Lane gives up a refused event at once, and goes on", async () => {
  await using bench = new Bench().start();
  bench.failure = ([first]) => first === 1 ? { httpStatus: 404, remedy: "give-up" } : undefined;
  await bench.commit(1, 2);
  assertEquals(bench.dead, ["1 refused"]);
  assertEquals(bench.attempts, ["12:00:00 1 failed", "12:00:00 2"]);
});

Deno.test("Lane sends no dead letter after events that came later, though its place was not kept", async () => {
  const bench = new Bench();
  await using _ = bench;
  bench.failure = ([first]) => first === 1 ? { httpStatus: 404, remedy: "give-up" } : undefined;
  bench.start();
  await bench.commit(1, 2);
  assertEquals([bench.dead, bench.attempts.at(-1)], [["1 refused"], "12:00:00 2"]);
  await bench.stop();
  // The disk was full: the next start finds the sink where it was before all that. The receiver takes anything now.
  Object.assign(bench.state, { position: 0, delivered: 0 });
  bench.failure = () => undefined;
  bench.start();
  await settle();
  assertEquals(bench.attempts.slice(2), ["12:00:00 2"]);
  assertEquals(bench.state.position, 2);
});

Deno.test("Lane delivers a dead letter again in a replay", async () => {
  const bench = new Bench();
  await using _ = bench;
  bench.failure = () => ({ httpStatus: 404, remedy: "give-up" });
  bench.start();
  await bench.commit(1);
  await bench.stop();
  Object.assign(bench.state, { position: 0, replayTo: 1 });
  bench.failure = () => undefined;
  bench.start();
  await settle();
  assertEquals(bench.attempts, ["12:00:00 1 failed", "12:00:00 1"]);
});

Deno.test("Lane stays where it is when the end of the journal that it had was lost", async () => {
  const bench = new Bench({}, { position: 5, delivered: 5 });
  await using _ = bench;
  bench.journal.lostUpTo = 5;
  bench.start();
  await bench.commit(1, 2);
  assertEquals([bench.attempts, bench.notes, bench.state.position], [[], [], 5]);
});

Deno.test("Lane gives up only the event of a batch that the receiver refuses", async () => {
  await using bench = new Bench({ maxEvents: 4 }).start();
  bench.failure = (sequences) =>
    sequences.includes(3) ? { httpStatus: 422, remedy: "give-up" } : undefined;
  await bench.commit(1, 2, 3, 4);
  assertEquals(bench.attempts.map((attempt) => attempt.slice(9)), [
    "1+2+3+4 failed",
    "1+2",
    "3+4 failed",
    "3 failed",
    "4",
  ]);
  assertEquals(bench.dead, ["3 refused"]);
});

Deno.test("Lane does not divide a batch that no event of it is to blame for", async () => {
  await using bench = new Bench({ maxEvents: 4 }).start();
  bench.failure = () => ({ httpStatus: 404, remedy: "give-up" });
  await bench.commit(1, 2);
  assertEquals(bench.attempts, ["12:00:00 1+2 failed"]);
  assertEquals(bench.dead, ["1 refused", "2 refused"]);
});

Deno.test("Lane ends with the error when the receiver wants no more events", async () => {
  await using bench = new Bench().start();
  bench.failure = () => ({ httpStatus: 410, remedy: "stop" });
  await bench.commit(1, 2);
  assertEquals(bench.ended instanceof DeliveryError, true);
  assertEquals(bench.attempts, ["12:00:00 1 failed"]);
  assertEquals(bench.state.position, 0);
});

Deno.test("Lane fills batches, and lets the last one wait no longer than it may", async () => {
  await using bench = new Bench({ maxEvents: 3, maxWaitMs: 2 * second }).start();
  await bench.commit(1, 2, 3, 4);
  assertEquals(bench.attempts, ["12:00:00 1+2+3"]);
  await bench.clock.advance(second);
  await bench.commit(5);
  await bench.clock.advance(second);
  assertEquals(bench.attempts, ["12:00:00 1+2+3", "12:00:02 4+5"]);
});

Deno.test("Lane sends a batch with the same boundaries after a crash, though more has come", async () => {
  await using bench = new Bench({ maxEvents: 3, stableBatches: true }).start();
  bench.failure = () => ({});
  await bench.commit(1, 2);
  await bench.stop();
  await bench.commit(3);
  bench.failure = () => undefined;
  bench.start();
  await bench.clock.advance(5 * second);
  assertEquals(bench.attempts, ["12:00:00 1+2 failed", "12:00:05 1+2", "12:00:05 3"]);
});

for (const stableBatches of [true, false]) {
  const kind = stableBatches ? "stable" : "merged";
  Deno.test(`Lane keeps the boundaries of a ${kind} batch before it sends it, and then how far it came`, async () => {
    await using bench = new Bench({ coalesceMs: second, maxEvents: 2, stableBatches }).start();
    const windows: LaneState["window"][] = [];
    bench.failure = (sequences) => {
      windows.push(bench.saved?.window);
      return sequences.includes(3) ? {} : undefined;
    };
    await bench.commit(1, 2, 3);
    await bench.clock.advance(second);
    assertEquals(windows[0], { upTo: 3, done: 0, merged: true });
    await bench.stop();
    assertEquals(bench.saved?.window, { upTo: 3, done: 2, merged: true });
    bench.failure = () => undefined;
    bench.start();
    await bench.clock.advance(5 * second);
    assertEquals(bench.attempts, ["12:00:01 1+2", "12:00:01 3 failed", "12:00:06 3"]);
    assertEquals(bench.saved, { position: 3, delivered: 3 });
  });
}

Deno.test("Lane does not take its own end for a failure of the receiver", async () => {
  await using bench = new Bench().start();
  bench.failure = () => {
    void bench.stop();
    return {};
  };
  await bench.commit(1);
  assertEquals(bench.state, { position: 0, delivered: 0 });
});

Deno.test("Lane merges events that wait together, and the same ones after a crash", async () => {
  await using bench = new Bench({ coalesceMs: 30 * second, stableBatches: true }).start();
  bench.failure = () => ({});
  const date = "ScheduledProcedureStepStartDate";
  await bench.commit(1);
  await bench.clock.advance(10 * second);
  bench.journal.commit(bench.clock.now(), added(2), changed(1, date, "1", "2"));
  await bench.clock.advance(20 * second);
  assertEquals(bench.attempts, ["12:00:30 2 failed"]);
  await bench.stop();
  bench.journal.commit(bench.clock.now(), changed(1, date, "2", "3"));
  bench.failure = () => undefined;
  bench.start();
  await bench.clock.advance(5 * second);
  assertEquals(bench.attempts, ["12:00:30 2 failed", "12:00:35 2", "12:00:35 3"]);
  await bench.clock.advance(30 * second);
  assertEquals(bench.attempts.at(-1), "12:01:00 4");
});

Deno.test("Lane makes dead letters of expired events", async () => {
  await using bench = new Bench({ expiresAfterMs: 30 * second }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.advance(5 * second);
  await bench.commit(2);
  bench.failure = () => undefined;
  await bench.clock.advance(minute);
  assertEquals(bench.dead, ["1 expired", "2 expired"]);
  assertEquals(bench.attempts, ["12:00:00 1 failed", "12:00:05 1 failed"]);
  assertEquals(bench.state.position, 2);
});

Deno.test("Lane does not take an expired event for a success of the receiver", async () => {
  const retry = { scheduleMs: [5 * second, minute], jitter: 0, giveUpAfterMs: undefined };
  await using bench = new Bench({ retry, expiresAfterMs: 30 * second }).start();
  bench.failure = () => ({});
  await bench.commit(1);
  await bench.clock.advance(5 * second + minute);
  assertEquals(bench.dead, ["1 expired"]);
  assertEquals(bench.state.failing?.attempts, 2);
  assertEquals(bench.state.delivered, 0);
  await bench.commit(2);
  assertEquals(bench.attempts.at(-1), "12:01:05 2 failed");
  assertEquals(bench.state.failing?.nextAttempt, "2026-11-21T12:02:05.000Z");
});

Deno.test("Lane says how many events are no longer in the journal", async () => {
  const window = { upTo: 2, done: 1, merged: false };
  await using bench = new Bench({}, { position: 0, delivered: 1, window });
  await bench.commit(1, 2, 3, 4);
  bench.journal.oldestSequence = 4;
  bench.start();
  await settle();
  assertEquals(bench.attempts, ["12:00:00 4"]);
  assertEquals(bench.notes, [
    "3 events of q are no longer in the journal and cannot be delivered. Keep a longer `history`",
  ]);
});

Deno.test("Lane begins from the first event when the journal was begun again", async () => {
  const window = { upTo: 120, done: 110, merged: false };
  const state = { position: 99, delivered: 110, window, replayTo: 130 };
  await using bench = new Bench({}, state);
  await bench.commit(1);
  bench.start();
  await settle();
  assertEquals(bench.attempts, ["12:00:00 1"]);
  assertEquals(bench.state, { position: 1, delivered: 1 });
  assertEquals(bench.notes, [
    "the journal of q was begun again: its events are delivered from the first",
  ]);
});

Deno.test("Lane delivers nothing again that it is done with", async () => {
  await using bench = new Bench({}, { position: 2, delivered: 2 });
  await bench.commit(1, 2);
  bench.start();
  await settle();
  assertEquals([bench.attempts, bench.notes], [[], []]);
  await bench.commit(3);
  assertEquals(bench.attempts, ["12:00:00 3"]);
});

Deno.test("Lane does not merge or expire replayed events", async () => {
  const state = { position: 0, delivered: 2, replayTo: 2 };
  await using bench = new Bench({ coalesceMs: minute, expiresAfterMs: second }, state);
  bench.journal.commit(Temporal.Instant.from("2026-01-01T00:00:00Z"), added(1), added(1));
  bench.start();
  await settle();
  assertEquals(bench.attempts, ["12:00:00 1", "12:00:00 2"]);
  assertEquals(bench.state, { position: 2, delivered: 2 });
});
