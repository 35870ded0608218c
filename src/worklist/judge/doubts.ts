/**
 * Decides how much a complete answer proves about the items that it lacks.
 *
 * @module
 */
import { formatDuration } from "../../base/duration.ts";
import type { ClockVerdict } from "./clock_doubt.ts";
import type { DepartureOutcome } from "./departure.ts";
import type { PollRecord } from "../journal/journal.ts";
import type { ReconcileInput, Reconciliation } from "./reconciliation.ts";
import type { RemovalRules } from "./removal.ts";
import { cureOf, type Renewal } from "./renewed.ts";
import {
  type CountMemory,
  isOddCut,
  isSuspectCount,
  mayBeCut,
  type Repeats,
  repeatsMore,
} from "./suspect.ts";
import type { Proof } from "./verification.ts";

/** The oddities of a complete answer. */
export interface Doubts {
  /** True if a limit may have cut the answer. */
  readonly isCut: boolean;
  /** True if the cut is reported: the same count came again, or the peer is known to cut there. */
  readonly isCutAgain: boolean;
  /** True if its count does not fall although items go. */
  readonly isOdd: boolean;
  /** Its repetitions. `areMore` is true if they are more than those of the last believed answer. */
  readonly repeats: Repeats & { readonly areMore: boolean };
  /** Matches that are stored items under an identity that the peer made new. */
  readonly renewal: Renewal | undefined;
}

/**
 * Finds the oddities of an answer.
 *
 * @param input The poll.
 * @param counts The observations of earlier counts.
 * @param poll The record of the poll.
 * @param repeated The number of matches whose content another match has.
 * @param exchanges True if items came while others went.
 * @param renewal Matches under an identity that the peer made new.
 */
export function doubtsOf(
  input: ReconcileInput,
  counts: CountMemory,
  poll: PollRecord,
  repeated: number,
  exchanges: boolean,
  renewal: Renewal | undefined,
): Doubts {
  const { answer, limit } = input;
  const repeats = { repeated, distinct: poll.matches - repeated };
  const areMore = repeatsMore(repeats, counts);
  // An answer in parts, each of them whole, was not cut by a limit.
  const isWhole = !poll.complete || isMerged(input);
  return {
    isCut: !isWhole && mayBeCut(answer.matches, counts, limit),
    isCutAgain: !isWhole && isSuspectCount(answer.matches, counts, limit),
    isOdd: !isWhole && isOddCut(answer.matches, counts, exchanges),
    repeats: { ...repeats, areMore },
    renewal,
  };
}

/**
 * True if an answer was put together from parts.
 *
 * @param input The poll.
 */
export function isMerged({ end }: Pick<ReconcileInput, "end">): boolean {
  return end.ending === "complete" && (end.parts ?? 1) > 1;
}

/**
 * Weighs the oddities of an answer.
 *
 * An answer that may be cut, or whose identities are made new, proves nothing. If matches repeat more than
 * before, each missing item is asked for (`removal.verify`), or nothing is proven. If only the count is odd,
 * each missing item is asked for.
 *
 * @param doubts The doubts.
 * @param rules The rules of the query.
 * @returns The proof that the answer gives about the items that it lacks.
 */
export function proofOf({ isCut, isOdd, repeats, renewal }: Doubts, rules: RemovalRules): Proof {
  if (isCut || renewal !== undefined) return "nothing";
  if (repeats.areMore) return rules.verify ? "single" : "nothing";
  return isOdd ? "single" : "whole";
}

/**
 * Returns the reason for which something is held back.
 *
 * @param input The poll.
 * @param doubts The doubts.
 * @param departures The decisions about the items that the answer lacks.
 * @param clock The verdict about the clock.
 * @returns The reason and its message; undefined if nothing is held back.
 */
export function suspectOf(
  input: ReconcileInput,
  doubts: Doubts,
  departures: DepartureOutcome,
  clock: ClockVerdict,
): Reconciliation["suspect"] {
  const { isCut, isCutAgain, isOdd, repeats, renewal } = doubts;
  const { answer } = input;
  if (departures.heldByClock > 0) {
    return { reason: "clock", words: clockMessage(input, departures.heldByClock, clock) };
  }
  if (isCutAgain) return { reason: "limit", words: limitMessage(answer.matches) };
  if (isOdd && !isCut && (departures.found > 0 || departures.unverified !== undefined)) {
    return { reason: "limit", words: oddMessage(answer.matches) };
  }
  if (renewal) {
    const words =
      `${renewal.matches.size} of ${answer.matches} matches are known items with another ` +
      `${
        renewal.paths.join(", ")
      }, which the peer seems to generate for each answer: they are not ` +
      "added, and nothing is removed. If that goes on, put two lines into the query: " +
      `${cureOf(renewal, answer)}. If they are really new, approve them`;
    return { reason: "identity", words };
  }
  if (repeats.areMore && departures.missing > 0) {
    return { reason: "duplicates", words: repeatMessage(repeats, departures.missing, input.rules) };
  }
  if (departures.held !== undefined) return { reason: "brake", words: departures.held };
  return undefined;
}

function limitMessage(matches: number): string {
  return `the peer returned ${matches} matches again: it may cut its answers there, ` +
    "so nothing is removed until it returns another number or this one is approved";
}

function oddMessage(matches: number): string {
  return `the peer returned ${matches} matches again although items came and others went: it may cut its answers ` +
    "there, so nothing is removed that a question for the single item does not prove, until the peer returns " +
    "another number or this one is approved";
}

function repeatMessage({ repeated }: Repeats, missing: number, rules: RemovalRules): string {
  const cure = rules.verify
    ? "only what a question for the single item proves is removed"
    : "nothing is removed until matches repeat less or this is approved; removal.verify asks for the single items";
  return `${repeated} matches are repetitions and ${missing} items are missing: the peer may have sent ` +
    `one in the place of another, so ${cure}`;
}

function clockMessage(
  { poll }: ReconcileInput,
  held: number,
  { clockState }: ClockVerdict,
): string {
  const believed = clockState.believed ?? "";
  const aheadMs = Date.parse(poll.started) - Date.parse(believed);
  const distance = formatDuration(Math.floor(Math.abs(aheadMs) / 60_000) * 60_000);
  return `the clock of this machine says ${poll.started}, ${distance} ${
    aheadMs < 0 ? "before" : "after"
  } the last time that was believed (${believed}): ${held} items stay on the list. ` +
    "Set the clock, or approve it if it is right";
}
