import { assert, assertEquals, assertRejects } from "@std/assert";
import { listStoredQueries, readStoredQuery } from "../../../../src/worklist/journal/history.ts";
import { QueryStore, type StoreOptions } from "../../../../src/worklist/journal/store.ts";
import {
  readAttributeHistory,
  readEvents,
  readItemsAt,
} from "../../../../src/worklist/journal/time_machine.ts";
import { CrashingDisk } from "../../../support/crashing_disk.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type PollOptions,
  type Step,
} from "../../../support/polled_worklist.ts";

const hourMs = 3_600_000;

function step(number: number, time = "0800"): Step {
  return { study: `1.2.${number}`, step: `SPS${number}`, patient: "4711", name: "DOE^JANE", time };
}

/** A query that is polled every hour from 1970 on. */
class HourlyQuery {
  readonly disk = new CrashingDisk();
  store: QueryStore | undefined;
  /** Id and data set of each item after each hour. */
  readonly past: string[][] = [];

  async poll(answer: readonly Step[], options: PollOptions & StoreOptions = {}): Promise<void> {
    this.store ??= await QueryStore.open("state", "ct-today", {
      segmentBytes: 3000,
      replayBytes: 5000,
      disk: this.disk,
      ...options,
    });
    this.disk.now = this.past.length * hourMs;
    const time = new Date(this.disk.now).toISOString();
    const polled = new PolledWorklist();
    polled.worklist = this.store.worklist;
    const matches = answer.map((one) => matchOf(dataSetOf(one)));
    await this.store.commit(polled.decide(matches, { time, ...options }));
    this.past.push(contentOf(this.store.items()));
  }
}

function contentOf(items: Iterable<{ key: object; json: string }>): string[] {
  return Array.from(items, ({ key, json }) => `${JSON.stringify(key)} ${json}`).sort();
}

function at(hour: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(hour * hourMs);
}

async function eventful(): Promise<HourlyQuery> {
  const query = new HourlyQuery();
  await query.poll([step(1), step(2)]);
  await query.poll([step(1), step(2, "0930"), step(3)]);
  await query.poll([step(2, "0930"), step(3)]);
  await query.poll([step(2, "0930"), step(3)]);
  await query.poll([step(1), step(2, "1015"), step(3)]);
  await query.poll([step(1), step(2, "1015"), step(3)]);
  await query.poll([step(1, "1100"), step(2, "1015"), step(4)]);
  await query.poll([step(1, "1100"), step(2, "1015"), step(4)]);
  return query;
}

Deno.test("readItemsAt() reads the items of every moment, over segments, snapshots and trimming", async () => {
  const query = await eventful();
  for (const [hour, items] of query.past.entries()) {
    assertEquals(contentOf(await readItemsAt("state", "ct-today", at(hour), query.disk)), items);
  }
  const before = Temporal.Instant.fromEpochMilliseconds(-1);
  assertEquals(await readItemsAt("state", "ct-today", before, query.disk), []);
});

Deno.test("readItemsAt() knows when items were taken over or dropped without events", async () => {
  const query = new HourlyQuery();
  await query.poll([step(1)], { initial: "silent", segmentBytes: 1_000_000 });
  await query.poll([step(1), step(2)]);
  const moments = await Promise.all(
    [-1, 0, 1].map((hour) => readItemsAt("state", "ct-today", at(hour), query.disk)),
  );
  assertEquals(moments.map((items) => items.length), [0, 1, 2]);
});

/** Steps whose identity becomes another, and back. */
async function renamed(): Promise<HourlyQuery> {
  const query = new HourlyQuery();
  const steps = [step(1), step(2)].map((one) => ({ ...one, accession: `A-${one.step}` }));
  const later = steps.map((one) => ({ ...one, time: "0930" }));
  const byAccession = { ...plainConfiguration, identity: ["AccessionNumber"] };
  await query.poll(steps, { initial: "silent" });
  await query.poll(later);
  await query.poll(later, { configuration: byAccession });
  await query.poll(steps, { configuration: byAccession });
  await query.poll(steps.slice(1), { configuration: byAccession });
  await query.poll(steps.slice(1), { configuration: byAccession });
  await query.poll(later.slice(1));
  await query.poll(later);
  return query;
}

Deno.test("readItemsAt() finds the former identities of items", async () => {
  const query = await renamed();
  for (const [hour, items] of query.past.entries()) {
    assertEquals(contentOf(await readItemsAt("state", "ct-today", at(hour), query.disk)), items);
  }
});

