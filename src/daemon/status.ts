/**
 * The status of peers, queries and sinks, for `status`, the HTTP interface and the status page. No patient data.
 *
 * @module
 */
import { timeText } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { SinkStatus } from "../deliver/sink_status.ts";
import { messageOf } from "../deliver/message.ts";
import type { Completeness, PollRecord } from "../worklist/journal/journal.ts";
import type { SuspectReason } from "../worklist/event.ts";
import type { CertificateStatus } from "./certificates.ts";
import type { Entry, MassRemoval, PollState, Worklist } from "../worklist/worklist.ts";
import type { Config } from "./config.ts";
import { statusNotes } from "./poll/poll_notes.ts";
import type { PollReport } from "./poll/poll_report.ts";
import type { ServeStatus } from "./serve_status.ts";

/** The whole status. Times are RFC 3339, UTC. */
export interface DaemonStatus {
  /** True if a daemon is running; otherwise the rest is from the state folder. */
  readonly running: boolean;
  /** When the daemon started. */
  readonly started: string | undefined;
  /** When this was put together. */
  readonly time: string;
  /** The version of the program. */
  readonly version: string;
  readonly stateDir: string;
  readonly configuration: ConfigurationStatus;
  readonly peers: readonly PeerStatus[];
  readonly queries: readonly QueryStatus[];
  readonly sinks: readonly SinkReport[];
  /** The certificates that we present. */
  readonly certificates: readonly CertificateStatus[];
  /** The worklist SCP; absent if no station is served, or no daemon runs. */
  readonly serve?: ServeStatus | undefined;
}

/** The status of a sink, with the knowledge of a running daemon. */
export interface SinkReport extends SinkStatus {
  /** Deliveries since the start; absent if no daemon is running. */
  readonly attempts?: { readonly delivered: number; readonly failed: number };
  /** When the oldest event was committed that the sink is not done with. */
  readonly oldestUndelivered?: string | undefined;
}

/** The configuration in force. */
export interface ConfigurationStatus {
  readonly file: string;
  /** `changed`: the file is no longer what runs; `worklistd reload` takes it over. */
  readonly state: "same" | "changed" | "unreadable";
  /** The last reload since the start. */
  readonly reload: { readonly time: string; readonly ok: boolean } | undefined;
}

/** The status of a peer. */
export interface PeerStatus {
  readonly name: string;
  readonly address: string;
  readonly aeTitle: string;
  /** `unknown`: not asked since the start. */
  readonly state: "answering" | "failing" | "unknown";
  /** When it last answered completely. */
  readonly lastAnswer: string | undefined;
  /** Since when it fails: the first of its polls in a row that were incomplete. */
  readonly failingSince: string | undefined;
  /** The reason why not, as a message. */
  readonly failure: string | undefined;
}

/** The status of a query. */
export interface QueryStatus {
  readonly name: string;
  readonly peer: string;
  readonly model: string;
  readonly schedule: string;
  /** `new`: never polled. `failed`: by no fault of the peer, see `problem`. */
  readonly state: "complete" | "incomplete" | "suspect" | "failed" | "new";
  /** The problem that prevents polls or commits: a full disk, damaged state. */
  readonly problem: string | undefined;
  readonly items: number;
  /** The last committed sequence. */
  readonly sequence: number;
  readonly lastPoll: PollStatus | undefined;
  /** When it was last polled completely. */
  readonly lastComplete: string | undefined;
  /** Milliseconds since then: how old the items may be. */
  readonly ageMs: number | undefined;
  readonly nextPoll: string | undefined;
  /** Polls in a row that were incomplete or failed; of the polls before the start only the last counts. */
  readonly failures: number;
  /** When the first of these polls began, as far as it was since the start. */
  readonly failingSince: string | undefined;
  /** Missing items whose removal is held back, by the brake or because the answer is doubted. */
  readonly held: number;
  /** Why the last complete answer is doubted: `brake`, `limit`, …; see also `lastPoll.suspect`. */
  readonly suspectReason: SuspectReason | undefined;
  /** The last removal of a loss that the brake had held, for a day; absent if there was none. */
  readonly massRemoval?: MassRemovalStatus;
  readonly polls: PollTotals;
}

/** The removal of a loss that the brake had held. */
export interface MassRemovalStatus {
  readonly time: string;
  /** The number of items removed. */
  readonly removed: number;
  /** Of how many that there were. */
  readonly items: number;
  readonly cause: MassRemoval["cause"];
  /** The same as a message. */
  readonly words: string;
}

