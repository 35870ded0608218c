/**
 * What worklistd costs, against DCMTK's `findscu` where it is installed: `deno task bench [PART...]`.
 *
 * All is measured on this machine in this run against one acceptor, a process of its own. Times of CPU are user
 * and system time of all threads; of several rounds, taken in turn, the median counts. `docs/cost.md` explains
 * the lines.
 *
 * @module
 */
import { TemporaryFolder } from "../support/delivery_bench.ts";
import { median, medianCosts } from "./child.ts";
import { printIdle, printManyItems, printManyQueries } from "./daemon_cost.ts";
import { printFindCosts, printFindMemory, quietFindscu } from "./find_cost.ts";
import { dcmtkFindscu, deno, serve } from "./program.ts";
import { ms, printLine, printTitles, say } from "./report.ts";
import { printServeCosts } from "./serve_cost.ts";

const parts = ["find", "poll", "sinks", "run", "serve", "memory"];
const wanted = Deno.args.length > 0 ? Deno.args : parts;

await using folder = new TemporaryFolder();
await using acceptor = await serve(deno("test/bench/acceptor.ts"));
const port = acceptor.line;
printTitles();
const findscu = await dcmtkFindscu();
if (findscu === undefined) {
  say("DCMTK's findscu is not installed: lines that need it are left out");
} else {
  if (wanted.includes("find")) await printFindCosts(port, findscu);
  if (wanted.includes("poll")) await printPollCosts(findscu);
}
if (wanted.includes("sinks")) await printSinkCosts();
if (wanted.includes("run")) {
  await printIdle(port, `${folder.path}/idle`);
  await printManyItems(port, `${folder.path}/items`);
  await printManyQueries(port, `${folder.path}/queries`);
}
if (wanted.includes("serve") && findscu !== undefined) await printServeCosts();
if (wanted.includes("memory")) await printFindMemory(port);

/** Compares polls with what `findscu -q` takes only to receive as many matches. */
async function printPollCosts(path: string): Promise<void> {
  const costs: { new: number[]; unchanged: number[] } = { new: [], unchanged: [] };
  const theirs: number[] = [];
  const findscu = quietFindscu(path, port);
  for (let round = 0; round < 3; round++) {
    const { cpuMs } = (await medianCosts({ findscu }, 3)).findscu;
    theirs.push(cpuMs);
    const [line = "{}"] = await outputOf(deno("test/bench/poll_cost.ts", port));
    const some: typeof costs = JSON.parse(line);
    costs.new.push(...some.new);
    costs.unchanged.push(...some.unchanged);
  }
  const findscuMs = median(theirs);
  const lines = [["new", costs.new, 1], ["unchanged", costs.unchanged, 0.1]] as const;
  for (const [kind, all, atMost] of lines) {
    const cost = median(all);
    printLine({
      what: `poll in a warm daemon, 10,000 ${kind} matches: CPU`,
      ours: ms(cost),
      theirs: ms(findscuMs),
      measured: cost / findscuMs,
      target: { atMost },
    });
  }
}

async function printSinkCosts(): Promise<void> {
  for (const line of await outputOf(deno("test/bench/sink_cost.ts"))) {
    const { name, rate, cpuMs }: { name: string; rate: number; cpuMs: number } = JSON.parse(line);
    printLine({
      what: `${name}: events a second`,
      ours: ms(cpuMs),
      measured: rate,
      target: { atLeast: 2000 },
    });
  }
}

async function outputOf([program = "", ...args]: readonly string[]): Promise<string[]> {
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout).trim().split("\n");
}
