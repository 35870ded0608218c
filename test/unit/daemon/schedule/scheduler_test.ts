import { assertEquals } from "@std/assert";
import {
  type Blackout,
  blackoutEnd,
  parseBlackout,
  parseSchedule,
  withBlackouts,
} from "../../../../src/daemon/schedule/schedule.ts";
import {
  type Pollable,
  type ScheduledQuery,
  Scheduler,
} from "../../../../src/daemon/schedule/scheduler.ts";
import type { PeerTurn } from "../../../../src/daemon/poll/peer_turn.ts";
import { peerNamed } from "../../../../src/cases/canned_peer.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** The result of a poll. */
interface Result {
  readonly isRetriable: boolean;
}

const done: Result = { isRetriable: false };
const retry: Result = { isRetriable: true };

/** A scheduler on a fake clock that writes down what it polls and when; `a+b` are polled in one turn. */
class Bench {
  readonly clock: FakeClock;
  readonly scheduler: Scheduler<Result>;
  /** How long each poll takes; a test may change it. */
  durationMs = 0;
  result = done;
  blackouts: readonly Blackout[] = [];
  readonly #turns = new Map<PeerTurn, { readonly time: string; readonly names: string[] }>();
  readonly #queries = new Map<string, Pollable<Result>>();
  #started: Promise<void> | undefined;

  constructor(start = "2026-11-21T12:00:00Z") {
    this.clock = new FakeClock(start);
    this.scheduler = new Scheduler({
      clock: this.clock,
      random: () => 0.5,
      stop: new AbortController().signal,
    });
  }

  /** One line for each turn in which something was polled. */
  get log(): string[] {
    return Array.from(this.#turns.values(), ({ time, names }) => `${time} ${names.join("+")}`);
  }

  /** The query of a name; always the same one. */
  query(name: string): Pollable<Result> {
    const query: Pollable<Result> = this.#queries.get(name) ?? {
      poll: async (turn, { isCommanded }) => {
        // As `LiveQuery` does if the peer is to be left alone.
        if (this.isLeftAlone() && !isCommanded) return undefined;
        const known = this.#turns.get(turn);
        if (known !== undefined) known.names.push(name);
        else this.#turns.set(turn, { time: this.time(), names: [name] });
        await this.clock.sleepUntil(this.clock.now().add({ milliseconds: this.durationMs }));
        return this.result;
      },
    };
    this.#queries.set(name, query);
    return query;
  }

  /** Polls a query now. */
  runNow(name: string): Promise<Result | undefined> {
    return this.scheduler.runNow(this.query(name));
  }

  /** Takes over other queries. */
  update(queries: readonly Planned[], limits = oneByOne): void {
    const peers = new Map(
      queries.map(({ peer }) => [peer, { ...peerNamed(peer), ...limits }]),
    );
    this.scheduler.update(
      peers,
      queries.map(({ name, ...scheduled }) => ({
        query: this.query(name),
        model: "worklist",
        ...scheduled,
      })),
    );
  }

  isLeftAlone(): boolean {
    return blackoutEnd(this.blackouts, this.clock.now(), "UTC") !== undefined;
  }

  time(): string {
    return this.clock.now().toString().slice(11, -1);
  }

  start(queries: readonly Planned[], limits = oneByOne): void {
    this.update(queries, limits);
    this.#started = this.scheduler.start();
  }

  async stop(): Promise<void> {
    const stopped = this.scheduler.stop();
    await this.clock.advance(this.durationMs);
    await stopped;
    await this.#started;
  }
}

const oneByOne = { maxAssociations: 1, findsPerAssociation: 1 };

type Planned = { readonly name: string } & Omit<ScheduledQuery<Result>, "query" | "model">;

function query(name: string, schedule: string, options: Partial<Planned> = {}): Planned {
  return { name, peer: "ris", schedule: parseSchedule(schedule, "UTC"), jitterMs: 0, ...options };
}

