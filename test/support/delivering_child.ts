/**
 * A process that delivers, to be killed: it commits events one by one, the same ones in every run, and
 * ends when the sinks have them all. Arguments: folder, URL, how many events are old, how many there are.
 *
 * @module
 */
import { systemClock } from "../../src/base/system_clock.ts";
import { DeliveryBench } from "./delivery_bench.ts";
import { added, MemoryJournal } from "./memory_journal.ts";

const [folder = "", url = "", old = "0", all = "0"] = Deno.args;
const time = Temporal.Instant.from("2026-11-21T12:00:00Z");
const journal = new MemoryJournal("q");
for (let n = 1; n <= Number(old); n++) journal.commit(time, added(n));

await using bench = new DeliveryBench(`${folder}/state`, systemClock);
const retry = { scheduleMs: [20], jitter: 0.5 };
const hook = { type: "webhook", url, secrets: [], retry } as const;
await bench.open({
  changes: {
    type: "ndjson",
    path: `${folder}/changes.ndjson`,
    rotate: { sizeBytes: 20_000, keep: 99 },
  },
  single: hook,
  batched: { ...hook, url: `${url}&batched`, batch: { maxEvents: 5, maxWaitMs: 0 } },
}, journal);
for (let n = Number(old) + 1; n <= Number(all); n++) {
  journal.commit(time, added(n));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await bench.drained();
