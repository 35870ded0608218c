/**
 * Decides which match is which stored item if several share an identity, or have none.
 *
 * @module
 */
import type { DicomJson } from "../../dicom/json/json.ts";
import { type AttributeChange, diffItems, type DiffOptions } from "./diff.ts";
import { canonicalForm, parseItemJson, samePatient } from "../canonical.ts";
import { isNameless } from "../item.ts";
import type { FreshMatch } from "./answer.ts";
import type { Entry } from "../worklist.ts";

/** A stored item and the match that is its new state. */
export interface Pair {
  readonly entry: Entry;
  readonly match: FreshMatch;
  /** The differences; empty if only the encoding or attributes that are not compared differ. */
  readonly changes: readonly AttributeChange[];
}

/** The result of pairing the items and matches of one identity. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  /** Matches that are no stored item. Their order does not depend on the order of the answer. */
  readonly added: readonly FreshMatch[];
  /** The number of duplicates: matches whose content another match of the same identity has. */
  readonly duplicates: number;
}

/** Returns how an item is compared. This depends on the configuration under which it was received. */
export type Compare = (entry: Entry) => DiffOptions;

/** The most comparisons in one group. In a larger group, items are paired only by equal content. */
const comparisonLimit = 4096;

interface Candidate {
  readonly match: FreshMatch;
  readonly json: DicomJson;
  readonly form: string;
}

/**
 * Pairs the stored items of one identity with the new matches of that identity.
 *
 * One item and one match are a pair. In a larger group, equal content makes a pair first. The rest pairs by
 * the fewest differences, and only within one patient: the step of one patient never becomes that of another.
 *
 * @param unseen Stored items that the answer does not have byte for byte.
 * @param seen Stored items of the same identity that the answer does have.
 * @param fresh The new matches of that identity.
 * @param compare Returns how an item is compared.
 */
export function pairGroup(
  unseen: readonly Entry[],
  seen: readonly Entry[],
  fresh: readonly FreshMatch[],
  compare: Compare,
): Pairing {
  const [entry] = unseen;
  const [match] = fresh;
  const isPlain = unseen.length <= 1 && seen.length === 0 && fresh.length === 1;
  if (isPlain && match && !(entry && isNameless(match.key))) {
    if (entry === undefined) return { pairs: [], added: [match], duplicates: 0 };
    return {
      pairs: [{ entry, match, changes: changesOf(entry, match, compare) }],
      added: [],
      duplicates: 0,
    };
  }
  const candidates = distinct(seen, fresh);
  const pairs: Pair[] = [];
  const left = pairEqual(unseen, candidates, compare, pairs);
  const rest = pairAlike(left.entries, left.candidates, seen, compare, pairs);
  return {
    pairs,
    added: rest.map((candidate) => candidate.match),
    duplicates: fresh.length - pairs.length - rest.length,
  };
}

function changesOf(entry: Entry, match: FreshMatch, compare: Compare): AttributeChange[] {
  if (entry.item.json === match.json) return [];
  return diffItems(parseItemJson(entry.item.json), parseItemJson(match.json), compare(entry));
}

/** Returns each content once, in a fixed order. A content that a seen item has is a duplicate of that item. */
function distinct(seen: readonly Entry[], fresh: readonly FreshMatch[]): Candidate[] {
  const forms = new Set(seen.map(({ item }) => canonicalForm(parseItemJson(item.json))));
  const candidates: Candidate[] = [];
  for (const match of fresh) {
    const json = parseItemJson(match.json);
    const form = canonicalForm(json);
    if (forms.has(form)) continue;
    forms.add(form);
    candidates.push({ match, json, form });
  }
  return candidates.sort((one, other) => one.form < other.form ? -1 : 1);
}

function pairEqual(
  entries: readonly Entry[],
  candidates: readonly Candidate[],
  compare: Compare,
  pairs: Pair[],
): { entries: Entry[]; candidates: Candidate[] } {
  const byForm = new Map(candidates.map((candidate) => [candidate.form, candidate]));
  const left = entries.filter((entry) => {
    const form = canonicalForm(parseItemJson(entry.item.json));
    const candidate = byForm.get(form);
    if (candidate === undefined) return true;
    byForm.delete(form);
    pairs.push({
      entry,
      match: candidate.match,
      changes: changesOf(entry, candidate.match, compare),
    });
    return false;
  });
  return { entries: left, candidates: [...byForm.values()] };
}

/**
 * Pairs the most alike first, and returns the candidates that are left. A candidate that differs from a seen
 * item only in attributes that are not compared is a duplicate of that item. No other item becomes it.
 */
function pairAlike(
  entries: readonly Entry[],
  candidates: readonly Candidate[],
  seen: readonly Entry[],
  compare: Compare,
  pairs: Pair[],
): Candidate[] {
  if ((entries.length + seen.length) * candidates.length > comparisonLimit) return [...candidates];
  const duplicates = new Set(
    candidates.filter(({ match }) =>
      seen.some((entry) => changesOf(entry, match, compare).length === 0)
    ),
  );
  const possible = entries.flatMap((entry) => {
    const before: DicomJson = parseItemJson(entry.item.json);
    const options = compare(entry);
    return candidates.filter(({ json }) => samePatient(before, json)).map((candidate) => ({
      entry,
      candidate,
      changes: diffItems(before, candidate.json, options),
    }));
  });
  possible.sort((one, other) => one.changes.length - other.changes.length);
  const taken = new Set<Entry | Candidate>();
  for (const { entry, candidate, changes } of possible) {
    if (taken.has(entry) || taken.has(candidate)) continue;
    if (changes.length > 0 && duplicates.has(candidate)) continue;
    taken.add(entry).add(candidate);
    pairs.push({ entry, match: candidate.match, changes });
  }
  return candidates.filter((candidate) => !taken.has(candidate) && !duplicates.has(candidate));
}
