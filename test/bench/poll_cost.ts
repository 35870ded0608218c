/**
 * What polls cost in a daemon that is warm: a process of its own, `deno run -A poll_cost.ts PORT`.
 *
 * Prints the CPU of each poll of ten thousand matches in milliseconds, new ones and unchanged ones, as JSON.
 *
 * @module
 */
import process from "node:process";
import { systemClock } from "../../src/base/system_clock.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import { loadConfig } from "../../src/daemon/load_config.ts";
import { TemporaryFolder } from "../support/delivery_bench.ts";
import { type BenchQuery, configText } from "./daemon_config.ts";

const rounds = 9;
/** Polls before the compiler has done its work. */
const warmUp = 3;

const [port = ""] = Deno.args;
await using folder = new TemporaryFolder();
const queries: Record<string, BenchQuery> = {};
for (let round = 0; round < rounds; round++) {
  queries[`new-${round}`] = { aeTitle: "N10000G1", schedule: "every 1h" };
}
const file = `${folder.path}/worklistd.yaml`;
await Deno.writeTextFile(file, configText(port, `${folder.path}/state`, queries));
const daemon = await Daemon.open(await loadConfig(file), {
  clock: systemClock,
  random: () => 0,
  newId: () => crypto.randomUUID(),
  log: (event) => {
    if (event.kind === "poll-failed") throw event.error;
  },
});

async function costOfPoll(name: string, added: number): Promise<number> {
  const before = process.cpuUsage();
  const report = await daemon.poll(name);
  const { user, system } = process.cpuUsage(before);
  if (report?.counts.added !== added || report.matches !== 10_000) {
    throw new Error(JSON.stringify(report));
  }
  return (user + system) / 1000;
}

const fresh: number[] = [];
const unchanged: number[] = [];
for (const name of Object.keys(queries)) fresh.push(await costOfPoll(name, 10_000));
for (let round = 0; round < 2; round++) {
  for (const name of Object.keys(queries)) unchanged.push(await costOfPoll(name, 0));
}
await daemon.close(AbortSignal.timeout(10_000));
const costs = { new: fresh.slice(warmUp), unchanged: unchanged.slice(warmUp) };
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(costs)}\n`));