Deno.test("readEvents() finds the events of an item by all that it was ever called", async () => {
  const query = await renamed();
  const read = async (key: string): Promise<string[]> => {
    const events = await Array.fromAsync(readEvents("state", "ct-today", { key }, query.disk));
    return events.map((event) => `${event.sequence} ${event.change}`);
  };
  const first = ["1 changed", "3 changed", "5 removed", "7 added"];
  const second = ["2 changed", "4 changed", "6 changed"];
  const subjects = new Set<string>();
  for await (const { subject } of readEvents("state", "ct-today", { key: "SPS2" }, query.disk)) {
    subjects.add(subject ?? "");
  }
  assertEquals(subjects.size, 2);
  assertEquals(await read("SPS1"), first);
  assertEquals(await read("A-SPS1"), first);
  for (const key of ["SPS2", "A-SPS2", ...subjects]) assertEquals(await read(key), second);
});

Deno.test("readAttributeHistory() goes on after an item got another identity", async () => {
  const query = await renamed();
  const histories = await readAttributeHistory("state", "ct-today", "A-SPS2", query.disk);
  assertEquals(
    [...histories.values()].map((attributes) => attributes.flatMap(({ events }) => events.length)),
    [[3]],
  );
});

Deno.test("readItemsAt() refuses a moment that the journal no longer reaches back to", async () => {
  const query = new HourlyQuery();
  for (let hour = 0; hour < 60; hour++) {
    await query.poll(Array.from({ length: hour + 1 }, (_, index) => step(index)), {
      historyMs: 20 * hourMs,
      segmentBytes: 1,
    });
  }
  assertEquals((await readItemsAt("state", "ct-today", at(50), query.disk)).length, 51);
  const error = await assertRejects(
    () => readItemsAt("state", "ct-today", at(5), query.disk),
    RangeError,
  );
  assert(error.message.startsWith("Cannot show the items of ct-today at 1970-01-01T05:00:00Z: "));
});

Deno.test("readEvents() yields committed events from a sequence, a moment, or about an item", async () => {
  const query = await eventful();
  const read = async (filter: Parameters<typeof readEvents>[2]): Promise<string[]> => {
    const events = await Array.fromAsync(readEvents("state", "ct-today", filter, query.disk));
    return events.map((event) => `${event.sequence} ${event.change}`);
  };
  const all = await read({});
  assertEquals(all, [
    "1 added",
    "2 added",
    "3 changed",
    "4 added",
    "5 removed",
    "6 changed",
    "7 added",
    "8 changed",
    "9 added",
    "10 removed",
  ]);
  assertEquals(await read({ after: 7 }), all.slice(7));
  assertEquals(await read({ since: at(4) }), all.slice(5));
  assertEquals(await read({ key: "SPS3" }), ["4 added", "10 removed"]);
  const [about] = await Array.fromAsync(
    readEvents("state", "ct-today", { key: "SPS3" }, query.disk),
  );
  assert(about?.subject);
  assertEquals(await read({ key: about.subject }), ["4 added", "10 removed"]);
});

Deno.test("readAttributeHistory() gives each value of an attribute with its time", async () => {
  const query = await eventful();
  const histories = await readAttributeHistory("state", "ct-today", "SPS2", query.disk);
  const [attributes = []] = histories.values();
  const time = attributes.find(({ path }) => path.endsWith("ScheduledProcedureStepStartTime"));
  assertEquals(time?.events.map(({ sequence, before, after }) => [sequence, before, after]), [
    [2, [], ["0800"]],
    [3, ["0800"], ["0930"]],
    [6, ["0930"], ["1015"]],
  ]);
  assertEquals(attributes.find(({ path }) => path === "PatientID")?.events.length, 1);
});

Deno.test("readStoredQuery() reads commits without a lock", async () => {
  const query = await eventful();
  const stored = await readStoredQuery("state", "ct-today", query.disk);
  assertEquals(contentOf(stored.items), query.past.at(-1));
  assertEquals([stored.sequence, stored.lastPoll?.matches, stored.configuration?.model], [
    10,
    3,
    "worklist",
  ]);
  assertEquals(await listStoredQueries("state", query.disk), ["ct-today"]);
  const none = await readStoredQuery("state", "mr", query.disk);
  assertEquals([none.items.length, none.sequence, none.configuration], [0, 0, undefined]);
});

Deno.test("readEvents() leaves out a commit that is not whole yet", async () => {
  const query = await eventful();
  const path = "state/queries/ct-today/journal.ndjson";
  await query.poll([step(1, "1100"), step(2, "1015"), step(4), step(5)]);
  const text = query.disk.text(path) ?? "";
  const whole = await Array.fromAsync(readEvents("state", "ct-today", {}, query.disk));
  query.disk.put(path, new TextEncoder().encode(text.slice(0, -20)));
  const torn = await Array.fromAsync(readEvents("state", "ct-today", {}, query.disk));
  assertEquals(torn.length, whole.length - 1);
});
