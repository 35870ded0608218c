/**
 * Decides what the answer to a poll changes. Pure: given the same, it decides the same.
 *
 * Invariants 1 to 3 stand here and in `departure.ts`: an incomplete answer adds and changes but never
 * removes; what a complete one no longer has has left its window, or is missing until that is proven.
 *
 * @module
 */
import { finish, type Steps } from "../../base/steps.ts";
import type { Answer } from "./answer.ts";
import { isSeen, takeFresh, takeSeen } from "./arrival.ts";
import type { QueryConfiguration } from "../configuration.ts";
import { type DepartureOutcome, judgeDepartures, type Verification } from "./departure.ts";
import { Draft, type TakenItem } from "./draft.ts";
import type { EventSource, SuspectReason } from "../event.ts";
import type { PendingEvent } from "../event.ts";
import type { Item, PollFailure, PollRecord } from "../journal/journal.ts";
import { Migration } from "./migration.ts";
import type { RemovalRules } from "./removal.ts";
import { isSuspectCount, mayBeCut, rememberCount } from "./suspect.ts";
import type { Lesson, Standing, Worklist } from "../worklist.ts";

/** How a poll ended; the type makes the caller say whether the answer is whole. */
export type PollEnd =
  | {
    readonly complete: true;
    /** The final status as four hex digits. */
    readonly status: string;
    /** Of how many parts the answer is put together, each known to be whole. @default {1} */
    readonly parts?: number;
    /** The count at which the peer cut the answer to the whole question, where that is why there are parts. */
    readonly cutAt?: number;
  }
  | { readonly complete: false; readonly status?: string; readonly failure: PollFailure };

/** A poll and what is to be known to judge it. */
export interface ReconcileInput {
  readonly worklist: Worklist;
  readonly answer: Answer;
  readonly end: PollEnd;
  readonly poll: { readonly id: string; readonly started: string };
  /** When the changes are committed: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly source: EventSource;
  readonly rules: RemovalRules;
  /** The most matches that are taken of one answer. @default {Infinity} */
  readonly limit?: number;
  /** Whether the items of the first complete poll are told. */
  readonly initial: "emit" | "silent";
  /** The keyed hash of an identity: `QueryStore.subjectOf`. */
  readonly subjectOf: (id: string) => string;
  /** By the id of the item: what was found for those of an earlier call's `verify`. */
  readonly verified?: ReadonlyMap<string, Verification>;
}

/** What one poll changes; `QueryStore.commit` makes it so. */
export interface Reconciliation {
  readonly poll: PollRecord;
  readonly time: string;
  readonly source: EventSource;
  /** In the order in which they are committed. */
  readonly events: readonly PendingEvent[];
  /** Items taken over without an event. */
  readonly taken: readonly TakenItem[];
  /** Items dropped without an event. */
  readonly dropped: readonly Item[];
  /** Id to the number of complete polls in a row that missed the item, where that changed. */
  readonly missed: ReadonlyMap<string, number>;
  readonly standing: Standing;
  readonly configuration: { readonly number: number; readonly value: QueryConfiguration };
  readonly lesson: Lesson;
  /** Items whose removal waits for a targeted C-FIND: ask, and reconcile again with the answers. */
  readonly verify: readonly Item[];
  readonly counts: ChangeCounts;
  /** Why nothing was removed although the answer was complete; undefined if it is believed. */
  readonly suspect: { readonly reason: SuspectReason; readonly words: string } | undefined;
  /** Why items stay that were to be verified before they are removed, in words. */
  readonly unverified: string | undefined;
}

/** How much a poll changed, and what was odd about it. */
export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly leftWindow: number;
  /** Items taken over without an event. */
  readonly taken: number;
  /** Items that are missing and stay. */
  readonly missing: number;
  /** Matches that say nothing that another match of this answer does not. */
  readonly duplicates: number;
  /** Subjects of identities that got a second item. */
  readonly collisions: readonly string[];
  /** Matches dropped because they do not match the keys. */
  readonly rejected: number;
  readonly undecodable: number;
}

/**
 * Decides what a poll changes.
 *
 * @param input The poll.
 * @returns The changes; nothing is changed yet.
 */
export function reconcile(input: ReconcileInput): Reconciliation {
  return finish(reconcileInSteps(input));
}

/**
 * Decides what a poll changes, as {@linkcode reconcile} does, one item in a step: there may be a hundred thousand.
 *
 * @param input The poll; between steps its worklist must not change.
 * @returns The changes; nothing is changed yet.
 */
export function* reconcileInSteps(input: ReconcileInput): Steps<Reconciliation> {
  const { worklist, answer, source, time } = input;
  const { question } = answer;
  const poll = recordOf(input);
  const migration = new Migration(worklist, question.configuration);
  const draft = new Draft(worklist, migration, input.subjectOf);
  const limitWords = poll.complete && isCutAt(input, migration, isSuspectCount)
    ? limitWordsOf(answer)
    : undefined;

  const { complete: isComplete } = poll;
  const arrivals = { worklist, answer, migration, initial: input.initial, isComplete };
  const duplicates = answer.duplicates - overlapOf(input) + (yield* takeFresh(arrivals, draft));
  const unseen = takeSeen(arrivals, draft);
  const learned = learnedBefore(worklist, migration);
  const departures = isComplete
    ? yield* judgeDepartures(
      {
        worklist,
        question,
        migration,
        rules: input.rules,
        brake: learned.brake,
        mayBeCut: isCutAt(input, migration, mayBeCut),
        unseen,
        turn: answer.number,
        verified: input.verified ?? none,
      },
      draft,
    )
    : undefined;

  const suspect = suspectOf(limitWords, departures);
  const standing = standingAfter(input, poll, migration, departures, suspect);
  addPollEvents(input, poll, standing, suspect, draft);
  const missed = new Map(departures?.missed);
  for (const entry of worklist.entries()) {
    if (entry.missed > 0 && isSeen(entry, answer, draft)) missed.set(entry.item.id, 0);
  }
  return {
    poll,
    time,
    source,
    events: draft.events,
    taken: draft.taken,
    dropped: draft.dropped,
    missed,
    standing,
    configuration: { number: migration.number, value: question.configuration },
    lesson: {
      encodings: draft.encodings,
      matching: draft.matching,
      rejections: poll.complete ? answer.rejections : undefined,
    },
    verify: departures?.verify ?? [],
    counts: countsOf(draft, answer, departures, duplicates),
    suspect,
    unverified: departures?.unverified,
  };
}

