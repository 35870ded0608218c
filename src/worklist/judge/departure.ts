/**
 * What becomes of items that a complete answer no longer has.
 *
 * @module
 */
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import { DicomDecodeError } from "../../dicom/errors.ts";
import type { DataSet } from "../../dicom/data_set.ts";
import { encodeJson } from "../../dicom/json/json.ts";
import { parseKeyPath } from "../../query/key_path.ts";
import type { Steps } from "../../base/steps.ts";
import type { FreshMatch, Question, ReceivedMatch } from "./answer.ts";
import type { Draft } from "./draft.ts";
import type { Evidence } from "../event.ts";
import { identityOf, idOf, type ItemKey, parseIdentity, splitOrdinal } from "../item.ts";
import type { Item } from "../journal/journal.ts";
import type { Migration } from "./migration.ts";
import { type Pair, pairGroup } from "./pair.ts";
import { type Brake, judgeLoss, type RemovalRules, type Verdict } from "./removal.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** What a targeted C-FIND for one item brought; an unanswered one proves nothing. */
export type Verification =
  | {
    readonly answered: true;
    /** The key paths by which it was asked for. */
    readonly keys: readonly string[];
    readonly matches: readonly ReceivedMatch[];
  }
  | {
    readonly answered: false;
    /** Why not, in words. */
    readonly why: string;
  };

/** What is to be known to judge departures. */
export interface DepartureInput {
  readonly worklist: Worklist;
  readonly question: Question;
  readonly migration: Migration;
  readonly rules: RemovalRules;
  /** The brake as the peer's last complete answer left it; undefined if it was not held. */
  readonly brake: Brake | undefined;
  /** Whether a limit may have cut the answer: then only what the keys explain leaves. */
  readonly mayBeCut: boolean;
  /** Items that the answer does not have. */
  readonly unseen: readonly Entry[];
  /** The number of the answer: whose turn it is to be asked for where not all can be. */
  readonly turn: number;
  readonly verified: ReadonlyMap<string, Verification>;
}

/** What was decided besides the events. */
export interface DepartureOutcome {
  /** Id to the number of complete polls that missed the item, where that changed. */
  readonly missed: ReadonlyMap<string, number>;
  /** Items to be asked for before they are removed. */
  readonly verify: readonly Item[];
  /** How many items are missing and stay. */
  readonly missing: number;
  /** The brake from now on; undefined if it is not held. */
  readonly brake: Brake | undefined;
  /** Why a loss is held, in words. */
  readonly held: string | undefined;
  /** Why items stay that were to be verified, in words. */
  readonly unverified: string | undefined;
}

/** The most targeted C-FINDs after one poll; the others wait for the next. */
const verifyLimit = 100;

/**
 * Tells which items left their window, which are missing, and which are removed.
 *
 * @param input What is to be known.
 * @param draft Where events go.
 */
export function* judgeDepartures(input: DepartureInput, draft: Draft): Steps<DepartureOutcome> {
  const { worklist, rules, unseen } = input;
  const missing: Entry[] = [];
  for (const entry of unseen) {
    yield;
    if (!leavesWindow(entry, input, draft)) missing.push(entry);
  }
  const expected = worklist.size - draft.dropped.length - (unseen.length - missing.length);
  const verdict = judgeLoss(rules, expected, missing.length, input.brake);
  const held = verdict.isHeld
    ? heldWords(missing.length, expected, verdict.brake, rules)
    : undefined;
  if (input.mayBeCut) {
    // It neither confirms a loss nor ends one; the brake may take hold.
    const brake = input.brake ?? verdict.brake;
    const outcome = { missed: new Map(), verify: [], missing: missing.length };
    return { ...outcome, brake, held, unverified: undefined };
  }
  const missed = new Map<string, number>();
  const unverified: Item[] = [];
  const mostPolls = Math.max(2, rules.confirmPolls, rules.brakePolls);
  const kept: string[] = [];
  let gone = 0;
  for (const entry of missing) {
    yield;
    const count = verdict.startsAnew ? 1 : entry.missed + 1;
    if (!verdict.isHeld && count >= verdict.requiredPolls) {
      const fate = fateOf(entry, evidenceOf(count, verdict), input, draft);
      if (fate === "verify") unverified.push(entry.item);
      if (typeof fate === "object") kept.push(fate.kept);
      if (fate === "gone") {
        gone++;
        continue;
      }
      if (fate === "found") {
        missed.set(entry.item.id, 0);
        continue;
      }
    }
    const polls = Math.min(count, mostPolls);
    if (polls !== entry.missed) missed.set(entry.item.id, polls);
  }
  const verify = inTurn(unverified, input.turn);
  // What the brake held has gone: the next great loss is another one.
  const isOver = gone > 0 && kept.length === 0 && unverified.length === 0;
  return {
    missed,
    verify,
    missing: missing.length - gone,
    brake: isOver ? undefined : verdict.brake,
    held,
    unverified: unverifiedWords(kept),
  };
}

/** Other items first each time: those that cannot be asked for do not keep the rest from it. */
function inTurn(items: readonly Item[], turn: number): readonly Item[] {
  const { length } = items;
  if (length === 0) return items;
  const start = turn * (length > verifyLimit ? verifyLimit : 1) % length;
  return [...items.slice(start), ...items.slice(0, start)].slice(0, verifyLimit);
}

