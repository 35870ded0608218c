/**
 * What becomes of the matches of an answer: items that are added, changed, seen as they were.
 *
 * @module
 */
import type { Steps } from "../../base/steps.ts";
import type { Answer, FreshMatch } from "./answer.ts";
import type { Draft } from "./draft.ts";
import type { Migration } from "./migration.ts";
import { type Pair, pairGroup } from "./pair.ts";
import { isOfTime } from "./key_kind.ts";
import type { Renewal } from "./renewed.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** What is to be known to judge arrivals. */
export interface ArrivalInput {
  readonly worklist: Worklist;
  readonly answer: Answer;
  readonly migration: Migration;
  /** Whether the items of the first complete poll are told. */
  readonly initial: "emit" | "silent";
  /** Whether the peer says that this is all. */
  readonly isComplete: boolean;
  /** Matches that are known items under an identity that the peer made anew. */
  readonly renewal: Renewal | undefined;
  /** Whether the dates and times of the keys may be wrong: then nothing leaves the window by them. */
  readonly isClockDoubted: boolean;
}

/**
 * Adds and changes items. What a peer that ignores keys says of items that are no longer what was asked for is
 * taken over too: else another match of their identity would be taken for them.
 *
 * @param input What is to be known.
 * @param draft Where events go.
 * @returns The number of matches with nothing in them that another does not have.
 */
export function* takeFresh(input: ArrivalInput, draft: Draft): Steps<number> {
  const { worklist, answer, migration, initial, renewal } = input;
  for (const entry of renewal?.entries ?? []) draft.seen.add(entry);
  if (migration.isOtherModel) {
    for (const { item } of worklist.entries()) draft.dropped.push(item);
  }
  const isFirst = migration.isOtherModel || !worklist.pollState.begun;
  const isThere = (entry: Entry): boolean =>
    isSeen(entry, answer, draft) || answer.outside.has(entry);
  const added: FreshMatch[] = [];
  let duplicates = 0;
  for (
    const { entries, matches } of groupFresh(matchesOf(answer, renewal), migration)
  ) {
    yield;
    const known = [...entries ?? []];
    const there = known.filter(isThere);
    const others = known.filter((entry) => !isThere(entry));
    const pairing = pairGroup(others, there, matches, migration.compare);
    duplicates += pairing.duplicates;
    for (const pair of pairing.pairs) takePair(pair, input, draft);
    for (const match of pairing.added) if (match.unmatched === undefined) added.push(match);
  }
  const isSilent = (isFirst && initial === "silent") ||
    (added.length > 0 && hasUnlinkable(worklist, migration));
  for (const match of added) {
    yield;
    draft.add(match, isSilent);
  }
  return duplicates;
}

function matchesOf({ fresh, elsewhere }: Answer, renewal: Renewal | undefined): FreshMatch[] {
  const matches = [...fresh, ...elsewhere];
  return renewal ? matches.filter((match) => !renewal.matches.has(match)) : matches;
}

/** Takes over what an item is now; it leaves if that is no longer what was asked for. */
function takePair(pair: Pair, { isComplete, isClockDoubted }: ArrivalInput, draft: Draft): void {
  const item = draft.change(pair);
  const { unmatched, unreadable } = pair.match;
  if (unmatched === undefined) {
    if (unreadable === undefined) draft.matching.push(item.id);
  } else if (isComplete && !(isClockDoubted && isOfTime(unmatched))) {
    const polls = pair.entry.missed + 1;
    draft.leave(item, "left_window", { reason: "found-elsewhere", polls, unmatched });
  }
}

/**
 * Brings together matches and known items of one identity. Those that a former identity links come first: that
 * tells more than an identity that items have only since it is another one.
 */
function groupFresh(fresh: readonly FreshMatch[], migration: Migration): FreshGroup[] {
  const groups = new Map<string, FreshGroup>();
  const formerGroups = new Map<string, FreshGroup>();
  for (const match of fresh) {
    // Looked up once for each identity: a peer may give the same one, or none, to all it has. Where items may
    // still be known by another identity, matches of one identity may be of several groups.
    const same = migration.mayRename ? undefined : groups.get(match.baseId);
    if (same !== undefined) {
      same.matches.push(match);
      continue;
    }
    const { link, entries } = migration.known(match);
    const linked = link === match.baseId ? groups : formerGroups;
    const group = linked.get(link);
    if (group === undefined) {
      // Most of the time nobody knows it: a first poll has as many groups as matches.
      const known = entries.length > 0 ? new Set(entries) : undefined;
      linked.set(link, { entries: known, matches: [match] });
      continue;
    }
    group.matches.push(match);
    for (const entry of entries) (group.entries ??= new Set()).add(entry);
  }
  return [...formerGroups.values(), ...groups.values()];
}

/** Known items and matches that may be each other. */
interface FreshGroup {
  entries: Set<Entry> | undefined;
  readonly matches: FreshMatch[];
}

function hasUnlinkable(worklist: Worklist, migration: Migration): boolean {
  if (!migration.mayRename) return false;
  for (const entry of worklist.entries()) if (migration.isUnlinkable(entry)) return true;
  return false;
}

/**
 * Carries items that came as they were to the configuration in force. What nothing can link to it is dropped by
 * the first complete answer: until then what comes may be what is known already, and is not told.
 *
 * @param input What is to be known.
 * @param draft Where events go.
 * @returns The items that did not come.
 */
export function takeSeen(
  { worklist, answer, migration, isComplete }: ArrivalInput,
  draft: Draft,
): Entry[] {
  if (migration.isOtherModel) return [];
  const unseen: Entry[] = [];
  for (const entry of worklist.entries()) {
    if (entry.seenIn !== answer.number) {
      if (draft.seen.has(entry)) continue;
      if (isComplete && migration.isUnlinkable(entry)) draft.dropped.push(entry.item);
      else unseen.push(entry);
    } else if (!migration.isCurrent(entry)) {
      draft.carryOver(entry);
    }
  }
  return unseen;
}

/**
 * Tells whether an answer has an item, as it was or otherwise.
 *
 * @param entry The item.
 * @param answer The answer.
 * @param draft What it changes.
 */
export function isSeen(entry: Entry, answer: Answer, draft: Draft): boolean {
  return entry.seenIn === answer.number || draft.seen.has(entry);
}
