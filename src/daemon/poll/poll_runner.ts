// Touches the world: through the polls that it starts.
/**
 * Polls queries that are due together, one behind the other, each with its own deadline and its own fate.
 *
 * @module
 */
import { inTurns } from "../../base/turns.ts";
import { blackoutEnd } from "../schedule/schedule.ts";
import { AssociationHolder } from "./association_holder.ts";
import type { Clock } from "../../base/system_clock.ts";
import type { PeerConfig } from "../config.ts";
import { startDeadline } from "../../base/deadline.ts";
import { PollTimeoutError } from "../failure.ts";
import { poll, type PollOptions } from "./poll.ts";
import type { PollReport } from "./poll_report.ts";
import type { PolledQuery } from "./polled_query.ts";
import { peerOf } from "./question.ts";

/** What polls work with. */
export interface PollRunnerOptions {
  readonly clock: Clock;
  /** Makes a name for a poll that no other poll has. */
  readonly newId: () => string;
  /** Is told how each poll went. */
  onReport(report: PollReport): void;
  /** Is told of a poll that came to nothing by no fault of its peer: a full disk, or one of ours. */
  onError(query: string, error: unknown): void;
  /** Polls a query when no other poll of it is under way. */
  inTurn<T>(query: string, work: () => Promise<T>): Promise<T>;
  /** Ends the poll under way without committing it, and begins no other. */
  readonly stop: AbortSignal;
  /** Names of queries that somebody asked for: their blackouts do not count. @default none */
  readonly commanded?: ReadonlySet<string>;
}

/**
 * Polls some queries of one peer.
 *
 * @param queries The queries; they share an association where the peer is configured so.
 * @param peer Their peer.
 * @param options What polls work with.
 * @param isDryRun Whether to commit nothing.
 * @returns The reports of those that came to an end, by the names of the queries.
 */
export async function runPolls(
  queries: readonly PolledQuery[],
  peer: PeerConfig,
  options: PollRunnerOptions,
  isDryRun = false,
): Promise<Map<string, PollReport>> {
  const { stop } = options;
  const reports = new Map<string, PollReport>();
  const modelNames = queries.map(({ config }) => config.model);
  const isShared = peer.findsPerAssociation > 1 && queries.length > 1;
  await using asker = new AssociationHolder(peerOf(peer), modelNames, isShared, stop);
  for (const query of queries) {
    if (stop.aborted) break;
    const { name } = query.config;
    try {
      const report = await options.inTurn(
        name,
        () =>
          isBlackedOut(query, options)
            ? Promise.resolve(undefined)
            : pollInTime(query, peer.totalMs, options, { asker, isDryRun }),
      );
      if (report === undefined) continue;
      reports.set(name, report);
      if (!isDryRun) options.onReport(report);
    } catch (error) {
      if (!stop.aborted) options.onError(name, error);
    }
  }
  return reports;
}

/** Decided when the poll begins, whether it was due then, late, early or waiting in line. */
function isBlackedOut({ config }: PolledQuery, { clock, commanded }: PollRunnerOptions): boolean {
  if (commanded?.has(config.name)) return false;
  return blackoutEnd(config.blackouts, clock.now(), config.timeZone) !== undefined;
}

async function pollInTime(
  query: PolledQuery,
  limitMs: number,
  { clock, newId, stop }: PollRunnerOptions,
  options: Pick<PollOptions, "asker" | "isDryRun">,
): Promise<PollReport> {
  using deadline = startDeadline(clock, limitMs, () => new PollTimeoutError(limitMs), stop);
  const { signal } = deadline;
  return await poll(query, { clock, id: newId(), signal, runSteps: inTurns, ...options });
}
