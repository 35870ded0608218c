/**
 * The report of a poll for log, status and metrics. No patient data.
 *
 * @module
 */
import type { DecodeWarning } from "../../dicom/errors.ts";
import { formatTag } from "../../dicom/tag.ts";
import { isRetriable } from "../../network/errors.ts";
import { eventWriter } from "../../worklist/event.ts";
import type { PollOutcome } from "../../worklist/journal/journal.ts";
import type { ChangeCounts, Reconciliation } from "../../worklist/judge/reconciliation.ts";
import type { Asked } from "./ask_in_parts.ts";
import { notesOf, type PollNote } from "./poll_notes.ts";
import type { PolledQuery } from "./polled_query.ts";

/** One poll and its results. */
export type PollReport = PollOutcome & {
  readonly query: string;
  readonly peer: string;
  /** RFC 3339, UTC. */
  readonly started: string;
  readonly durationMs: number;
  /** Matches received. */
  readonly matches: number;
  readonly counts: ChangeCounts;
  /** Why nothing was removed although the answer was complete. */
  readonly suspect?: string;
  /** Why items stay that were to be verified before they are removed. */
  readonly unverified?: string;
  /** Things in matches that were wrong but could be read. */
  readonly warnings: number;
  /** The first of them as a message. */
  readonly warning?: string;
  /** Paths of keys that the peer ignores, with the number of matches dropped for each. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Other oddities of the answer, each once; for log and status. */
  readonly notes: readonly PollNote[];
  /** True if another attempt soon may help. */
  readonly isRetriable: boolean;
  /** The changes; {@linkcode eventLines} writes them as CloudEvents. They hold patient data. */
  readonly changes: ReportedChanges;
};

/** The changes of a poll, with all that their CloudEvents say. */
export interface ReportedChanges
  extends Pick<Reconciliation, "source" | "poll" | "time" | "events"> {
  /** The sequence of the first event: the one it has, or after a dry run would have. */
  readonly firstSequence: number;
}

/**
 * Writes the changes of a poll as CloudEvents in JSON. They hold patient data.
 *
 * @param changes The changes.
 * @returns One line for each event.
 */
export function eventLines(
  { source, poll, time, events, firstSequence }: ReportedChanges,
): string[] {
  const write = eventWriter(source, poll, time);
  return events.map((event, index) => write(event, firstSequence + index));
}

/**
 * Makes the report of a poll.
 *
 * @param query The query.
 * @param asked The answer and how it ended.
 * @param changes The changes.
 * @param measured Durations and counts.
 * @returns The report.
 */
export function reportOf(
  { config }: PolledQuery,
  asked: Asked,
  changes: Reconciliation,
  measured: {
    readonly durationMs: number;
    readonly warnings: number;
    readonly warning: DecodeWarning | undefined;
    /** The result of flat keys, if the query itself returned nothing. */
    readonly flat?: PollNote | undefined;
    readonly firstSequence: number;
  },
): PollReport {
  const { answer, end } = asked;
  const { id: _, ...polled } = changes.poll;
  return {
    query: config.name,
    peer: config.peer,
    ...polled,
    ...(changes.suspect !== undefined && { suspect: changes.suspect.words }),
    ...(changes.unverified !== undefined && { unverified: changes.unverified }),
    counts: changes.counts,
    rejected: Object.fromEntries(answer.rejected),
    notes: [
      ...notesOf(config.name, asked, changes.hint),
      ...measured.flat === undefined ? [] : [measured.flat],
    ],
    isRetriable: end.ending === "failed" && isRetriable(end.error),
    durationMs: measured.durationMs,
    warnings: measured.warnings,
    ...(measured.warning !== undefined && { warning: wordsOfWarning(measured.warning) }),
    changes: {
      source: changes.source,
      poll: changes.poll,
      time: changes.time,
      events: changes.events,
      firstSequence: measured.firstSequence,
    },
  };
}

function wordsOfWarning({ kind, tag, message }: DecodeWarning): string {
  const where = tag === undefined ? "" : `${formatTag(tag)} `;
  const remedy = kind === "character" ? "; `character_set` of the peer can say which it means" : "";
  return `${where}${message}${remedy}`;
}
