/**
 * Decides about items that a complete answer lacks: they have left the window, are missing, or are removed.
 *
 * @module
 */
import type { Steps } from "../../base/steps.ts";
import { formatDuration } from "../../base/duration.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import type { Draft } from "./draft.ts";
import type { Evidence } from "../event.ts";
import type { Item } from "../journal/journal.ts";
import { isOfTime } from "./key_kind.ts";
import {
  type Brake,
  judgeLoss,
  type Loss,
  type RemovalRules,
  restartAgreement,
  type Verdict,
} from "./removal.ts";
import { type FateInput, fateOf, findAgain } from "./verification.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** The input of {@linkcode judgeDepartures}. */
export interface DepartureInput extends FateInput {
  readonly worklist: Worklist;
  /** The brake after the peer's last complete answer; undefined if no loss was held. */
  readonly brake: Brake | undefined;
  /** True if the answer is the first in a row without a match. Then nothing leaves the window yet. */
  readonly isFirstEmpty: boolean;
  /** The items that the answer lacks. */
  readonly unseen: readonly Entry[];
  /** The number of items that the answer has and that earlier answers lacked. */
  readonly returned: number;
  /** Milliseconds since the last poll. */
  readonly elapsedMs: number;
  /** The answer's number. It rotates which missing items are verified when there are more than `verifyLimit`. */
  readonly turn: number;
}

/** The decisions besides the events. */
export interface DepartureOutcome {
  /** The number of complete polls in a row that missed an item, by its id. Only changed numbers are listed. */
  readonly missed: ReadonlyMap<string, number>;
  /** Items whose removal waits for a targeted C-FIND. */
  readonly verify: readonly Item[];
  /** The number of items that are missing and stay. */
  readonly missing: number;
  /** The number of items that do not leave the window because the clock is doubted. */
  readonly heldByClock: number;
  /** True if items wait for a second answer without a match before they leave the window. */
  readonly isEmptied: boolean;
  /** The brake from now on; undefined if no loss is held. */
  readonly brake: Brake | undefined;
  /** The removal of a loss that the brake held; undefined if there was none. */
  readonly release:
    | { readonly removed: number; readonly items: number; readonly brake: Brake }
    | undefined;
  /** The number of missing items that a targeted C-FIND found although the answer should have had them. */
  readonly found: number;
  /** The message that says why a loss is held. */
  readonly held: string | undefined;
  /** The message that says why unverified items stay. */
  readonly unverified: string | undefined;
}

/** The most targeted C-FINDs after one poll; the others wait for the next. */
const verifyLimit = 100;

/**
 * Decides which items have left their window, which are missing, and which are removed.
 *
 * Example with the default rules (`confirm_polls` 2, brake 50 %): of 20 items an answer lacks 3. One has
 * yesterday's date and leaves the window at once. The other two are missing. If the next complete answer
 * lacks them as well, they are removed. If the answer lacked 11 of the 20 that match the keys, the brake
 * would hold all 11.
 *
 * @param input The poll.
 * @param draft Receives the events.
 */
export function* judgeDepartures(input: DepartureInput, draft: Draft): Steps<DepartureOutcome> {
  const { worklist, rules, proof, returned } = input;
  const { missing, left, waiting } = yield* departuresOf(input, draft);
  const gone = input.unseen.length - missing.length;
  const expected = worklist.size - draft.dropped.length - gone;
  const loss = {
    expected,
    missing: missing.length,
    newlyMissing: missing.filter(({ missed }) => missed === 0).length,
    returned,
    left: left.filter(({ missed }) => missed > 0).length,
    elapsedMs: input.elapsedMs,
  };
  const verdict = judgeLoss(rules, loss, input.brake);
  const outcome = {
    heldByClock: waiting.clock,
    isEmptied: waiting.empty > 0,
    verify: [],
    missing: missing.length,
    release: undefined,
    found: 0,
    unverified: undefined,
  };
  if (proof === "nothing") {
    const brake = missing.length === 0 ? undefined : brakeInDoubt(verdict.brake, input);
    const held = brake && heldMessage(loss, brake, rules);
    return { ...outcome, missed: new Map(), brake, held };
  }
  if (isRefuted(missing, verdict, input, draft)) {
    const missed = new Map(missing.map(({ item }) => [item.id, 0]));
    const brake = verdict.brake && restartAgreement(verdict.brake);
    return { ...outcome, missed, brake, held: brake && heldMessage(loss, brake, rules) };
  }
  return { ...outcome, ...yield* removeMissing(missing, loss, verdict, input, draft) };
}

/** Sorts the items that the answer lacks. Those that left their window are added to the draft. */
function* departuresOf(
  input: DepartureInput,
  draft: Draft,
): Steps<{ missing: Entry[]; left: Entry[]; waiting: { clock: number; empty: number } }> {
  const missing: Entry[] = [];
  const left: Entry[] = [];
  const waiting = { clock: 0, empty: 0 };
  for (const entry of input.unseen) {
    yield;
    const evidence = windowEvidence(entry, input, draft);
    if (evidence === undefined) missing.push(entry);
    else if (input.isClockDoubted && isOfTime(evidence.unmatched)) waiting.clock++;
    else if (input.isFirstEmpty) waiting.empty++;
    else {
      draft.leave(entry.item, "left_window", evidence);
      left.push(entry);
    }
  }
  return { missing, left, waiting };
}

/**
 * Computes the brake after an answer that proves nothing. Such an answer neither confirms a loss nor ends
 * one, but a loss in it may start the brake.
 */
function brakeInDoubt(
  brake: Brake | undefined,
  { brake: before, returned }: DepartureInput,
): Brake | undefined {
  if (before === undefined) return brake && { ...brake, polls: 0 };
  return returned > 0 && !before.approved ? restartAgreement(before) : before;
}

