/**
 * Asks a peer for single items by their unique keys, before their removal is believed.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { parseJson } from "../dicom/json_decode.ts";
import { buildIdentifier } from "../query/identifier.ts";
import { getAt, parseKeyPath } from "../query/key_path.ts";
import { levelOf } from "../query/model.ts";
import type { ReceivedMatch } from "../worklist/answer.ts";
import type { Item } from "../worklist/journal.ts";
import type { Verification } from "../worklist/departure.ts";
import type { AskOptions } from "./ask.ts";
import type { QueryConfig } from "./config.ts";
import { failureOf } from "./failure.ts";
import { definitionOf } from "./question.ts";

/** More answers to a question for one item prove nothing. */
const mostMatches = 100;

/**
 * Asks for each of some items.
 *
 * @param items The items whose removal waits for the answer.
 * @param query Their query.
 * @param options Where to ask.
 * @returns What was found, by the id of the item. After a first failure nothing more is asked.
 */
export async function verify(
  items: readonly Item[],
  query: QueryConfig,
  options: Omit<AskOptions, "model" | "identifier" | "limit">,
): Promise<Map<string, Verification>> {
  const found = new Map<string, Verification>();
  let hasFailed = false;
  for (const item of items) {
    const identifier: DataSet | undefined = hasFailed ? undefined : targetedIdentifier(item, query);
    const verification: Verification = identifier === undefined
      ? { answered: false }
      : await askFor(identifier, query, options);
    hasFailed ||= identifier !== undefined && !verification.answered;
    found.set(item.id, verification);
  }
  return found;
}

async function askFor(
  identifier: DataSet,
  { model }: QueryConfig,
  { asker, ...options }: Omit<AskOptions, "model" | "identifier" | "limit">,
): Promise<Verification> {
  const matches: ReceivedMatch[] = [];
  try {
    const { incomplete } = await asker.find(
      { model, identifier },
      { ...options, limit: mostMatches },
      (some) => matches.push(...some),
    );
    return incomplete === undefined ? { answered: true, matches } : { answered: false };
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
    return { answered: false };
  }
}

/** The question for one item by those of its unique keys that it has; `undefined` where it has none. */
function targetedIdentifier(item: Item, query: QueryConfig): DataSet | undefined {
  const dataSet = parseJson(item.json);
  const keys: Record<string, string> = {};
  for (const path of levelOf(query.model, query.level).uniqueKeys) {
    const value = getAt(dataSet, parseKeyPath(path))?.value;
    const [text] = value === undefined ? [] : Array.from<unknown, string>(value, String);
    if (text !== undefined && text !== "") keys[path] = text;
  }
  if (Object.keys(keys).length === 0) return undefined;
  const definition = { ...definitionOf(query), keys };
  const anyDay = { now: Temporal.Instant.fromEpochMilliseconds(0), timeZone: query.timeZone };
  return buildIdentifier(definition, anyDay).identifier;
}
