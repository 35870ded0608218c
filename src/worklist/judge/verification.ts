/**
 * What targeted C-FINDs prove of items that an answer does not have.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { DicomDecodeError } from "../../dicom/errors.ts";
import { encodeJson } from "../../dicom/json/json.ts";
import type { FreshMatch, Question, ReceivedMatch } from "./answer.ts";
import type { Draft } from "./draft.ts";
import type { Evidence } from "../event.ts";
import { identityOf, idOf, type ItemKey, parseIdentity, splitOrdinal } from "../item.ts";
import { isOfTime } from "./key_kind.ts";
import type { Migration } from "./migration.ts";
import { type Pair, pairGroup } from "./pair.ts";
import type { RemovalRules } from "./removal.ts";
import type { Entry } from "../worklist.ts";

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

/**
 * How much an answer that says it is complete proves of the items it does not have.
 *
 * `whole`: they are missing. `single`: each must also be asked for by its unique keys before it is removed.
 * `nothing`: they may be there.
 */
export type Proof = "whole" | "single" | "nothing";

/** What is to be known to decide what becomes of a missing item. */
export interface FateInput {
  readonly question: Question;
  readonly migration: Migration;
  readonly rules: RemovalRules;
  /** What the answer proves. When it proves nothing, only what the keys explain leaves. */
  readonly proof: Proof;
  /** Whether the dates and times of the keys may be wrong: then nothing leaves the window by them. */
  readonly isClockDoubted: boolean;
  /** By the id of the item: what its targeted C-FIND brought. */
  readonly verified: ReadonlyMap<string, Verification>;
}

/**
 * Decides what becomes of an item that enough polls missed.
 *
 * @param entry The item.
 * @param evidence The polls that missed it.
 * @param input What is to be known.
 * @param draft Where events go.
 * @returns `gone`: it left or is removed. `found`: it is there. `verify`: it must be asked for first. `held`: nobody
 * has it, but the loss is held. Otherwise why it stays, in words.
 */
export function fateOf(
  entry: Entry,
  evidence: Evidence,
  input: FateInput & { readonly mayGo: boolean },
  draft: Draft,
): "gone" | "found" | "verify" | "held" | { readonly kept: string } {
  const { migration, rules } = input;
  let proof = evidence;
  const isStrict = input.proof === "single";
  if (rules.verify || isStrict) {
    const verification = input.verified.get(entry.item.id);
    if (verification === undefined) return "verify";
    if (!verification.answered) return { kept: verification.why };
    const found = findAgain(entry, verification.matches, input, draft);
    if (found === "undecodable") return { kept: "the answer cannot be decoded" };
    const { keys, matches } = verification;
    const verified = { keys, matches: matches.length, found: found.pair !== undefined };
    proof = { ...evidence, verified };
    if (found.pair) return takeFound(found.pair, proof, input, draft);
    if (isStrict && found.others > 0) return { kept: "the peer answers with other items" };
  }
  if (!input.mayGo) return "held";
  const doubt = migration.doubt(entry);
  if (doubt) draft.leave(entry.item, "left_window", { ...proof, reason: doubt });
  else draft.leave(entry.item, "removed", proof);
  return "gone";
}

/**
 * Looks for an item in the answer to a targeted C-FIND. That may have others of the same identity; one from a peer
 * that ignores its keys may have any.
 *
 * @param entry The item.
 * @param matches The answer.
 * @param input What is to be known.
 * @param draft What the poll changed so far.
 * @returns The item with its match, and how many matches are of another identity.
 */
export function findAgain(
  entry: Entry,
  matches: readonly ReceivedMatch[],
  { question, migration }: FateInput,
  draft: Draft,
): { readonly pair: Pair | undefined; readonly others: number } | "undecodable" {
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
  const others = matches.length - found.length;
  if (first === undefined) return { pair: undefined, others };
  const twins = migration.known(first).entries.filter((other) => other !== entry)
    .map((other) => ({ ...other, item: draft.current(other) }));
  const { pairs } = pairGroup([entry, ...twins], [], found, migration.compare);
  return { pair: pairs.find((pair) => pair.entry === entry), others };
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

/** Takes over what a found item is now; it leaves if that does not match the keys. */
function takeFound(
  pair: Pair,
  evidence: Evidence,
  { isClockDoubted }: FateInput,
  draft: Draft,
): "gone" | "found" {
  const { entry, match, changes } = pair;
  const item = changes.length > 0 ? draft.change(pair) : entry.item;
  if (match.unmatched === undefined) return "found";
  if (isClockDoubted && isOfTime(match.unmatched)) return "found";
  draft.leave(item, "left_window", {
    ...evidence,
    reason: "found-elsewhere",
    unmatched: match.unmatched,
  });
  return "gone";
}
