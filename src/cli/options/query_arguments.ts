// Touches the world: reads query files, and stdin for `-`.
/**
 * The queries that `find` sends, from query files, keys and return keys.
 *
 * One query per file; the lines of `--query-file`, then the level, keys and return keys are laid over each.
 * Without any of them the query asks for all that the model returns.
 *
 * @module
 */
import { chooseCharacterSet } from "../../dicom/text/text.ts";
import { DataSet, element } from "../../dicom/data_set.ts";
import { Tag } from "../../dicom/tag.ts";
import { usesCharacterSet } from "../../dicom/vr.ts";
import type { ResolveContext } from "../../query/date_window.ts";
import { askFor } from "../../query/identifier.ts";
import { asLevel, levelOf, type ModelName } from "../../query/model.ts";
import type { findSpec } from "./find_options.ts";
import { applyKey } from "./key_argument.ts";
import { UsageError, type Values } from "./option_table.ts";
import { splitPaths } from "../results/result_cell.ts";

/** The sources of a query. */
export type QueryValues = Pick<
  Values<typeof findSpec>,
  "file" | "key" | "level" | "model" | "new-vrs" | "query-file" | "return" | "timezone"
>;

/**
 * Builds the queries of a command line.
 *
 * @param values The options.
 * @param files The query files after the peer.
 * @param warn Called with each thing that is sent differently from how it was written.
 * @returns One query at least; its character set holds what is in it.
 * @throws {UsageError} If a key or a file cannot be understood.
 */
export async function queriesOf(
  values: QueryValues,
  files: readonly string[],
  warn: (text: string) => void,
): Promise<DataSet[]> {
  const context = resolveContext(values.timezone);
  const paths = [...values.file, ...files];
  const queries: DataSet[] = [];
  if (paths.length > 0) {
    const { readQueryFile } = await import("./query_file.ts");
    for (const path of paths) queries.push(...await readQueryFile(path, context));
  } else {
    queries.push(new DataSet());
  }
  const lines: string[] = [];
  if (values["query-file"].length > 0) {
    const { readQueryLines } = await import("./query_file.ts");
    for (const path of values["query-file"]) lines.push(...await readQueryLines(path));
  }
  const isEmpty = paths.length === 0 && lines.length === 0 && values.key.length === 0;
  for (const query of queries) {
    for (const line of lines) understood(() => applyKey(query, line, context));
    if (values.level !== undefined) query.set(element(Tag.QueryRetrieveLevel, [values.level]));
    for (const key of values.key) understood(() => applyKey(query, key, context));
    const lists = isEmpty && values.return.length === 0 ? ["default"] : values.return;
    for (const list of lists) {
      understood(() => addReturnKeys(query, list, values.model ?? "worklist"));
    }
    nameCharacterSet(query, warn);
  }
  if (values["new-vrs"] !== "off") return queries;
  const { withoutNewVrs } = await import("./old_vrs.ts");
  return queries.map(withoutNewVrs);
}

function resolveContext(timeZone: string = Temporal.Now.timeZoneId()): ResolveContext {
  const now = Temporal.Now.instant();
  try {
    now.toZonedDateTimeISO(timeZone);
  } catch (cause) {
    throw new UsageError("--timezone must be a time zone, as Europe/Berlin", { cause });
  }
  return { now, timeZone };
}

/**
 * Does what a mistake in a key or key path would keep from being done.
 *
 * @param work The function that reads it.
 * @throws {UsageError} If there is one: it is a mistake in the command line.
 */
export function understood(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function addReturnKeys(query: DataSet, list: string, model: ModelName): void {
  const paths = splitPaths(list);
  const others = paths.filter((path) => path !== "default");
  askFor(query, { model, return: others });
  if (others.length < paths.length) addDefaultReturnKeys(query, model);
}

function addDefaultReturnKeys(query: DataSet, model: ModelName): void {
  const named = query.string(Tag.QueryRetrieveLevel);
  const { level } = levelOf(model, named === undefined ? undefined : asLevel(named));
  askFor(query, { model, level });
  // An empty one is not allowed in a query, PS3.4 section C.2.2.2.
  if (query.string(Tag.SpecificCharacterSet) === undefined) query.delete(Tag.SpecificCharacterSet);
  if (level !== undefined) query.set(element(Tag.QueryRetrieveLevel, [level]));
}

/** Names a Specific Character Set that holds the texts, where the one that is named does not. */
function nameCharacterSet(query: DataSet, warn: (text: string) => void): void {
  const texts = [...textsOf(query)];
  if (texts.every((text) => /^[\0-\x7f]*$/.test(text))) return;
  const named = query.strings(Tag.SpecificCharacterSet);
  const chosen = chooseCharacterSet(texts, named);
  if (chosen.join("\\") === named.join("\\")) return;
  if (named.length > 0) {
    warn(`${named.join("\\")} does not hold the query's text: it is sent as ${chosen.join("\\")}`);
  }
  query.set(element(Tag.SpecificCharacterSet, chosen));
}

function* textsOf(dataSet: DataSet): Generator<string> {
  for (const { items, strings, vr } of dataSet.elements()) {
    if (usesCharacterSet(vr)) yield* strings;
    for (const item of items) yield* textsOf(item);
  }
}