/** Whether the keys explain that an item is not there; then the event is told. */
function leavesWindow(entry: Entry, input: DepartureInput, draft: Draft): boolean {
  const { worklist, migration, question } = input;
  if (entry.matchesIn === worklist.resolutionOf(question.resolved)) return false;
  let isDoubtful = false;
  const unmatched = question.unmatchedKey(parseJson(entry.item.json), () => isDoubtful = true);
  if (unmatched === undefined) {
    if (!isDoubtful) draft.matching.push(entry.item.id);
    return false;
  }
  const hadOtherKeys = migration.hadOtherKeys(entry);
  // Who is not rechecked may have returned it all the time although it does not match.
  if (!hadOtherKeys && !question.recheck && !isOfTime(unmatched)) return false;
  const reason = hadOtherKeys ? "keys-changed" : "window";
  draft.leave(entry.item, "left_window", { reason, polls: entry.missed + 1, unmatched });
  return true;
}

/** Whether what a key asks for can move on with the time. */
function isOfTime(path: string): boolean {
  const vr = lookupTag(parseKeyPath(path).at(-1)?.tag ?? 0)?.vr;
  return vr === "DA" || vr === "TM" || vr === "DT";
}

function evidenceOf(polls: number, { brake }: Verdict): Evidence {
  const evidence: Evidence = { reason: "missing", polls };
  if (brake === undefined) return evidence;
  return { ...evidence, brake: brake.approved ? "approved" : "confirmed" };
}

/** What becomes of an item that enough polls missed; its events are told. */
function fateOf(
  entry: Entry,
  evidence: Evidence,
  input: DepartureInput,
  draft: Draft,
): "gone" | "found" | "verify" | { readonly kept: string } {
  const { migration, rules } = input;
  let proof = evidence;
  if (rules.verify) {
    const verification = input.verified.get(entry.item.id);
    if (verification === undefined) return "verify";
    if (!verification.answered) return { kept: verification.why };
    const found = findAgain(entry, verification.matches, input, draft);
    if (found === "undecodable") return { kept: "the answer cannot be decoded" };
    const { keys, matches } = verification;
    const verified = { keys, matches: matches.length, found: found !== undefined };
    proof = { ...evidence, verified };
    if (found) return takeFound(found, proof, draft);
  }
  const doubt = migration.doubt(entry);
  if (doubt) draft.leave(entry.item, "left_window", { ...proof, reason: doubt });
  else draft.leave(entry.item, "removed", proof);
  return "gone";
}

/**
 * What the targeted C-FIND found of an item. It may return others: of the same identity, and from peers that
 * ignore its keys any.
 */
function findAgain(
  entry: Entry,
  matches: readonly ReceivedMatch[],
  { question, migration }: DepartureInput,
  draft: Draft,
): Pair | "undecodable" | undefined {
  const identity = parseIdentity(question.configuration.identity);
  const { base: key } = splitOrdinal(migration.keyOf(entry));
  const baseId = idOf(key);
  const found: FreshMatch[] = [];
  try {
    for (const match of matches) {
      const dataSet = match.decode();
      if (idOf(identityOf(dataSet, identity)) !== baseId) continue;
      found.push(targetedMatch(dataSet, key, question.unmatchedKey(dataSet)));
    }
  } catch (error) {
    if (error instanceof DicomDecodeError) return "undecodable";
    throw error;
  }
  const [first] = found;
  if (first === undefined) return undefined;
  const others = migration.known(first).entries.filter((other) => other !== entry)
    .map((other) => ({ ...other, item: draft.current(other) }));
  return pairGroup([entry, ...others], [], found, migration.compare).pairs
    .find((pair) => pair.entry === entry);
}

function targetedMatch(
  dataSet: DataSet,
  key: ItemKey,
  unmatched: string | undefined,
): FreshMatch {
  return {
    high: 0,
    low: 0,
    key,
    baseId: idOf(key),
    formerKeys: [],
    json: encodeJson(dataSet),
    characterSet: dataSet.characterSet.join("\\") || undefined,
    unmatched,
  };
}

/** Tells what a found item is now and, if that does not match the keys, that it left. */
function takeFound(pair: Pair, evidence: Evidence, draft: Draft): "gone" | "found" {
  const { entry, match, changes } = pair;
  const item = changes.length > 0 ? draft.change(pair) : entry.item;
  if (match.unmatched === undefined) return "found";
  draft.leave(item, "left_window", {
    ...evidence,
    reason: "found-elsewhere",
    unmatched: match.unmatched,
  });
  return "gone";
}

function unverifiedWords([why, ...others]: readonly string[]): string | undefined {
  if (why === undefined) return undefined;
  const items = others.length === 0
    ? "1 missing item stays"
    : `${1 + others.length} missing items stay`;
  return `${items}, unverified: ${why}`;
}

function heldWords(
  missing: number,
  expected: number,
  brake: Brake | undefined,
  rules: RemovalRules,
): string {
  return `${missing} of ${expected} items are missing at once: nothing is removed until ` +
    `${rules.brakePolls} complete polls agree (this is number ${
      brake?.polls ?? 1
    }) or the loss is approved`;
}
