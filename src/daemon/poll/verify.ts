/**
 * Asks a peer for single items by their unique keys, before their removal is believed.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import { buildIdentifier } from "../../query/identifier.ts";
import { getAt, parseKeyPath } from "../../query/key_path.ts";
import { problemOfValue, vrOfKey } from "../../query/key_value.ts";
import { levelOf } from "../../query/model.ts";
import type { ReceivedMatch } from "../../worklist/judge/answer.ts";
import type { FailureClass, Item } from "../../worklist/journal/journal.ts";
import type { Verification } from "../../worklist/judge/verification.ts";
import type { AskOptions } from "./ask.ts";
import type { QueryConfig } from "../config.ts";
import { failureOf } from "../failure.ts";
import { definitionOf } from "./question.ts";

/** More answers to a question for one item prove nothing. */
const mostMatches = 100;

/** Failures that do not depend on the question: the next one would fail likewise, after a long wait. */
const failuresOfPeer: ReadonlySet<FailureClass> = new Set([
  "unreachable",
  "rejected",
  "timed-out",
  "aborted",
  "limited",
]);

/** Keys that peers know, for items whose unique keys are empty. */
const lastResort = ["AccessionNumber", "PatientID"];

/**
 * Asks for each of some items.
 *
 * @param items The items whose removal waits for the answer.
 * @param query Their query.
 * @param options The peer.
 * @returns The findings, by the id of the item. A peer that fails is asked no more; a question that it
 * refuses does not keep it from answering the next.
 */
export async function verify(
  items: readonly Item[],
  query: QueryConfig,
  options: Omit<AskOptions, "model" | "identifier" | "limit">,
): Promise<Map<string, Verification>> {
  const found = new Map<string, Verification>();
  let unanswered: Verification | undefined;
  for (const item of items) {
    if (unanswered !== undefined) {
      found.set(item.id, unanswered);
      continue;
    }
    const keys = uniqueKeysOf(item, query);
    const { failure, ...verification } = keys === undefined
      ? nameless
      : await askFor(keys, query, options);
    if (failure && failuresOfPeer.has(failure)) unanswered = verification;
    found.set(item.id, verification);
  }
  return found;
}

/** The answers for many items are judged together, so that each may only be a small part of one answer. */
const answersAtOnce = 200;

type Asked = Verification & { readonly failure?: FailureClass };

const nameless: Asked = { answered: false, why: "it has no value that it could be asked for by" };
const unheeded: Asked = {
  answered: false,
  why: `the peer has more than ${mostMatches} matches for one item, and may ignore unique keys`,
  failure: "limited",
};

async function askFor(
  keys: Readonly<Record<string, string>>,
  query: QueryConfig,
  { asker, maxAnswerBytes = Infinity, ...options }: Omit<
    AskOptions,
    "model" | "identifier" | "limit"
  >,
): Promise<Asked> {
  const matches: ReceivedMatch[] = [];
  const anyDay = { now: Temporal.Instant.fromEpochMilliseconds(0), timeZone: query.timeZone };
  const { identifier } = buildIdentifier({ ...definitionOf(query), keys }, anyDay);
  try {
    const { ending } = await asker.find(
      { model: query.model, identifier },
      { ...options, limit: mostMatches, maxAnswerBytes: maxAnswerBytes / answersAtOnce },
      (some) => matches.push(...some),
    );
    return ending === "complete" ? { answered: true, keys: Object.keys(keys), matches } : unheeded;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { answered: false, why: failure.words, failure: failure.class };
  }
}

/** Returns the unique keys of an item that have values, otherwise other keys; `undefined` if none has a value. */
function uniqueKeysOf(item: Item, query: QueryConfig): Record<string, string> | undefined {
  const dataSet = parseJson(item.json);
  const choices = [
    levelOf(query.model, query.level).uniqueKeys,
    query.identity === "default" ? [] : query.identity,
    lastResort,
  ];
  return choices.map((paths) => valuesAt(dataSet, paths))
    .find((values) => Object.keys(values).length > 0);
}

/** The values that can be asked for: peers send what no question may have. */
function valuesAt(dataSet: DataSet, paths: readonly string[]): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const path of paths) {
    const keyPath = parseKeyPath(path);
    const value = getAt(dataSet, keyPath)?.value;
    const [text] = value === undefined ? [] : Array.from<unknown, string>(value, String);
    const vr = vrOfKey(keyPath.at(-1)?.tag ?? 0);
    if (text && problemOfValue(vr, text) === undefined) keys[path] = text;
  }
  return keys;
}
