/**
 * Asks a query's question; where the peer cuts the answer short and the configuration permits it, in parts
 * that are each whole.
 *
 * @module
 */
import { finish, type Steps } from "../../base/steps.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import { getAt, type KeyPath } from "../../query/key_path.ts";
import { Answer } from "../../worklist/judge/answer.ts";
import { idOf, splitOrdinal } from "../../worklist/item.ts";
import { isPlainTime } from "../../worklist/match/match_time.ts";
import { exchangeIn, isExchange } from "../../worklist/judge/exchange.ts";
import { isOddCut, isSuspectCount } from "../../worklist/judge/suspect.ts";
import type { Worklist } from "../../worklist/worklist.ts";
import { ask, type AskEnd, type AskOptions, isTooLarge, limitedBy } from "./ask.ts";
import type { QueryConfig } from "../config.ts";
import { type AskedQuestion, partIdentifier } from "./question.ts";
import { type DateWindow, dateWindowOf, halvesOf, isByTime, keysFor } from "./split.ts";

/** The answer to a question, and its end. */
export interface Asked extends AskEnd {
  readonly answer: Answer;
}

/** A question, its limits and the peer. */
export interface QuestionOptions extends Omit<AskOptions, "identifier"> {
  readonly query: QueryConfig;
  readonly question: AskedQuestion;
  readonly worklist: Worklist;
  /** Runs what may take long. @default {finish} */
  readonly runSteps?: <T>(steps: Steps<T>) => T | Promise<T>;
  /** The moment for which the question was resolved. */
  readonly now: Temporal.Instant;
}

interface AskedParts extends Asked {
  /** The key with the times, where a day was divided by it. */
  readonly timePath?: KeyPath | undefined;
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
  const cut = query.split === undefined ? undefined : await cutCount(whole, answer, options);
  const window = cut === undefined ? undefined : dateWindowOf(question.keys);
  if (cut === undefined || window === undefined) return { answer, ...whole };
  const seen = identitiesIn(answer, worklist);
  const inParts = await askParts(window, cut, options);
  const asked = { ...inParts, ignoredKeys: whole.ignoredKeys ?? false };
  if (asked.end.ending !== "complete") return withCut(asked, whole, cut);
  // A step without a time, or a peer that reads times otherwise: the parts prove nothing.
  if (!seen.isSubsetOf(identitiesIn(asked.answer, worklist))) {
    const words = limited("they do not have all that it returned before");
    return withCut({ ...asked, ...words }, whole, cut);
  }
  if (asked.timePath && isTimelessMissing(asked.timePath, asked.answer, worklist)) {
    const words = limited("parts of a day do not have items without a time");
    return withCut({ ...asked, ...words }, whole, cut);
  }
  return withCut(asked, whole, cut);
}

/** Notes the count at which the answer to the whole question was cut, unless the query's own limit did it. */
function withCut(asked: Asked, whole: AskEnd, cutAt: number): Asked {
  return whole.end.ending === "complete" ? { ...asked, end: { ...asked.end, cutAt } } : asked;
}

/** Returns true if a known item that is asked for is absent and has no time: no part of a day could have it. */
function isTimelessMissing(timePath: KeyPath, answer: Answer, worklist: Worklist): boolean {
  const there = identitiesIn(answer, worklist);
  for (const { item } of worklist.entries()) {
    if (there.has(idOf(splitOrdinal(item.key).base))) continue;
    const dataSet = parseJson(item.json);
    const [time = ""] = Array.from<unknown, string>(getAt(dataSet, timePath)?.value ?? [], String);
    if (!isPlainTime(time) && answer.question.unmatchedKey(dataSet) === undefined) return true;
  }
  return false;
}

/** Returns the identities in an answer, known or new. Valid until the next answer marks its items. */
function identitiesIn({ number, fresh }: Answer, worklist: Worklist): Set<string> {
  const identities = new Set(fresh.map(({ baseId }) => baseId));
  for (const { item, seenIn } of worklist.entries()) {
    if (seenIn === number) identities.add(idOf(splitOrdinal(item.key).base));
  }
  return identities;
}

/** The number of matches at which an answer seems to have been cut; `undefined` where it was not. */
async function cutCount(
  { end }: AskEnd,
  answer: Answer,
  { worklist, limit, runSteps = finish }: QuestionOptions,
): Promise<number | undefined> {
  if (isTooLarge(end)) return undefined;
  if (end.ending !== "complete") return end.ending === "limited" ? limit + 1 : undefined;
  const { counts } = worklist.pollState;
  const { matches } = answer;
  if (isSuspectCount(matches, counts, limit)) return matches;
  const exchanges = matches >= (counts.count ?? 0) &&
    isExchange(await runSteps(exchangeIn(worklist, answer)));
  return isOddCut(matches, counts, exchanges) ? matches : undefined;
}

async function askParts(
  window: DateWindow,
  cut: number,
  options: QuestionOptions,
): Promise<AskedParts> {
  const { query, question, worklist, now } = options;
  const minMs = query.split?.minMs ?? Infinity;
  const answer = new Answer(worklist, question);
  const windows = [...halvesOf(window, minMs)];
  let parts = 0;
  let timePath: KeyPath | undefined;
  for (let part = windows.shift(); part !== undefined; part = windows.shift()) {
    if (++parts > mostParts) {
      return { answer, ...limited(`more than ${mostParts} parts were needed`) };
    }
    if (isByTime(part)) timePath = part.timePath;
    const before = answer.matches;
    const identifier = partIdentifier(query, keysFor(part), now);
    const asked = await ask(answer, { ...options, identifier });
    if (isTooLarge(asked.end)) return { answer, ...asked };
    const { ending } = asked.end;
    const isWhole = ending === "complete";
    const isCut = isWhole ? answer.matches - before >= cut : ending === "limited";
    if (!isCut && !isWhole) return { answer, ...asked };
    if (!isCut) continue;
    const halves = halvesOf(part, minMs);
    if (halves.length === 0) {
      return { answer, ...limited(`even the shortest part has ${cut} matches or more`) };
    }
    windows.unshift(...halves);
  }
  if (parts === 0) return { answer, ...limited("its dates cannot be divided") };
  return { answer, end: { ending: "complete", status: 0x0000, parts }, timePath };
}

function limited(why: string): AskEnd {
  const words = `the peer cuts its answers short, and asking in parts did not help: ${why}`;
  return { end: limitedBy("peer", words) };
}
