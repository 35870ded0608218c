/**
 * Verifies missing items by targeted C-FINDs.
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

/** The result of a targeted C-FIND for one item. If it was not answered, it proves nothing. */
export type Verification =
  | {
    readonly answered: true;
    /** The key paths that the C-FIND asked with. */
    readonly keys: readonly string[];
    readonly matches: readonly ReceivedMatch[];
  }
  | {
    readonly answered: false;
    /** The message that says why there is no answer. */
    readonly why: string;
  };

/**
 * The strength of the proof that a complete answer gives about the items that it lacks.
 *
 * `whole`: they are missing. `single`: each must also be asked for by its unique keys before it is removed.
 * `nothing`: they may still exist.
 */
export type Proof = "whole" | "single" | "nothing";

/** The input of {@linkcode fateOf}. */
export interface FateInput {
  readonly question: Question;
  readonly migration: Migration;
  readonly rules: RemovalRules;
  /** The proof that the answer gives. If it proves nothing, only items whose absence a key explains leave. */
  readonly proof: Proof;
  /** True if the clock is doubted. Then nothing leaves the window because of a date or time. */
  readonly isClockDoubted: boolean;
  /** The results of targeted C-FINDs, by the item's id. */
  readonly verified: ReadonlyMap<string, Verification>;
}

/**
 * Decides about an item that enough polls have missed.
 *
 * @param entry The item.
 * @param evidence The evidence so far: the polls that missed the item.
 * @param input The poll.
 * @param draft Receives the events.
 * @returns `gone` if the item was removed or has left. `found` if it still exists. `verify` if it must be
 * asked for first. `held` if the peer does not have it but the loss is held. Otherwise the message that says
 * why it stays.
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
 * Looks for an item in the answer to a targeted C-FIND. The answer may have other items of the same identity.
 * That of a peer that ignores keys may have any items.
 *
 * @param entry The item.
 * @param matches The answer.
 * @param input The poll.
 * @param draft The changes of the poll so far.
 * @returns The item with its match, and the number of matches of another identity.
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

/** Takes over the state of an item that was found. The item leaves if this state does not match the keys. */
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
