/**
 * How fast the sinks take ten thousand events or items: a process of its own, `deno run -A sink_cost.ts`.
 *
 * Prints a line for each sink: its name, events a second, milliseconds of CPU, as JSON.
 *
 * @module
 */
import process from "node:process";
import type { SinkOptions } from "../../src/deliver/sinks/sink_types.ts";
import { systemClock } from "../../src/base/system_clock.ts";
import { DeliveryBench, TemporaryFolder } from "../support/delivery_bench.ts";
import { HttpReceiver } from "../support/http_receiver.ts";
import { itemOf, MemoryJournal } from "../support/memory_journal.ts";

const count = 10_000;
const attributes = Object.fromEntries(
  Array.from({ length: 25 }, (_, n) => [
    `0040${(0x1000 + n).toString(16)}`,
    { vr: "LO", Value: [`value number ${n}`] },
  ]),
);
const items = Array.from({ length: count }, (_, n) => itemOf(n, attributes));

/** Commits ten thousand new items and tells how long a sink takes for them. */
async function measure(name: string, options: SinkOptions, stateDir: string): Promise<void> {
  await using bench = new DeliveryBench(stateDir, systemClock);
  const journal = new MemoryJournal();
  await bench.open({ sink: options }, journal);
  await bench.drained();
  journal.commit(systemClock.now(), ...items.map((after) => ({ kind: "added", after }) as const));
  const cpu = cpuMs();
  const began = performance.now();
  await bench.drained();
  const rate = Math.round(count / (performance.now() - began) * 1000);
  const line = JSON.stringify({ name, rate, cpuMs: cpuMs() - cpu });
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

await using folder = new TemporaryFolder();
await using receiver = new HttpReceiver();
const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
const webhook = { type: "webhook", url: receiver.url, secrets } as const;
const batch = { maxEvents: 100, maxWaitMs: 0 };
const { path } = folder;
await measure("webhook in batches of 100", { ...webhook, batch }, `${path}/1`);
await measure("webhook one by one", webhook, `${path}/2`);
await measure("ndjson", { type: "ndjson", path: `${path}/changes.ndjson` }, `${path}/3`);
await measure("snapshot", { type: "snapshot", path: `${path}/current.json` }, `${path}/4`);
await measure("snapshot as CSV", { type: "snapshot", path: `${path}/current.csv` }, `${path}/5`);
await measure("worklist folder", { type: "worklist-folder", path: `${path}/wl` }, `${path}/6`);
