/**
 * A process that polls a peer a few times as the daemon does, with a state folder of its own, and measures itself:
 * `deno run -A polling_child.ts PORT POLLS QUERY_YAML PEER_YAML`. It prints one line of JSON, a {@linkcode PollingResult}.
 *
 * @module
 */
import { systemClock } from "../../src/base/system_clock.ts";
import type { PollContext } from "../../src/daemon/context.ts";
import { LiveQuery } from "../../src/daemon/poll/live_query.ts";
import { PeerTurn } from "../../src/daemon/poll/peer_turn.ts";
import { polledQuery } from "../../src/daemon/poll/polled_query.ts";
import { QueryStore } from "../../src/worklist/journal/store.ts";
import { configIn } from "./daemon_config.ts";

/** What the process found out. */
export interface PollingResult {
  /** How each poll went: `complete`, or the class of its failure and the message. */
  readonly polls: readonly string[];
  /** Items in the worklist at the end. */
  readonly items: number;
  /** The most CPU time between two ticks of a timer of 5 ms: how long others had to wait on an idle machine. */
  readonly longestTurnMs: number;
  /** The most memory that was resident. */
  readonly peakMiB: number;
}

if (import.meta.main) {
  const [port = "", count = "1", queryYaml = "", peerYaml = ""] = Deno.args;
  const folder = await Deno.makeTempDir();
  try {
    const result = await polls(folder, port, Number(count), queryYaml, peerYaml);
    await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function polls(
  folder: string,
  port: string,
  count: number,
  queryYaml: string,
  peerYaml: string,
): Promise<PollingResult> {
  const config = await configIn(
    folder,
    `peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS, ${peerYaml} }
queries:
  ct: { peer: ris, schedule: every 30s, ${queryYaml} }
`,
  );
  const query = config.queries.get("ct");
  const peer = config.peers.get("ris");
  if (query === undefined || peer === undefined) throw new Error("no such query");
  await Deno.mkdir(`${folder}/state/queries`, { recursive: true });
  const store = await QueryStore.open(`${folder}/state`, "ct");
  const results: string[] = [];
  const watch = watchTurns();
  for (let poll = 0; poll < count; poll++) {
    const context: PollContext = {
      clock: systemClock,
      random: () => 0,
      newId: () => `p${poll}`,
      log: (event) => {
        if (event.kind === "poll-failed") results.push(`error: ${event.error}`);
        if (event.kind !== "polled") return;
        const { complete, failure } = event.report;
        results.push(complete ? "complete" : `${failure?.class}: ${failure?.words}`);
      },
      stop: new AbortController().signal,
    };
    await using turn = new PeerTurn(peer, [query.model], context);
    const live = new LiveQuery("ct", context);
    live.opened = polledQuery(query, peer, store);
    await live.poll(turn, { isCommanded: false });
    if (results.length <= poll) results.push("none");
  }
  const longestTurnMs = watch();
  const items = store.worklist.size;
  await store.close();
  const [, peakKiB = "0"] = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
  return { polls: results, items, longestTurnMs, peakMiB: Number(peakKiB) / 1024 };
}

/** Measures turns until what it returns is called. */
function watchTurns(): () => number {
  const cpuMs = (): number => {
    const { user, system } = globalThis.process.cpuUsage();
    return (user + system) / 1000;
  };
  let before = cpuMs();
  let longest = 0;
  const look = (): void => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
  };
  const timer = setInterval(look, 5);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}
