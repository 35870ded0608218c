/**
 * `worklistd show`: the stored worklist, now or as it was.
 *
 * @module
 */
import type { Config } from "../../daemon/config.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import { listStoredQueries, readStoredQuery } from "../../worklist/journal/history.ts";
import { readItemsAt } from "../../worklist/journal/time_machine.ts";
import {
  namedWords,
  printTable,
  printText,
  requiredConfig,
  shownCsvLine,
  shownJson,
} from "../command_output.ts";
import type { showSpec } from "../options/daemon_options.ts";
import { defaultColumns } from "../results/default_columns.ts";
import { requireKnown } from "../options/known_name.ts";
import { parseMoment } from "../options/moment.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { cellText, type Column, parseColumns } from "../results/result_cell.ts";
import { ResultStream } from "../results/result_stream.ts";
import { say } from "../terminal.ts";

/** The shown part of an item: its data set in the DICOM JSON Model. */
interface ShownItem {
  readonly json: string;
}

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function show({ values, words }: Arguments<typeof showSpec>): Promise<number> {
  const [query] = namedWords(words, "QUERY");
  const config = await requiredConfig(values.config);
  const stored = await listStoredQueries(config.stateDir);
  requireKnown(config, "query", query, stored);
  if (!stored.includes(query)) say(`${query} was not polled yet`);
  const items = stored.includes(query) ? await itemsOf(config, query, values.at) : [];
  switch (values.format ?? "table") {
    case "json":
      await printText(
        items.length === 0
          ? "[]\n"
          : `[\n${items.map(({ json }) => shownJson(json)).join(",\n")}\n]\n`,
      );
      return 0;
    case "ndjson":
      await printText(items.map(({ json }) => `${shownJson(json)}\n`).join(""));
      return 0;
    case "csv":
      await printCsv(items, columnsOf(config, query, values.columns));
      return 0;
    case "table": {
      const columns = columnsOf(config, query, values.columns);
      await printTable(
        columns.map(({ title }) => title),
        items.map((item) => cells(item, columns)),
      );
      say(`${items.length} ${items.length === 1 ? "item" : "items"}`);
      return 0;
    }
  }
}

async function itemsOf(
  config: Config,
  query: string,
  at: string | undefined,
): Promise<readonly ShownItem[]> {
  if (at === undefined) return (await readStoredQuery(config.stateDir, query)).items;
  const moment = parseMoment("--at", at, Temporal.Now.zonedDateTimeISO());
  return await readItemsAt(config.stateDir, query, moment);
}

function columnsOf(config: Config, query: string, list: string | undefined): readonly Column[] {
  const { model = "worklist", level } = config.queries.get(query) ?? {};
  try {
    return parseColumns(list ?? defaultColumns(model, level));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--columns: ${error.message}`, { cause: error });
  }
}

async function printCsv(items: readonly ShownItem[], columns: readonly Column[]): Promise<void> {
  const stream = new ResultStream();
  await stream.print(shownCsvLine(columns.map(({ name }) => name)));
  for (const item of items) await stream.print(shownCsvLine(cells(item, columns)));
  await stream.flush();
}

function cells({ json }: ShownItem, columns: readonly Column[]): string[] {
  const dataSet = parseJson(json);
  return columns.map(({ path }) => cellText(dataSet, path));
}
