/**
 * Decides what the answer to a poll changes. It is a pure function: the same input gives the same result.
 *
 * Invariants 1 to 3 are kept here, in `departure.ts` and in `doubts.ts`. An incomplete answer adds and
 * changes but never removes. An item absent from a complete answer has left the window or is missing. It is
 * removed only once that is proven.
 *
 * @module
 */
import { finish, type Steps } from "../../base/steps.ts";
import type { Answer } from "./answer.ts";
import { isSeen, takeFresh, takeSeen } from "./arrival.ts";
import { type ClockVerdict, judgeClock } from "./clock_doubt.ts";
import { type DepartureOutcome, judgeDepartures } from "./departure.ts";
import { doubtsOf, isMerged, proofOf, suspectOf } from "./doubts.ts";
import { Draft } from "./draft.ts";
import type { PendingEvent } from "../event.ts";
import { exchangeIn, isExchange } from "./exchange.ts";
import { statusDigits } from "../../network/status.ts";
import type { PollRecord } from "../journal/journal.ts";
import { Migration } from "./migration.ts";
import type { ChangeCounts, ReconcileInput, Reconciliation } from "./reconciliation.ts";
import { findRenewal } from "./renewed.ts";
import { learnedBefore, pollStateAfter } from "./poll_state.ts";
import type { Verification } from "./verification.ts";
import { isReported, volatileAfter, volatileMessage } from "./volatile.ts";
import type { Entry, PollState, Worklist } from "../worklist.ts";

/**
 * Decides what a poll changes.
 *
 * @param input The poll.
 * @returns The changes. Nothing is applied yet.
 */
export function reconcile(input: ReconcileInput): Reconciliation {
  return finish(reconcileInSteps(input));
}

/**
 * Decides what a poll changes, as {@linkcode reconcile} does, one item in a step, because there may be a
 * hundred thousand.
 *
 * @param input The poll. Its worklist must not change between steps.
 * @returns The changes. Nothing is applied yet.
 */
export function* reconcileInSteps(input: ReconcileInput): Steps<Reconciliation> {
  const { worklist, answer, source, time } = input;
  const { question } = answer;
  const poll = recordOf(input);
  const migration = new Migration(worklist, question.configuration);
  const draft = new Draft(worklist, migration, input.subjectOf);
  const clock = judgeClock({
    reading: { wallMs: Date.parse(poll.started), monotonicMs: input.monotonicMs },
    memory: worklist.clock,
    clockState: worklist.pollState.clock,
    lastPollMs: worklist.lastPollMs,
    hasMatches: answer.accepted > 0,
    isEmpty: worklist.size === 0,
  });
  const exchange = yield* exchangeIn(worklist, answer, migration);
  const renewal = worklist.pollState.renewalApproved
    ? undefined
    : yield* findRenewal(worklist, answer, migration, exchange);

  const { complete: isComplete } = poll;
  const { isDoubted: isClockDoubted } = clock;
  const { initial } = input;
  const arrivals = { worklist, answer, migration, initial, isComplete, renewal, isClockDoubted };
  const duplicates = answer.duplicates - overlapOf(input) + (yield* takeFresh(arrivals, draft));
  const unseen = takeSeen(arrivals, draft);
  const returned = returnedOf(worklist, answer, draft);
  const learned = learnedBefore(worklist, migration);
  const elapsedMs = elapsedOf(input, clock);
  const doubts = doubtsOf(input, learned.counts, poll, duplicates, isExchange(exchange), renewal);
  const departures = isComplete
    ? yield* judgeDepartures(
      {
        worklist,
        question,
        migration,
        rules: input.rules,
        brake: learned.brake,
        proof: proofOf(doubts, input.rules),
        isClockDoubted,
        isFirstEmpty: answer.matches === 0 && !worklist.pollState.emptied,
        unseen,
        returned: returned.length,
        elapsedMs,
        turn: answer.number,
        verified: input.verified ?? none,
      },
      draft,
    )
    : undefined;

  const suspect = departures && suspectOf(input, doubts, departures, clock);
  const volatile = volatileAfter(input, poll, draft);
  const outcome = { poll, migration, learned, doubts, departures, suspect, clock, volatile };
  const isReturned = returned.length > 0;
  const pollState = pollStateAfter(input, { ...outcome, isReturned, elapsedMs });
  addPollEvents(input, poll, pollState, suspect, draft);
  return {
    poll,
    time,
    source,
    events: draft.events,
    taken: draft.taken,
    dropped: draft.dropped,
    missed: missedAfter(worklist, returned, departures),
    pollState,
    configuration: { number: migration.number, value: question.configuration },
    observations: {
      encodings: draft.encodings,
      matching: draft.matching,
      rejections: poll.complete ? answer.rejections : undefined,
      clock: clock.memory,
      renewed: new Set(Array.from(renewal?.matches ?? [], ({ baseId }) => baseId)),
    },
    verify: departures?.verify ?? [],
    counts: countsOf(draft, answer, departures, duplicates),
    suspect,
    unverified: departures?.unverified,
    hint: volatile && isReported(volatile) ? volatileMessage(volatile, answer) : undefined,
  };
}

