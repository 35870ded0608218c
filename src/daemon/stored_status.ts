// Touches the world: through the files of sinks.
/**
 * The status from the state folder, for when no daemon is running.
 *
 * @module
 */
import { timeText } from "../base/clock.ts";
import { listDeadLetters } from "../deliver/dead_letters.ts";
import { readSinkState } from "../deliver/sink_state.ts";
import { keptStatus, type SinkStatus } from "../deliver/sink_status.ts";
import { readStoredQuery } from "../worklist/journal/history.ts";
import { StoreError } from "../worklist/journal/store_error.ts";
import { certificatesOf } from "./certificates.ts";
import type { Config, SinkConfig } from "./config.ts";
import { version } from "./version.ts";
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
 * @returns The status that the last daemon left in the state folder.
 */
export async function storedStatus(config: Config, now: Temporal.Instant): Promise<DaemonStatus> {
  const states = new Map<string, QueryState>();
  for (const name of config.queries.keys()) states.set(name, await storedState(config, name));
  const stateOf = (name: string): QueryState => states.get(name) ?? noState;
  const queries = queryStatuses(config, new PollHistory(), stateOf, now);
  return {
    running: false,
    started: undefined,
    time: timeText(now),
    version,
    stateDir: config.stateDir,
    configuration: { file: config.file, state: "same", reload: undefined },
    peers: peerStatuses(config, queries),
    queries,
    certificates: certificatesOf(config),
    sinks: await Promise.all(
      [...config.sinks.values()].map((sink) => storedSink(sink, config, stateOf)),
    ),
  };
}

/** A file that cannot be read is reported, and the others are read. */
async function storedState({ stateDir }: Config, name: string): Promise<QueryState> {
  try {
    const { items, sequence, lastPoll, pollState, missing } = await readStoredQuery(stateDir, name);
    return {
      items: items.length,
      sequence,
      nextPoll: undefined,
      lastPoll: storedPoll(lastPoll, pollState),
      held: pollState.held ?? (pollState.suspect === undefined ? 0 : missing),
      suspectReason: pollState.suspect,
      massRemoval: pollState.massRemoval,
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ...noState, problem: error.message };
  }
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
