/**
 * Asks a query's question; where the peer cuts the answer short and the configuration permits it, in parts
 * that are each whole.
 *
 * @module
 */
import { models } from "../query/model.ts";
import { Answer } from "../worklist/answer.ts";
import { idOf, splitOrdinal } from "../worklist/item.ts";
import { isSuspectCount } from "../worklist/suspect.ts";
import type { Worklist } from "../worklist/worklist.ts";
import { ask, type AskEnd, type AskOptions } from "./ask.ts";
import type { QueryConfig } from "./config.ts";
import { type AskedQuestion, partIdentifier } from "./question.ts";
import { type DateWindow, dateWindowOf, halvesOf, keysFor } from "./split.ts";

/** What was asked and how it ended. */
export interface Asked extends AskEnd {
  readonly answer: Answer;
}

/** What a question needs. */
export interface QuestionOptions extends Omit<AskOptions, "identifier"> {
  readonly query: QueryConfig;
  readonly question: AskedQuestion;
  readonly worklist: Worklist;
  /** The moment for which the question was resolved. */
  readonly now: Temporal.Instant;
}

/** A peer that cuts at ten matches is not to be asked a hundred thousand times. */
const mostParts = 1_000;

/**
 * Asks a question.
 *
 * @param options The question and where to ask it.
 * @returns The answer and how it ended.
 */
export async function askQuestion(options: QuestionOptions): Promise<Asked> {
  const { query, question, worklist } = options;
  const answer = new Answer(worklist, question);
  const whole = await ask(answer, { ...options, identifier: question.identifier });
  const cut = query.split === undefined ? undefined : cutCount(whole, answer, options);
  const { combinesDateAndTime } = models[query.model];
  const window = cut === undefined ? undefined : dateWindowOf(question.keys, combinesDateAndTime);
  if (cut === undefined || window === undefined) return { answer, ...whole };
  const seen = identitiesIn(answer, worklist);
  const asked = await askParts(window, cut, options);
  if (!asked.end.complete) return asked;
  if (seen.isSubsetOf(identitiesIn(asked.answer, worklist))) {
    return whole.end.complete ? { ...asked, end: { ...asked.end, cutAt: cut } } : asked;
  }
  // A step without a time, or a peer that reads times otherwise: the parts prove nothing.
  return { ...asked, ...limited("they do not have all that it returned before") };
}

/** What an answer has, known or new, by identity. To be asked before the next answer marks what it has. */
function identitiesIn({ number, fresh }: Answer, worklist: Worklist): Set<string> {
  const identities = new Set(fresh.map(({ baseId }) => baseId));
  for (const { item, seenIn } of worklist.entries()) {
    if (seenIn === number) identities.add(idOf(splitOrdinal(item.key).base));
  }
  return identities;
}

/** The number of matches at which an answer seems to have been cut; `undefined` where it was not. */
function cutCount(
  { end }: AskEnd,
  { matches }: Answer,
  { worklist, limit }: QuestionOptions,
): number | undefined {
  if (!end.complete) return end.failure.class === "limited" ? limit + 1 : undefined;
  return isSuspectCount(matches, worklist.standing.counts, limit) ? matches : undefined;
}

async function askParts(
  window: DateWindow,
  cut: number,
  options: QuestionOptions,
): Promise<Asked> {
  const { query, question, worklist, now } = options;
  const minMs = query.split?.minMs ?? Infinity;
  const answer = new Answer(worklist, question);
  const windows = [...halvesOf(window, minMs)];
  let parts = 0;
  for (let part = windows.shift(); part !== undefined; part = windows.shift()) {
    if (++parts > mostParts) {
      return { answer, ...limited(`more than ${mostParts} parts were needed`) };
    }
    const before = answer.matches;
    const identifier = partIdentifier(query, keysFor(part), now);
    const asked = await ask(answer, { ...options, identifier });
    const isCut = asked.end.complete
      ? answer.matches - before >= cut
      : asked.end.failure.class === "limited";
    if (!isCut && !asked.end.complete) return { answer, ...asked };
    if (!isCut) continue;
    const halves = halvesOf(part, minMs);
    if (halves.length === 0) {
      return { answer, ...limited(`even the shortest part has ${cut} matches or more`) };
    }
    windows.unshift(...halves);
  }
  if (parts === 0) return { answer, ...limited("its dates cannot be divided") };
  return { answer, end: { complete: true, status: "0000", parts } };
}

function limited(why: string): AskEnd {
  const words = `the peer cuts its answers short, and asking in parts did not help: ${why}`;
  return { end: { complete: false, failure: { class: "limited", words } } };
}
