/**
 * The status as the state folder tells it, where no daemon is running.
 *
 * @module
 */
import { timeText } from "../deliver/clock.ts";
import { listDeadLetters } from "../deliver/dead_letters.ts";
import { readSinkState } from "../deliver/sink_state.ts";
import { keptStatus, type SinkStatus } from "../deliver/sink_status.ts";
import { readStoredQuery } from "../worklist/history.ts";
import type { Config, SinkConfig } from "./config.ts";
import {
  type DaemonStatus,
  noState,
  peerStatuses,
  PollHistory,
  type QueryState,
  queryStatuses,
  storedPoll,
} from "./status.ts";

/**
 * Reads the status; needs no lock.
 *
 * @param config The configuration.
 * @param now The present.
 * @returns What the last daemon left behind.
 * @throws {StoreError} If the state cannot be read.
 */
export async function storedStatus(config: Config, now: Temporal.Instant): Promise<DaemonStatus> {
  const states = new Map<string, QueryState>();
  for (const name of config.queries.keys()) {
    const { items, sequence, lastPoll, standing } = await readStoredQuery(config.stateDir, name);
    const poll = storedPoll(lastPoll, standing);
    states.set(name, { items: items.length, sequence, nextPoll: undefined, lastPoll: poll });
  }
  const stateOf = (name: string): QueryState => states.get(name) ?? noState;
  const queries = queryStatuses(config, new PollHistory(), stateOf, now);
  return {
    running: false,
    started: undefined,
    time: timeText(now),
    stateDir: config.stateDir,
    peers: peerStatuses(config, queries),
    queries,
    sinks: await Promise.all(
      [...config.sinks.values()].map((sink) => storedSink(sink, config, stateOf)),
    ),
  };
}

async function storedSink(
  { name, options }: SinkConfig,
  { stateDir, queries }: Config,
  stateOf: (query: string) => QueryState,
): Promise<SinkStatus> {
  const reading = await readSinkState(stateDir, name);
  const state = reading.found === "state" ? reading.state : { sink: name, queries: {} };
  const last = [...queries.values()].filter((query) => query.sinks.includes(name))
    .map((query) => [query.name, stateOf(query.name).sequence] as const);
  return {
    name,
    type: options.reveal().type,
    ...keptStatus(state, new Map(last)),
    delivered: 0,
    deadLetters: (await listDeadLetters(stateDir, name)).length,
  };
}
