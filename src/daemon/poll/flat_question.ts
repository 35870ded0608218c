/**
 * Asks once with flat keys where the default return keys bring nothing.
 *
 * Some servers take a sequence that is asked for, with an item of empty keys, for a demand that it exist. The default
 * return keys have about 30 such sequences, so these servers answer "no matches", and the list stays empty for ever.
 *
 * @module
 */
import { buildIdentifier } from "../../query/identifier.ts";
import type { Worklist } from "../../worklist/worklist.ts";
import type { QueryConfig } from "../config.ts";
import { failureOf } from "../failure.ts";
import type { AskOptions } from "./ask.ts";
import type { PollNote } from "./poll_notes.ts";
import { definitionOf } from "./question.ts";

/** The findings by list. Each list is asked for once with the same keys. */
const findings = new WeakMap<Worklist, { readonly resolved: string; readonly note?: PollNote }>();

/** The question, and the answer to the query before it. */
export interface FlatQuestion extends Omit<AskOptions, "identifier"> {
  readonly query: QueryConfig;
  readonly worklist: Worklist;
  /** The keys as resolved for this poll. */
  readonly resolved: string;
  readonly now: Temporal.Instant;
  /** True if the answer to the query itself was complete and had no match. */
  readonly isEmpty: boolean;
}

/**
 * Asks with flat keys, if the list of a query was never filled and the peer returns nothing.
 *
 * @param question The query and the answer to it.
 * @returns A note if flat keys bring more.
 */
export async function askFlat(question: FlatQuestion): Promise<PollNote | undefined> {
  const { query, worklist, resolved, isEmpty } = question;
  if (!isEmpty || query.returnKeys !== "default" || wasFilled(worklist)) return undefined;
  const before = findings.get(worklist);
  if (before?.resolved === resolved) return before.note;
  const matches = await countOrNone(query, question);
  const note = matches > 0
    ? { key: "flat-keys", words: flatMessage(query.name, matches) }
    : undefined;
  findings.set(worklist, note === undefined ? { resolved } : { resolved, note });
  return note;
}

/** The peer to ask, and the moment. */
export interface CountOptions extends Omit<AskOptions, "identifier" | "onWarning"> {
  readonly now: Temporal.Instant;
}

/**
 * Counts the matches of a query.
 *
 * @param query The query.
 * @param returnKeys The return keys to ask with.
 * @param options The peer to ask, and the moment for dates.
 * @returns The number of matches, or the limit if there are more.
 * @throws {Error} As `find` does.
 */
export async function countMatches(
  query: QueryConfig,
  returnKeys: "default" | "flat",
  { asker, model, limit, signal, now }: CountOptions,
): Promise<number> {
  const context = { now, timeZone: query.timeZone };
  const { identifier } = buildIdentifier({ ...definitionOf(query), return: returnKeys }, context);
  let matches = 0;
  await asker.find({ model, identifier }, { limit, signal, isTransient: true }, (some) => {
    matches += some.length;
  });
  return matches;
}

/** A question that fails says nothing: the poll stands without it. */
async function countOrNone(query: QueryConfig, options: CountOptions): Promise<number> {
  try {
    return await countMatches(query, "flat", options);
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
    return 0;
  }
}

/**
 * Says what flat keys bring, and what to do.
 *
 * @param query The name of the query.
 * @param matches The number of matches.
 */
export function flatMessage(query: string, matches: number): string {
  return `the peer returns 0 matches for the default return keys, and ${matches} for keys without ` +
    `nested sequences: set \`return: flat\` in query ${query}`;
}

/**
 * True if a list had an item once, as far as its numbers show.
 *
 * @param list The list.
 */
export function wasFilled(
  { size = 0, items = [], sequence, pollState }: Pick<Worklist, "sequence" | "pollState"> & {
    readonly size?: number;
    readonly items?: readonly unknown[];
  },
): boolean {
  return size > 0 || items.length > 0 || (pollState.begun && sequence > 0);
}
