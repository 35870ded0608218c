/**
 * The text of a snapshot: the items of each query, their age, and whether the last answer was complete.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { parseJson } from "../dicom/json/json_decode.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "../query/key_path.ts";
import type { Item } from "../worklist/journal/journal.ts";
import { timeText } from "../base/clock.ts";
import { csvLine } from "./csv.ts";
import type { QueryState } from "./sink.ts";

/** The forms of a snapshot. */
export type SnapshotFormat = "json" | "ndjson" | "csv";

/** The options of a snapshot. */
export interface SnapshotTextOptions {
  readonly format: SnapshotFormat;
  /** The key paths of the columns of CSV; undefined: all attributes that any item has. */
  readonly columns: readonly string[] | undefined;
  readonly written: Temporal.Instant;
}

/** The number of items between two pauses. */
const itemsPerPause = 200;

/** The byte order mark. Without it, spreadsheets do not read CSV as UTF-8. */
const byteOrderMark = "\uFEFF";

/**
 * Writes a snapshot, piece by piece.
 *
 * @param queries The queries and their items.
 * @param options The format and the time.
 * @returns Pieces of text. At an empty piece the caller should let other tasks run.
 */
export function snapshotText(
  queries: readonly QueryState[],
  options: SnapshotTextOptions,
): Iterable<string> {
  switch (options.format) {
    case "json":
      return jsonText(queries, options.written);
    case "ndjson":
      return ndjsonText(queries, options.written);
    case "csv":
      return csvText(queries, options.columns);
  }
}

/** Makes the head: the age and the completeness of the whole and of each query. */
function headOf(queries: readonly QueryState[], written: Temporal.Instant): string {
  const polls = queries.map(({ poll }) => poll);
  const times = polls.map((poll) => poll?.started ?? null);
  return JSON.stringify({
    written: timeText(written),
    polled: times.includes(null) ? null : times.sort()[0] ?? null,
    complete: polls.every((poll) => poll?.complete ?? false),
    queries: Object.fromEntries(queries.map(({ query, sequence, poll }) => [query, {
      sequence,
      polled: poll?.started ?? null,
      complete: poll?.complete ?? false,
      ...(poll?.failure === undefined ? {} : { failure: poll.failure }),
    }])),
  });
}

function* jsonText(queries: readonly QueryState[], written: Temporal.Instant): Generator<string> {
  yield headOf(queries, written).slice(0, -1) + ',"items":[';
  let separator = "\n";
  for (const line of itemLines(queries)) {
    yield separator + line;
    separator = ",\n";
  }
  yield "\n]}\n";
}

function* ndjsonText(queries: readonly QueryState[], written: Temporal.Instant): Generator<string> {
  yield `{"snapshot":${headOf(queries, written)}}\n`;
  for (const line of itemLines(queries)) yield line + "\n";
}

function* itemLines(queries: readonly QueryState[]): Generator<string> {
  for (const state of queries) {
    for (const { subject, key, json } of sortedItems(state)) {
      const about = JSON.stringify({ query: state.query, subject, key });
      yield `${about.slice(0, -1)},"dataset":${json}}`;
    }
  }
}

/** Sorts items by identity, so that two snapshots can be compared line by line. */
function sortedItems(state: QueryState): Item[] {
  return state.items.toSorted((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function* csvText(
  queries: readonly QueryState[],
  chosen: readonly string[] | undefined,
): Generator<string> {
  const columns = chosen?.map((path) => formatKeyPath(parseKeyPath(path))) ??
    (yield* columnsOf(queries));
  yield byteOrderMark + csvLine(["query", "polled", "complete", ...columns]);
  for (const state of queries) {
    const about = [state.query, state.poll?.started ?? "", String(state.poll?.complete ?? false)];
    const items = sortedItems(state);
    if (items.length === 0) yield csvLine([...about, ...columns.map(() => "")]);
    for (const { json } of items) {
      const cells = new Map(cellsOf(parseJson(json)));
      yield csvLine([...about, ...columns.map((column) => cells.get(column) ?? "")]);
    }
  }
}

/** Finds the columns. It yields empty texts as pauses. */
function* columnsOf(queries: readonly QueryState[]): Generator<string, string[]> {
  const columns = new Set<string>();
  let items = 0;
  for (const state of queries) {
    for (const { json } of state.items) {
      for (const [column] of cellsOf(parseJson(json))) columns.add(column);
      if (++items % itemsPerPause === 0) yield "";
    }
  }
  return [...columns].sort();
}

/** The attributes of a data set and of its items, each with its key path. Binary values are left out. */
function* cellsOf(dataSet: DataSet, above: KeyPath = []): Generator<[string, string]> {
  for (const { tag, value, items } of dataSet.elements()) {
    for (const [item, nested] of items.entries()) yield* cellsOf(nested, [...above, { tag, item }]);
    if (items.length > 0 || value instanceof Uint8Array) continue;
    yield [formatKeyPath([...above, { tag }]), value.map(String).join("\\")];
  }
}