const none: ReadonlyMap<string, Verification> = new Map();

function recordOf(input: ReconcileInput): PollRecord {
  const { answer, end, poll } = input;
  const { undecodable, firstUndecodable } = answer;
  const matches = answer.matches - overlapOf(input);
  const status = end.status === undefined ? {} : { status: end.status };
  const record = { ...poll, matches };
  if (!end.complete) return { ...record, complete: false, ...status, failure: end.failure };
  if (undecodable === 0) return { ...record, complete: true, ...status };
  const words = `${undecodable} of ${matches} matches: ${firstUndecodable}`;
  return { ...record, complete: false, ...status, failure: { class: "undecodable", words } };
}

/** Parts that were each judged whole make a whole that no limit cut. */
function isMerged({ end }: ReconcileInput): boolean {
  return end.complete && (end.parts ?? 1) > 1;
}

/** How many matches came again because parts have a border in common, or were asked for in smaller ones. */
function overlapOf(input: ReconcileInput): number {
  return isMerged(input) ? input.answer.duplicates : 0;
}

/** Asks a rule of `suspect.ts` about the count of an answer that was not put together from parts. */
function isCutAt(
  input: ReconcileInput,
  migration: Migration,
  rule: typeof mayBeCut,
): boolean {
  const { worklist, answer, limit } = input;
  return !isMerged(input) && rule(answer.matches, learnedBefore(worklist, migration).counts, limit);
}

function limitWordsOf({ matches }: Answer): string {
  return `the peer returned ${matches} matches again: it may cut its answers there, ` +
    "so nothing is removed until it returns another number or this one is approved";
}

/** What earlier answers taught, unless they were another peer's: what that one cut or lost says nothing here. */
function learnedBefore(
  { standing: { brake, counts } }: Worklist,
  { isOtherPeer, isOtherModel }: Migration,
): Pick<Standing, "brake" | "counts"> {
  if (isOtherPeer || isOtherModel) return { counts: { limits: [] } };
  return { ...(brake && { brake }), counts };
}

function suspectOf(
  limitWords: string | undefined,
  departures: DepartureOutcome | undefined,
): Reconciliation["suspect"] {
  if (limitWords !== undefined) return { reason: "limit", words: limitWords };
  if (departures?.held !== undefined) return { reason: "brake", words: departures.held };
  return undefined;
}

function standingAfter(
  input: ReconcileInput,
  poll: PollRecord,
  migration: Migration,
  departures: DepartureOutcome | undefined,
  suspect: Reconciliation["suspect"],
): Standing {
  const { brake: _, ...before } = input.worklist.standing;
  const learned = learnedBefore(input.worklist, migration);
  if (poll.failure) {
    const begun = before.begun && !migration.isOtherModel;
    const failing = [...new Set([...before.failing ?? [], poll.failure.class])];
    return { ...before, begun, ...learned, failing };
  }
  const brake = departures?.brake;
  return {
    begun: true,
    ...(suspect ? { suspect: suspect.reason } : {}),
    ...(brake ? { brake } : {}),
    counts: countsAfter(input, learned.counts),
  };
}

/** Of an answer in parts, the count at which the whole one was cut is what is remembered. */
function countsAfter(input: ReconcileInput, before: Standing["counts"]): Standing["counts"] {
  const { answer, end, limit } = input;
  const count = end.complete && isMerged(input) ? end.cutAt : answer.matches;
  return count === undefined ? before : rememberCount(count, before, limit);
}

/** Tells of polls only when something became otherwise; of an outage, each way to fail once. */
function addPollEvents(
  { worklist }: ReconcileInput,
  poll: PollRecord,
  standing: Standing,
  suspect: Reconciliation["suspect"],
  draft: Draft,
): void {
  const before = worklist.standing;
  const failed = before.failing ?? [];
  if (poll.failure && !failed.includes(poll.failure.class)) {
    const { class: reason, words } = poll.failure;
    draft.events.push({ kind: "failed", reason, words });
  }
  const reason = failed.at(-1);
  if (poll.complete && reason !== undefined) {
    const words = `the answer is complete again: ${poll.matches} matches`;
    draft.events.push({ kind: "recovered", reason, words });
  }
  if (suspect && before.suspect !== standing.suspect) {
    draft.events.push({ kind: "suspect", ...suspect });
  }
}

function countsOf(
  { events, taken, collisions }: Draft,
  { rejected, undecodable }: Answer,
  departures: DepartureOutcome | undefined,
  duplicates: number,
): ChangeCounts {
  const of = (kind: PendingEvent["kind"]): number =>
    events.filter((one) => one.kind === kind).length;
  return {
    added: of("added"),
    changed: of("changed"),
    removed: of("removed"),
    leftWindow: of("left_window"),
    taken: taken.length,
    missing: departures?.missing ?? 0,
    duplicates,
    collisions: [...collisions],
    rejected: [...rejected.values()].reduce((sum, count) => sum + count, 0),
    undecodable,
  };
}
