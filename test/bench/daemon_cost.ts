/**
 * What `worklistd run` costs: memory, restarts, many queries.
 *
 * @module
 */
import { median, type ProcessState, processState } from "./child.ts";
import { type BenchQuery, configText } from "./daemon_config.ts";
import { worklistd } from "./program.ts";
import { mib, ms, printLine } from "./report.ts";

/** After so long without much to do, V8 gives back what it does not need. */
const settlingMs = 70_000;

/** A running daemon. */
class RunningDaemon implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #log: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(config: string) {
    const [program = "", ...args] = worklistd("run", "--config", config);
    this.#child = new Deno.Command(program, { args, stdout: "null", stderr: "piped" }).spawn();
    this.pid = this.#child.pid;
    this.#log = this.#child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Waits until its log has said something so many times. */
  async said(words: string, times: number = 1): Promise<void> {
    while (this.#text.split(words).length <= times) {
      const { value, done } = await this.#log.read();
      if (done) throw new Error(`the daemon ended: ${this.#text}`);
      this.#text += value;
    }
  }

  get state(): ProcessState {
    const state = processState(this.pid);
    if (state === undefined) throw new Error("the daemon is gone");
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    for (;;) if ((await this.#log.read()).done) break;
    await this.#child.status;
  }
}

async function writeConfig(
  folder: string,
  port: string,
  queries: Readonly<Record<string, BenchQuery>>,
): Promise<string> {
  await Deno.mkdir(folder);
  const file = `${folder}/worklistd.yaml`;
  await Deno.writeTextFile(file, configText(port, `${folder}/state`, queries));
  return file;
}

/** Prints the memory of a daemon that has little to do. */
export async function printIdle(port: string, folder: string): Promise<void> {
  const query = { aeTitle: "N10", schedule: "every 30s" };
  const config = await writeConfig(folder, port, { ct: query, mr: query, us: query });
  await using daemon = new RunningDaemon(config);
  await daemon.said("added", 3);
  await pause(settlingMs);
  const { residentMiB } = daemon.state;
  printLine({
    what: "run, 3 queries of 10 items: memory",
    ours: mib(residentMiB),
    measured: residentMiB,
    target: { atMost: 70 },
  });
}

/** Prints what a hundred thousand items need: while they come, later, and after restarts. */
export async function printManyItems(port: string, folder: string): Promise<void> {
  const config = await writeConfig(folder, port, {
    all: { aeTitle: "N100000", schedule: "every 30s" },
  });
  {
    await using daemon = new RunningDaemon(config);
    await daemon.said("added");
    await pause(settlingMs);
    const { residentMiB, peakMiB } = daemon.state;
    printItems(`run, 100,000 items: memory (at their first poll: ${mib(peakMiB)})`, residentMiB);
  }
  const restarts: number[] = [];
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    await using daemon = new RunningDaemon(config);
    await daemon.said("Started");
    restarts.push(performance.now() - began);
    if (round < 2) continue;
    await pause(settlingMs);
    printItems("run, 100,000 items: memory after a restart", daemon.state.residentMiB);
  }
  const restart = median(restarts);
  printLine({
    what: "run, 100,000 items: restart, in seconds",
    ours: ms(restart),
    measured: restart / 1000,
    target: { atMost: 3 },
  });
}

function printItems(what: string, residentMiB: number): void {
  printLine({ what, ours: mib(residentMiB), measured: residentMiB, target: { atMost: 400 } });
}

/** Prints the share of a core that a thousand queries need: polled every 10 s for 20 s, told as if every 30 s. */
export async function printManyQueries(port: string, folder: string): Promise<void> {
  const everyMs = 10_000;
  const queries = Object.fromEntries(
    Array.from({ length: 1000 }, (_, n) => [`q${n}`, { aeTitle: "N10", schedule: "every 10s" }]),
  );
  const config = await writeConfig(folder, port, queries);
  await using daemon = new RunningDaemon(config);
  await daemon.said("added", 1000);
  await pause(everyMs);
  const before = daemon.state.cpuMs;
  await pause(2 * everyMs);
  const share = (daemon.state.cpuMs - before) / (2 * everyMs) * (everyMs / 30_000) * 100;
  printLine({
    what: "run, 1,000 queries of 10 items every 30 s: % of a core",
    ours: `${share.toFixed(1)} %`,
    measured: share,
    target: { atMost: 15 },
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