/** One poll. */
export type PollStatus = Completeness & {
  readonly started: string;
  readonly durationMs: number | undefined;
  readonly matches: number;
  /** Why nothing was removed although the answer was complete. */
  readonly suspect: string | undefined;
  /** Why items stay that were to be verified before they are removed. */
  readonly unverified?: string | undefined;
  /** Other oddities of the answer. */
  readonly notes?: readonly string[] | undefined;
};

/** Totals of the polls since the start. */
export interface PollTotals {
  readonly complete: number;
  readonly incomplete: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly leftWindow: number;
  readonly durationMs: number;
  /** Matches received. */
  readonly matches: number;
  /** Faults in matches that were read around. */
  readonly warnings: number;
  /** Matches that came twice in an answer. */
  readonly duplicates: number;
  /** Matches that were dropped because they do not match the keys. */
  readonly rejected: number;
  /** Complete answers that were not believed. */
  readonly suspect: number;
}

interface Kept {
  lastPoll: PollStatus | undefined;
  lastComplete: string | undefined;
  failures: number;
  failingSince: string | undefined;
  error: string | undefined;
  totals: PollTotals;
}

const noPolls: PollTotals = {
  complete: 0,
  incomplete: 0,
  added: 0,
  changed: 0,
  removed: 0,
  leftWindow: 0,
  durationMs: 0,
  matches: 0,
  warnings: 0,
  duplicates: 0,
  rejected: 0,
  suspect: 0,
};

/** Remembers how the polls of each query went. */
export class PollHistory {
  readonly #queries = new Map<string, Kept>();

  /** Takes in a poll. */
  report(report: PollReport): void {
    const kept = this.#kept(report.query);
    const { started, durationMs, matches, complete, suspect, unverified, counts } = report;
    const notes = statusNotes(report);
    const completeness = completenessOf(report);
    kept.lastPoll = { started, durationMs, matches, ...completeness, suspect, unverified, notes };
    kept.error = undefined;
    kept.failures = complete ? 0 : kept.failures + 1;
    kept.failingSince = complete ? undefined : kept.failingSince ?? started;
    if (complete) kept.lastComplete = started;
    const { totals } = kept;
    kept.totals = {
      complete: totals.complete + (complete ? 1 : 0),
      incomplete: totals.incomplete + (complete ? 0 : 1),
      added: totals.added + counts.added,
      changed: totals.changed + counts.changed,
      removed: totals.removed + counts.removed,
      leftWindow: totals.leftWindow + counts.leftWindow,
      durationMs: totals.durationMs + durationMs,
      matches: totals.matches + matches,
      warnings: totals.warnings + report.warnings,
      duplicates: totals.duplicates + counts.duplicates,
      rejected: totals.rejected + counts.rejected,
      suspect: totals.suspect + (suspect === undefined ? 0 : 1),
    };
  }

  /** Takes in a poll that failed through no fault of its peer. */
  error(query: string, error: unknown): void {
    const kept = this.#kept(query);
    kept.failures++;
    kept.error = messageOf(error);
  }

  /** Returns the history of a query; all zero if it was not polled. */
  of(query: string): Readonly<Kept> {
    return this.#kept(query);
  }

  #kept(query: string): Kept {
    let kept = this.#queries.get(query);
    if (kept === undefined) {
      kept = {
        lastPoll: undefined,
        lastComplete: undefined,
        failures: 0,
        failingSince: undefined,
        error: undefined,
        totals: noPolls,
      };
      this.#queries.set(query, kept);
    }
    return kept;
  }
}

/** The part of the state that the status shows. */
export interface QueryState {
  readonly items: number;
  readonly sequence: number;
  readonly nextPoll: Temporal.Instant | undefined;
  /** The last poll that the state knows of; only asked where none was reported since the start. */
  readonly lastPoll: PollStatus | undefined;
  /** Missing items whose removal is held back. */
  readonly held: number;
  /** Why the last complete answer is doubted. */
  readonly suspectReason?: SuspectReason | undefined;
  /** The last removal of a loss that the brake had held, however long ago. */
  readonly massRemoval?: MassRemoval | undefined;
  /** Why the state could not be opened. */
  readonly problem?: string | undefined;
}

/** The state of a query that has none. */
export const noState: QueryState = {
  items: 0,
  sequence: 0,
  nextPoll: undefined,
  lastPoll: undefined,
  held: 0,
};

/**
 * Makes the status of a poll from what the state knows of it.
 *
 * @param poll The last poll that changed something.
 * @param pollState The history of polls.
 * @returns Its status.
 */