const none: ReadonlyMap<string, Verification> = new Map();

function recordOf(input: ReconcileInput): PollRecord {
  const { answer, end, poll } = input;
  const { undecodable, firstUndecodable } = answer;
  const matches = answer.matches - overlapOf(input);
  const record = { ...poll, matches };
  const status = "status" in end && end.status !== undefined
    ? { status: statusDigits(end.status) }
    : {};
  if (end.ending !== "complete") {
    return { ...record, complete: false, ...status, failure: end.failure };
  }
  if (undecodable === 0) return { ...record, complete: true, ...status };
  const words = `${undecodable} of ${matches} matches: ${firstUndecodable}`;
  return { ...record, complete: false, ...status, failure: { class: "undecodable", words } };
}

/** The number of matches that came twice because the parts of an answer overlap. */
function overlapOf(input: ReconcileInput): number {
  return isMerged(input) ? input.answer.duplicates : 0;
}

/** Finds stored items that were missing and have returned. */
function returnedOf(worklist: Worklist, answer: Answer, draft: Draft): Entry[] {
  return [...worklist.entries()].filter((entry) =>
    entry.missed > 0 && isSeen(entry, answer, draft)
  );
}

/**
 * Counts the misses of items. If the answer has an item that earlier answers lacked, those answers were
 * wrong, so the misses of all other items start again at 0. Example: A and B were each missed once. An answer
 * has A but lacks B: B has 1 miss, not 2.
 */
function missedAfter(
  worklist: Worklist,
  returned: readonly Entry[],
  departures: DepartureOutcome | undefined,
): ReadonlyMap<string, number> {
  const missed = new Map<string, number>();
  if (returned.length > 0) {
    for (const { item, missed: count } of worklist.entries()) if (count > 0) missed.set(item.id, 0);
  }
  for (const [id, count] of departures?.missed ?? []) missed.set(id, count);
  return missed;
}

/**
 * Milliseconds since the last poll. After a restart, the wall clock counts for at most a quarter of
 * `brake_hold`.
 */
function elapsedOf({ worklist, rules }: ReconcileInput, { elapsedMs }: ClockVerdict): number {
  return worklist.clock === undefined ? Math.min(elapsedMs, rules.brakeHoldMs / 4) : elapsedMs;
}

/**
 * Adds events about polls. One is added only if the state changes; in an outage, each class of failure is
 * reported once.
 */
function addPollEvents(
  { worklist, answer }: ReconcileInput,
  poll: PollRecord,
  pollState: PollState,
  suspect: Reconciliation["suspect"],
  draft: Draft,
): void {
  const before = worklist.pollState;
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
  if (suspect && before.suspect !== pollState.suspect) {
    draft.events.push({ kind: "suspect", ...suspect });
  }
  const { volatile } = pollState;
  const wasReported = before.volatile?.path === volatile?.path && isReported(before.volatile);
  if (volatile && isReported(volatile) && !wasReported) {
    draft.events.push({
      kind: "suspect",
      reason: "identity",
      words: volatileMessage(volatile, answer),
    });
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