Deno.test("Scheduler runs a period at once and then without drift", async () => {
  const bench = new Bench();
  bench.durationMs = 700;
  bench.start([query("a", "every 30s")]);
  await bench.clock.advance(65_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:00 a", "12:00:30 a", "12:01:00 a"]);
});

Deno.test("Scheduler runs a cron expression at its ticks only", async () => {
  const bench = new Bench("2026-11-21T12:00:07Z");
  bench.start([query("a", "*/20 * * * * *")]);
  await bench.clock.advance(60_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:20 a", "12:00:40 a", "12:01:00 a"]);
});

Deno.test("Scheduler never runs a query beside itself, and skips the ticks it missed", async () => {
  const bench = new Bench();
  bench.durationMs = 25_000;
  bench.start([query("a", "*/10 * * * * *")]);
  await bench.clock.advance(70_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:10 a", "12:00:40 a", "12:01:10 a"]);
});

Deno.test("Scheduler delays by jitter without moving the ticks", async () => {
  const bench = new Bench();
  bench.start([query("a", "*/30 * * * * *", { jitterMs: 4_000 })]);
  await bench.clock.advance(65_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:32 a", "12:01:02 a"]);
});

Deno.test("Scheduler opens no more associations than a peer bears, first come, first served", async () => {
  const bench = new Bench();
  bench.durationMs = 1_000;
  bench.start(["a", "b", "c", "d"].map((name) => query(name, "every 1m")), {
    maxAssociations: 2,
    findsPerAssociation: 1,
  });
  await bench.clock.advance(5_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:00 a", "12:00:00 b", "12:00:01 c", "12:00:01 d"]);
});

Deno.test("Scheduler lets one slow peer delay no other", async () => {
  const bench = new Bench();
  bench.durationMs = 60_000;
  bench.start([query("a", "every 10m"), query("b", "every 10m", { peer: "pacs" })]);
  await bench.clock.advance(0);
  assertEquals(bench.log, ["12:00:00 a", "12:00:00 b"]);
  await bench.stop();
});

Deno.test("Scheduler shares an association among queries due together", async () => {
  const bench = new Bench();
  const together = ["a", "b", "c"].map((name) => query(name, "*/30 * * * * *"));
  bench.start([...together, query("d", "15 * * * * *")], {
    maxAssociations: 1,
    findsPerAssociation: 2,
  });
  await bench.clock.advance(30_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:15 d", "12:00:30 a+b", "12:00:30 c"]);
});

Deno.test("Scheduler polls once after a machine slept through many ticks", async () => {
  const bench = new Bench();
  bench.start([query("a", "*/10 * * * * *")]);
  await bench.clock.advance(10_000);
  await bench.clock.set("2026-11-21T15:00:05Z");
  await bench.clock.advance(6_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:10 a", "15:00:05 a", "15:00:10 a"]);
});

Deno.test("Scheduler goes on where the clock is set back", async () => {
  const bench = new Bench();
  bench.start([query("a", "0 */5 * * * *")]);
  await bench.clock.advance(5 * 60_000);
  await bench.clock.set("2026-11-21T09:03:00Z");
  await bench.clock.advance(3 * 60_000);
  await bench.stop();
  assertEquals(bench.log, ["12:05:00 a", "09:05:00 a"]);
});

Deno.test("Scheduler tries early again what failed for a passing reason, three times, ever later", async () => {
  const bench = new Bench();
  bench.result = retry;
  bench.start([query("a", "0 */10 * * * *")]);
  await bench.clock.advance(20 * 60_000);
  await bench.stop();
  assertEquals(bench.log, [
    "12:10:00 a",
    "12:10:02 a",
    "12:10:12 a",
    "12:10:42 a",
    "12:20:00 a",
  ]);
});

Deno.test("Scheduler leaves an early retry to the next tick where that comes first", async () => {
  const bench = new Bench();
  bench.result = retry;
  bench.start([query("a", "* * * * * *")]);
  await bench.clock.advance(3_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:01 a", "12:00:02 a", "12:00:03 a"]);
});

Deno.test("Scheduler.runNow() runs out of turn and leaves the ticks where they are", async () => {
  const bench = new Bench();
  bench.start([query("a", "*/30 * * * * *")]);
  await bench.clock.advance(10_000);
  assertEquals(await bench.runNow("a"), done);
  assertEquals(await bench.runNow("nobody"), undefined);
  await bench.clock.advance(20_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:10 a", "12:00:30 a"]);
});

Deno.test("Scheduler.runNow() follows a run that is under way, once for all who ask", async () => {
  const bench = new Bench();
  bench.durationMs = 5_000;
  bench.start([query("a", "*/30 * * * * *")]);
  await bench.clock.advance(31_000);
  const asked = Promise.all([bench.runNow("a"), bench.runNow("a")]);
  await bench.clock.advance(10_000);
  assertEquals(await asked, [done, done]);
  await bench.stop();
  assertEquals(bench.log, ["12:00:30 a", "12:00:35 a"]);
});

Deno.test("Scheduler.stop() waits for what runs and drops what waits", async () => {
  const bench = new Bench();
  bench.durationMs = 5_000;
  bench.start([query("a", "every 1m"), query("b", "every 1m")]);
  await settle();
  const waiting = bench.runNow("b");
  const stopped = bench.scheduler.stop();
  assertEquals(await waiting, undefined);
  let ended = false;
  stopped.then(() => ended = true);
  await bench.clock.advance(4_999);
  assertEquals(ended, false);
  await bench.clock.advance(1);
  assertEquals(ended, true);
  assertEquals(bench.log, ["12:00:00 a"]);
  await bench.stop();
});

Deno.test("Scheduler.update() adds, removes and reschedules without disturbing the rest", async () => {
  const bench = new Bench();
  bench.start([query("a", "*/20 * * * * *"), query("b", "*/20 * * * * *")]);
  await bench.clock.advance(25_000);
  bench.update([
    query("a", "*/20 * * * * *"),
    query("c", "*/30 * * * * *"),
  ]);
  await bench.clock.advance(20_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:20 a", "12:00:20 b", "12:00:30 c", "12:00:40 a"]);
});

Deno.test("Scheduler polls nothing in a blackout: not at the start, with jitter, again soon, or after waiting", async () => {
  const blackouts = [parseBlackout("12:00-12:20")];
  const schedule = (text: string): Planned["schedule"] =>
    withBlackouts(parseSchedule(text, "UTC"), blackouts, "UTC");

  const atStart = new Bench("2026-11-21T12:05:00Z");
  atStart.blackouts = blackouts;
  atStart.start([query("a", "every 1h", { schedule: schedule("every 10m") })]);
  await atStart.clock.advance(26 * 60_000);
  assertEquals(atStart.log, ["12:20:00 a", "12:30:00 a"]);
  await atStart.stop();

  const jittered = new Bench("2026-11-21T11:55:00Z");
  jittered.blackouts = blackouts;
  jittered.start([
    query("a", "every 1h", { schedule: schedule("59,21 * * * *"), jitterMs: 240_000 }),
  ]);
  await jittered.clock.advance(60 * 60_000);
  assertEquals(jittered.log, ["12:23:00 a"]);
  await jittered.stop();

  const failing = new Bench("2026-11-21T11:59:00Z");
  failing.blackouts = blackouts;
  failing.result = retry;
  failing.start([query("a", "every 1h", { schedule: schedule("30 59,21 * * * *") })]);
  await failing.clock.advance(21 * 60_000);
  assertEquals(failing.log, ["11:59:30 a", "11:59:32 a", "11:59:42 a"]);
  await failing.stop();

  const waiting = new Bench("2026-11-21T11:58:00Z");
  waiting.blackouts = blackouts;
  waiting.durationMs = 90_000;
  const both = ["a", "b"].map((name) =>
    query(name, "every 1h", { schedule: schedule("59 11 * * *") })
  );
  waiting.start(both);
  await waiting.clock.advance(30 * 60_000);
  assertEquals(waiting.log, ["11:59:00 a"]);
  await waiting.stop();
});

Deno.test("Scheduler polls in a blackout what somebody asks for", async () => {
  const bench = new Bench("2026-11-21T12:05:00Z");
  bench.blackouts = [parseBlackout("12:00-12:20")];
  bench.start([query("a", "0 0 1 1 *")]);
  await settle();
  assertEquals(await bench.runNow("a"), done);
  assertEquals(bench.log, ["12:05:00 a"]);
  await bench.stop();
});

Deno.test("a poll by hand waits until its peer has an association to spare", async () => {
  const bench = new Bench();
  bench.durationMs = 5_000;
  bench.start([query("a", "*/30 * * * * *"), query("b", "0 0 1 1 *")]);
  await bench.clock.advance(31_000);
  const asked = bench.runNow("b");
  await settle();
  assertEquals(bench.log, ["12:00:30 a"]);
  await bench.clock.advance(10_000);
  assertEquals(await asked, done);
  await bench.stop();
  assertEquals(bench.log, ["12:00:30 a", "12:00:35 b"]);
});

Deno.test("a reload keeps the place of a period in time, unless the period is another", async () => {
  const bench = new Bench();
  bench.start([query("a", "every 30s"), query("b", "every 30s")]);
  await bench.clock.advance(20_000);
  bench.update([query("a", "every 30s"), query("b", "every 40s")]);
  assertEquals(String(bench.scheduler.nextRun(bench.query("a"))), "2026-11-21T12:00:30Z");
  assertEquals(String(bench.scheduler.nextRun(bench.query("b"))), "2026-11-21T12:01:00Z");
  await bench.clock.advance(41_000);
  await bench.stop();
  assertEquals(bench.log, ["12:00:00 a", "12:00:00 b", "12:00:30 a", "12:01:00 a", "12:01:00 b"]);
});

Deno.test("a query that waits for its peer is polled although the clock is set back meanwhile", async () => {
  const bench = new Bench();
  bench.durationMs = 5_000;
  bench.start([query("a", "0 */5 * * * *"), query("b", "0 */5 * * * *")]);
  await bench.clock.advance(5 * 60_000);
  assertEquals(bench.log, ["12:05:00 a"]);
  // Wakes all sleepers: the poll of `a` ends, and the turn of `b` begins.
  await bench.clock.set("2026-11-21T09:03:00Z");
  await bench.clock.advance(3 * 60_000);
  await bench.stop();
  assertEquals(bench.log, ["12:05:00 a", "09:03:00 b", "09:05:00 a", "09:05:05 b"]);
});
