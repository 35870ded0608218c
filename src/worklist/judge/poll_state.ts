/**
 * Computes the poll state of a query: what is kept over restarts, besides the items.
 *
 * @module
 */
import type { ClockVerdict } from "./clock_doubt.ts";
import type { DepartureOutcome } from "./departure.ts";
import { type Doubts, isMerged } from "./doubts.ts";
import type { PollRecord } from "../journal/journal.ts";
import type { Migration } from "./migration.ts";
import type { ReconcileInput, Reconciliation } from "./reconciliation.ts";
import { type Brake, heldLonger, restartAgreement } from "./removal.ts";
import { type CountMemory, rememberCount, rememberRepeats } from "./suspect.ts";
import type { MassRemoval, PollState, Volatile, Worklist } from "../worklist.ts";

/** The result of a poll. */
export interface PollOutcome {
  readonly poll: PollRecord;
  readonly migration: Migration;
  readonly learned: Learned;
  readonly doubts: Doubts;
  readonly departures: DepartureOutcome | undefined;
  readonly suspect: Reconciliation["suspect"];
  readonly clock: ClockVerdict;
  readonly volatile: Volatile | undefined;
  /** True if items returned that earlier answers lacked. */
  readonly isReturned: boolean;
  /** Milliseconds since the last poll. */
  readonly elapsedMs: number;
}

/** The brake and the counts after the peer's earlier answers. */
export type Learned = Pick<PollState, "brake" | "counts">;

/**
 * Reads the brake and the counts of the peer's earlier answers. After a change of the peer they are empty,
 * because they say nothing about another peer.
 *
 * @param worklist The stored items.
 * @param migration The relation of the items to the configuration in force.
 */
export function learnedBefore(
  { pollState: { brake, counts } }: Worklist,
  { isOtherPeer, isOtherModel }: Migration,
): Learned {
  if (isOtherPeer || isOtherModel) return { counts: { limits: [] } };
  return { ...(brake && { brake: { ...unmeasured, ...brake } }), counts };
}

/**
 * The defaults for a brake of an earlier version, which recorded neither the size of the loss nor the time
 * for which it was held.
 */
const unmeasured: Brake = { polls: 0, loss: 0, heldMs: 0 };

/**
 * The time within which removals count as one. A mass removal may take several polls while each item is
 * verified.
 */
const sameRemovalMs = 3_600_000;

/**
 * Computes the poll state after a poll.
 *
 * @param input The poll.
 * @param outcome The result of the poll.
 */
export function pollStateAfter(input: ReconcileInput, outcome: PollOutcome): PollState {
  const { poll, migration, learned, departures, suspect, clock, volatile } = outcome;
  const { pollState: before } = input.worklist;
  const massRemoval = massRemovalAfter(input, departures);
  const kept = {
    clock: clock.clockState,
    ...(volatile && { volatile }),
    ...(massRemoval && { massRemoval }),
  };
  if (poll.failure) {
    const { brake: _, ...rest } = before;
    const begun = before.begun && !migration.isOtherModel;
    const failing = [...new Set([...before.failing ?? [], poll.failure.class])];
    const brake = brakeAfterFailure(input, outcome);
    const counts = countsAfterFailure(input, learned);
    return { ...rest, begun, ...(brake && { brake }), counts, failing, ...kept };
  }
  const brake = departures?.brake;
  const believed = suspect ? before.believed : poll.started;
  return {
    begun: true,
    ...(believed === undefined ? {} : { believed }),
    ...(suspect ? { suspect: suspect.reason } : {}),
    ...(suspect && departures ? { held: departures.missing + departures.heldByClock } : {}),
    ...(brake ? { brake } : {}),
    counts: countsAfter(input, outcome),
    ...(departures?.isEmptied && { emptied: true as const }),
    ...kept,
  };
}

function brakeAfterFailure(
  { rules }: ReconcileInput,
  { learned: { brake }, isReturned, elapsedMs }: PollOutcome,
): Brake | undefined {
  if (brake === undefined) return undefined;
  if (isReturned && !brake.approved) return restartAgreement(brake);
  return heldLonger(brake, elapsedMs, rules);
}

/**
 * Updates the counts after a poll that failed. If asking in parts failed, the cut of the whole answer is
 * remembered nevertheless.
 */
function countsAfterFailure(
  { answer, end, limit: ownLimit = Infinity }: ReconcileInput,
  { counts }: Learned,
): CountMemory {
  const { cutAt } = end;
  if (cutAt === undefined) return counts;
  const isProven = answer.matches - answer.duplicates > cutAt;
  return { ...counts, ...rememberCount(cutAt, counts, { ownLimit, isOdd: true, isProven }) };
}

function countsAfter(
  input: ReconcileInput,
  { poll, learned, doubts, departures }: PollOutcome,
): CountMemory {
  const { worklist, answer, end, limit: ownLimit = Infinity } = input;
  const { counts: before } = learned;
  if (isMerged(input)) {
    const { cutAt } = end;
    if (cutAt === undefined) return before;
    // The count at which the whole answer was cut is remembered, not the count of the parts.
    const counts = rememberCount(cutAt, before, { ownLimit, isProven: poll.matches > cutAt });
    return { ...counts, ...(before.repeats && { repeats: before.repeats }) };
  }
  const { repeated, distinct, areMore } = doubts.repeats;
  const areDoubted = areMore && (departures?.missing ?? 0) > 0;
  // If matches repeat, another match may have replaced the item that was found. Then no limit is proven.
  const isProven = doubts.isOdd && !areMore && (departures?.found ?? 0) > 0;
  const counts = rememberCount(answer.matches, before, { ownLimit, isOdd: doubts.isOdd, isProven });
  const repeats = { repeated, distinct };
  if (!areDoubted) {
    return { ...counts, ...rememberRepeats(repeats, before, !worklist.pollState.begun) };
  }
  return { ...counts, ...(before.repeats && { repeats: before.repeats }), doubtedRepeats: repeats };
}

function massRemovalAfter(
  { worklist, time }: ReconcileInput,
  departures: DepartureOutcome | undefined,
): MassRemoval | undefined {
  const { massRemoval: before } = worklist.pollState;
  if (departures?.release === undefined) return before;
  const { removed, items, brake: { approved, polls, heldMs } } = departures.release;
  const cause = approved ? "approved" : "confirmed";
  const removal = { time, removed, items, cause, polls, heldMs } as const;
  if (before === undefined || before.cause !== cause) return removal;
  const sinceMs = Date.parse(time) - Date.parse(before.time);
  if (Math.abs(sinceMs) > sameRemovalMs) return removal;
  return { ...removal, removed: before.removed + removed, items: Math.max(before.items, items) };
}
