/**
 * Finds the items that came and those that went in one answer.
 *
 * @module
 */
import type { Steps } from "../../base/steps.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import type { Answer, FreshMatch } from "./answer.ts";
import { Migration } from "./migration.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** What one answer has that is not known, and what it lacks. */
export interface Exchange {
  /** Matches whose identity is not known. */
  readonly added: readonly FreshMatch[];
  /** Known items that the answer lacks although they match the keys. Only looked for if something was added. */
  readonly absent: readonly Entry[];
}

/**
 * Compares an answer with what is known. To be asked before the next answer begins.
 *
 * @param worklist What is known.
 * @param answer The answer.
 * @param migration How the items relate to the configuration in force.
 */
export function* exchangeIn(
  worklist: Worklist,
  answer: Answer,
  migration: Migration = new Migration(worklist, answer.question.configuration),
): Steps<Exchange> {
  if (migration.isOtherModel || worklist.size === 0) return { added: [], absent: [] };
  const added: FreshMatch[] = [];
  const there = new Set<Entry>();
  for (const match of answer.fresh) {
    yield;
    const { entries } = migration.known(match);
    if (entries.length === 0) added.push(match);
    for (const entry of entries) there.add(entry);
  }
  const absent: Entry[] = [];
  if (added.length === 0) return { added, absent };
  for (const entry of worklist.entries()) {
    if (entry.seenIn === answer.number || there.has(entry) || answer.outside.has(entry)) continue;
    yield;
    if (answer.question.unmatchedKey(parseJson(entry.item.json)) === undefined) absent.push(entry);
  }
  return { added, absent };
}

/**
 * Tells whether items came while others went.
 *
 * @param exchange What came and went.
 */
export function isExchange({ absent }: Exchange): boolean {
  return absent.some(({ missed }) => missed === 0);
}
