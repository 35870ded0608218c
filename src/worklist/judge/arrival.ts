/**
 * Turns the matches of an answer into events: added and changed items. An unchanged item is only marked as
 * seen.
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

/** The input of {@linkcode takeFresh}. */
export interface ArrivalInput {
  readonly worklist: Worklist;
  readonly answer: Answer;
  readonly migration: Migration;
  /** `silent` if the items of the first complete poll are taken over without events. */
  readonly initial: "emit" | "silent";
  /** True if the answer is complete. */
  readonly isComplete: boolean;
  /** Matches that are stored items under an identity that the peer made new. */
  readonly renewal: Renewal | undefined;
  /** True if the clock is doubted. Then nothing leaves the window because of a date or time. */
  readonly isClockDoubted: boolean;
}

/**
 * Adds and changes items.
 *
 * Matches outside the keys are used as well, if they are stored items. Example: item A moves to another
 * station, and a peer that ignores keys still returns it. If A were ignored, another match of the same
 * identity would be taken for A.
 *
 * @param input The poll.
 * @param draft Receives the events.
 * @returns The number of duplicates: matches whose content another match of the answer has.
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

/** Takes over the new state of an item. The item leaves if this state no longer matches the keys. */
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
 * Groups matches and stored items of one identity. Groups linked by a former identity come first. That link
 * is stronger: items may have got the new identity only by a change of the configuration.
 */
function groupFresh(fresh: readonly FreshMatch[], migration: Migration): FreshGroup[] {
  const groups = new Map<string, FreshGroup>();
  const formerGroups = new Map<string, FreshGroup>();
  for (const match of fresh) {
    // The group is looked up once for each identity, because a peer may give all matches the same identity,
    // or none. While items may still be stored under another identity, matches of one identity may belong to
    // several groups.
    const same = migration.mayRename ? undefined : groups.get(match.baseId);
    if (same !== undefined) {
      same.matches.push(match);
      continue;
    }
    const { link, entries } = migration.known(match);
    const linked = link === match.baseId ? groups : formerGroups;
    const group = linked.get(link);
    if (group === undefined) {
      // Usually no item is known: a first poll has as many groups as matches.
      const known = entries.length > 0 ? new Set(entries) : undefined;
      linked.set(link, { entries: known, matches: [match] });
      continue;
    }
    group.matches.push(match);
    for (const entry of entries) (group.entries ??= new Set()).add(entry);
  }
  return [...formerGroups.values(), ...groups.values()];
}

/** Stored items and matches of one identity. */
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
 * Brings unchanged items to the configuration in force.
 *
 * An item that no identity links to the new configuration is dropped by the first complete answer. Until
 * then, a match that seems new may be that item, so it is added without an event.
 *
 * @param input The poll.
 * @param draft Receives the changes.
 * @returns The items that the answer lacks.
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
 * True if an answer has an item, unchanged or changed.
 *
 * @param entry The item.
 * @param answer The answer.
 * @param draft The changes so far.
 */
export function isSeen(entry: Entry, answer: Answer, draft: Draft): boolean {
  return entry.seenIn === answer.number || draft.seen.has(entry);
}