/** True if targeted C-FINDs found lost items that match the keys. Then the answers that lost them were wrong. */
function isRefuted(
  missing: readonly Entry[],
  { brake, isHeld }: Verdict,
  input: DepartureInput,
  draft: Draft,
): boolean {
  if (brake === undefined || brake.approved || isHeld || input.verified.size === 0) return false;
  return missing.some((entry) => {
    const verification = input.verified.get(entry.item.id);
    if (!verification?.answered) return false;
    const found = findAgain(entry, verification.matches, input, draft);
    return found !== "undecodable" && found.pair?.match.unmatched === undefined &&
      found.pair !== undefined;
  });
}

/** Counts the misses of missing items, and removes the items that enough polls have missed. */
function* removeMissing(
  missing: readonly Entry[],
  loss: Loss,
  verdict: Verdict,
  input: DepartureInput,
  draft: Draft,
): Steps<Omit<DepartureOutcome, "heldByClock" | "isEmptied">> {
  const { rules } = input;
  const missed = new Map<string, number>();
  const unverified: Item[] = [];
  const mostPolls = Math.max(2, rules.confirmPolls, rules.brakePolls);
  const restartsMisses = verdict.restartsMisses || input.returned > 0;
  const kept: string[] = [];
  let gone = 0;
  let removed = 0;
  let found = 0;
  for (const entry of missing) {
    yield;
    const count = restartsMisses ? 1 : entry.missed + 1;
    // While a loss is held, one targeted C-FIND may still show that an item is elsewhere now.
    const isAsked = verdict.isHeld && rules.verify && count === rules.confirmPolls;
    if (isAsked || (!verdict.isHeld && count >= verdict.requiredPolls)) {
      const before = draft.events.length;
      const fate = fateOf(entry, evidenceOf(count, verdict), { ...input, mayGo: !isAsked }, draft);
      if (fate === "verify") unverified.push(entry.item);
      if (typeof fate === "object") kept.push(fate.kept);
      if (fate === "gone") {
        gone++;
        removed += draft.events.slice(before).filter(({ kind }) => kind === "removed").length;
        continue;
      }
      if (fate === "found") {
        found++;
        missed.set(entry.item.id, 0);
        continue;
      }
    }
    const polls = Math.min(count, mostPolls);
    if (polls !== entry.missed || restartsMisses) missed.set(entry.item.id, polls);
  }
  // The loss that the brake held has gone. The next great loss is a new one.
  const isOver = gone > 0 && kept.length === 0 && unverified.length === 0;
  const { brake } = verdict;
  return {
    missed,
    verify: inTurn(unverified, input.turn),
    missing: missing.length - gone,
    brake: isOver || brake === undefined ? undefined : { ...brake, loss: brake.loss - gone },
    release: brake && removed > 0 ? { removed, items: loss.expected, brake } : undefined,
    found,
    held: verdict.isHeld && brake ? heldMessage(loss, brake, rules) : undefined,
    unverified: unverifiedMessage(kept),
  };
}

/** Rotates the items, so that each is asked for in turn even if some of them get no answer. */
function inTurn(items: readonly Item[], turn: number): readonly Item[] {
  const { length } = items;
  if (length === 0) return items;
  const start = turn * (length > verifyLimit ? verifyLimit : 1) % length;
  return [...items.slice(start), ...items.slice(0, start)].slice(0, verifyLimit);
}

/** The evidence that a key explains why an item is absent; undefined if no key does. */
function windowEvidence(
  entry: Entry,
  { worklist, migration, question }: DepartureInput,
  draft: Draft,
): Evidence & { readonly unmatched: string } | undefined {
  if (entry.matchesIn === worklist.resolutionOf(question.resolved)) return undefined;
  let isDoubtful = false;
  const unmatched = question.unmatchedKey(parseJson(entry.item.json), () => isDoubtful = true);
  if (unmatched === undefined) {
    if (!isDoubtful) draft.matching.push(entry.item.id);
    return undefined;
  }
  const hadOtherKeys = migration.hadOtherKeys(entry);
  // Without `recheck` the peer may have returned this item all along although it does not match.
  if (!hadOtherKeys && !question.recheck && !isOfTime(unmatched)) return undefined;
  const reason = hadOtherKeys ? "keys-changed" : "window";
  return { reason, polls: entry.missed + 1, unmatched };
}

function evidenceOf(polls: number, { brake }: Verdict): Evidence {
  const evidence: Evidence = { reason: "missing", polls };
  if (brake === undefined) return evidence;
  return { ...evidence, brake: brake.approved ? "approved" : "confirmed" };
}

function unverifiedMessage([why, ...others]: readonly string[]): string | undefined {
  if (why === undefined) return undefined;
  const items = others.length === 0
    ? "1 missing item stays"
    : `${1 + others.length} missing items stay`;
  return `${items}, unverified: ${why}`;
}

function heldMessage({ missing, expected }: Loss, brake: Brake, rules: RemovalRules): string {
  const { brakePolls, brakeHoldMs } = rules;
  const so = `(${brake.polls} so far, for ${durationText(brake.heldMs)})`;
  if (brake.hasFallen) {
    return `${missing} of ${expected} items are still missing after ${brake.loss} were: the peer may ` +
      `be starting, so nothing is removed until its answers agree for long ${so} ` +
      "or the loss is approved";
  }
  const hold = brakeHoldMs > 0 ? ` for ${durationText(brakeHoldMs)}` : "";
  return `${missing} of ${expected} items are missing at once: nothing is removed until ` +
    `${brakePolls} complete polls agree${hold} ${so} or the loss is approved`;
}

function durationText(durationMs: number): string {
  return formatDuration(Math.floor(durationMs / 1000) * 1000);
}
