import { assertEquals } from "@std/assert";
import type { Asker } from "../../../../src/daemon/poll/ask.ts";
import { peerNamed } from "../../../../src/cases/canned_peer.ts";
import { CaseStore } from "../../../../src/cases/case_store.ts";
import { querySchema } from "../../../../src/daemon/config/query.ts";
import { poll } from "../../../../src/daemon/poll/poll.ts";
import { eventLines, type PollReport } from "../../../../src/daemon/poll/poll_report.ts";
import { polledQuery } from "../../../../src/daemon/poll/polled_query.ts";
import { parseEvent } from "../../../../src/deliver/cloud_event.ts";
import type { DecodeWarning } from "../../../../src/dicom/errors.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { playHistories } from "../../../support/poll_history.ts";
import { dataSetOf, matchOf } from "../../../support/polled_worklist.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";

/** A query and its peer, which has some steps. */
class Bench {
  readonly clock = new FakeClock("2026-11-21T12:00:00Z");
  readonly store = new CaseStore();
  /** What was asked: model and limit. */
  readonly asked: string[] = [];
  warnings: readonly DecodeWarning[] = [];
  readonly #section: object;
  #polls = 0;

  constructor(section: object = {}) {
    this.#section = section;
  }

  async poll(steps: number, isDryRun = false): Promise<PollReport> {
    const section = querySchema.parse({ peer: "ris", schedule: "every 30s", ...this.#section });
    const config = { ...section, name: "ct", timeZone: "UTC" };
    const { signal } = new AbortController();
    const asker: Asker = {
      find: async ({ model }, { limit, onWarning, signal: given }, take) => {
        this.asked.push(`${model} ${limit} ${given === signal}`);
        for (const warning of this.warnings) onWarning?.(warning);
        const numbers = Array.from({ length: steps }, (_, index) => index + 1);
        take(numbers.map((one) => matchOf(dataSetOf({ study: `1.2.${one}`, patient: "P" }))));
        await this.clock.advance(1000);
        return { ending: "complete", status: 0 };
      },
    };
    return await poll(polledQuery(config, peerNamed("ris"), this.store), {
      clock: this.clock,
      id: `p${++this.#polls}`,
      asker,
      signal,
      isDryRun,
    });
  }
}

Deno.test("poll() commits what it found, and says when and how it ran", async () => {
  const bench = new Bench({ limit: 7 });
  const report = await bench.poll(2);
  assertEquals(bench.asked, ["worklist 7 true"]);
  assertEquals([report.started, Math.round(report.durationMs)], ["2026-11-21T12:00:00.000Z", 1000]);
  const events = eventLines(report.changes).map(parseEvent);
  assertEquals(events.map(({ id, time }) => [id, time]), [
    ["ct.0000000000000001", "2026-11-21T12:00:01.000Z"],
    ["ct.0000000000000002", "2026-11-21T12:00:01.000Z"],
  ]);
  assertEquals([bench.store.lastSequence, bench.store.worklist.size], [2, 2]);
});

Deno.test("poll() commits nothing in a dry run, and tells the sequences that would come", async () => {
  const bench = new Bench();
  await bench.poll(2);
  const events = eventLines((await bench.poll(3, true)).changes).map(parseEvent);
  assertEquals(events.map(({ id }) => id), ["ct.0000000000000003"]);
  assertEquals([bench.store.lastSequence, bench.store.worklist.size], [2, 2]);
});

Deno.test("poll() asks for what is missing where that is configured, and says when that was done", async () => {
  const bench = new Bench({ removal: { verify: true, confirm_polls: 1 }, limit: 7 });
  await bench.poll(2);
  const asked = bench.asked.splice(0).length;
  const report = await bench.poll(1);
  assertEquals([asked, bench.asked.length, report.counts.removed], [1, 2, 1]);
  assertEquals(eventLines(report.changes).map((line) => parseEvent(line).time), [
    "2026-11-21T12:00:03.000Z",
  ]);
  assertEquals((await bench.poll(1)).counts.removed, 0);
  assertEquals(bench.asked.length, 3);
});

Deno.test("poll() does not believe a count that repeats the limit of the query", async () => {
  const bench = new Bench({ limit: 4, removal: { confirm_polls: 1 } });
  await bench.poll(5);
  await bench.poll(4);
  const { counts, suspect } = await bench.poll(4);
  assertEquals([counts.removed, suspect?.includes("returned 4 matches again")], [0, true]);
});

Deno.test("poll() takes over the first answer silently where that is configured", async () => {
  const bench = new Bench({ initial: "silent" });
  assertEquals(eventLines((await bench.poll(2)).changes), []);
  assertEquals(eventLines((await bench.poll(3)).changes).length, 1);
});

Deno.test("poll() counts what was wrong in matches, and tells the first", async () => {
  const bench = new Bench();
  bench.warnings = [
    { kind: "vr", tag: 0x00100020, message: "is unknown", offset: 8 },
    { kind: "padding", tag: 0x00100010, message: "is odd", offset: 16 },
  ];
  const { warnings, warning } = await bench.poll(1);
  assertEquals([warnings, warning], [2, "(0010,0020) is unknown"]);
});

Deno.test("poll() makes no false event and misses no change in 200 histories", async () => {
  await playHistories(20_261_121, 200, (seed) => new SeededRandom(seed));
});
