/**
 * Finds the items that came and the items that went in one answer.
 *
 * @module
 */
import type { Steps } from "../../base/steps.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import type { Answer, FreshMatch } from "./answer.ts";
import { Migration } from "./migration.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** The new matches of an answer, and the items that it lacks. */
export interface Exchange {
  /** Matches whose identity is not stored. */
  readonly added: readonly FreshMatch[];
  /**
   * Stored items that the answer lacks although they match the keys. They are searched only if something was
   * added.
   */
  readonly absent: readonly Entry[];
}

/**
 * Compares an answer with the stored items. Call it before the next answer begins.
 *
 * @param worklist The stored items.
 * @param answer The answer.
 * @param migration The relation of the items to the configuration in force.
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
 * True if items came while others went.
 *
 * @param exchange The items that came and went.
 */
export function isExchange({ absent }: Exchange): boolean {
  return absent.some(({ missed }) => missed === 0);
}