export function storedPoll(
  poll: PollRecord | undefined,
  { suspect }: PollState,
): PollStatus | undefined {
  if (poll === undefined) return undefined;
  const { started, matches } = poll;
  const words = suspect && `by ${suspect}`;
  return { started, durationMs: undefined, matches, ...completenessOf(poll), suspect: words };
}

function completenessOf({ complete, failure }: Completeness): Completeness {
  return complete ? { complete } : { complete, failure };
}

/**
 * Puts the status of the queries together.
 *
 * @param config The configuration.
 * @param history The polls since the start.
 * @param stateOf Reads the state of a query.
 * @param now The present.
 * @returns The status of each query, in the order of the configuration.
 */
export function queryStatuses(
  config: Config,
  history: PollHistory,
  stateOf: (query: string) => QueryState,
  now: Temporal.Instant,
): QueryStatus[] {
  return [...config.queries.values()].map(({ name, peer, model, schedule }) => {
    const kept = history.of(name);
    const { failures, failingSince, totals, lastComplete: complete, lastPoll: reported } = kept;
    const state = stateOf(name);
    const { items, sequence, nextPoll, lastPoll: stored, held, problem: closed } = state;
    const { massRemoval } = state;
    const recentRemoval = massRemoval && massRemovalStatus(massRemoval, now);
    const problem = closed ?? kept.error;
    const lastPoll = reported ?? stored;
    const lastComplete = complete ?? (stored?.complete ? stored.started : undefined);
    return {
      name,
      peer,
      model,
      schedule,
      state: problem === undefined ? stateOfPoll(lastPoll) : "failed",
      problem,
      items,
      sequence,
      lastPoll,
      lastComplete,
      ageMs: lastComplete === undefined
        ? undefined
        : Math.round(now.since(Temporal.Instant.from(lastComplete)).total("milliseconds")),
      nextPoll: nextPoll && timeText(nextPoll),
      failures: failures === 0 && lastPoll?.complete === false ? 1 : failures,
      failingSince: failingSince ??
        (lastPoll?.complete === false ? lastPoll.started : undefined),
      held,
      suspectReason: state.suspectReason,
      ...(recentRemoval && { massRemoval: recentRemoval }),
      polls: totals,
    };
  });
}

/** For so long the status names a removal of many items at once. */
const removalShownMs = 86_400_000;

function massRemovalStatus(
  { time, removed, items, cause, polls, heldMs }: MassRemoval,
  now: Temporal.Instant,
): MassRemovalStatus | undefined {
  const sinceMs = now.since(Temporal.Instant.from(time)).total("milliseconds");
  if (Math.abs(sinceMs) > removalShownMs) return undefined;
  const held = formatDuration(Math.floor(heldMs / 1000) * 1000);
  const why = cause === "approved"
    ? "a person approved it"
    : `${polls} complete polls agreed, for ${held}`;
  const words = `${removed} of ${items} items were removed at once at ${time}: ${why}`;
  return { time, removed, items, cause, words };
}

/**
 * Puts the status of the peers together from that of their queries.
 *
 * @param config The configuration.
 * @param queries The status of the queries.
 * @returns The status of each peer, in the order of the configuration.
 */
export function peerStatuses(config: Config, queries: readonly QueryStatus[]): PeerStatus[] {
  return [...config.peers.values()].map(({ name, host, port, aeTitle }) => {
    const own = queries.filter((query) => query.peer === name);
    const failing = own.find(({ lastPoll }) => lastPoll?.failure !== undefined);
    const since = own.flatMap((query) => query.failingSince ?? []).sort();
    const answers = own.flatMap(({ lastComplete }) => lastComplete ?? []).sort();
    return {
      name,
      address: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      aeTitle,
      state: failing ? "failing" : answers.length > 0 ? "answering" : "unknown",
      lastAnswer: answers.at(-1),
      failingSince: failing && since[0],
      failure: failing?.lastPoll?.failure?.words,
    };
  });
}

/**
 * Finds the items whose removal is held back: complete polls missed them, and the last answer is doubted.
 *
 * @param worklist The items of a query.
 * @returns None if nothing is held back.
 */
export function heldEntries(worklist: Pick<Worklist, "entries" | "pollState">): Entry[] {
  if (worklist.pollState.suspect === undefined) return [];
  return [...worklist.entries()].filter(({ missed }) => missed > 0);
}

function stateOfPoll(poll: PollStatus | undefined): QueryStatus["state"] {
  if (poll === undefined) return "new";
  if (!poll.complete) return "incomplete";
  return poll.suspect === undefined ? "complete" : "suspect";
}
