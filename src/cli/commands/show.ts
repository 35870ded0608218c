// Touches the world: reads the clock.
/**
 * `worklistd show`: the stored worklist, now or as it was.
 *
 * @module
 */
import type { Config } from "../../daemon/config.ts";
import { cellsOf } from "../../daemon/http/item_rows.ts";
import { knowledgeText } from "../../daemon/look/knowledge_text.ts";
import type { ShowHead } from "../../daemon/look/look_request.ts";
import { clockText, dicomText } from "../../daemon/look/time_text.ts";
import { lookUp } from "../../daemon/reach.ts";
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { parseJson } from "../../dicom/json/json_decode.ts";
import { namedWords, printTable, printText, shownCsvLine, shownJson } from "../command_output.ts";
import type { showSpec } from "../options/daemon_options.ts";
import { defaultColumns } from "../results/default_columns.ts";
import { parseMoment } from "../options/moment.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { openReading, requireQuery, warnOfProblems } from "../reading.ts";
import { cellText, type Column, parseColumns } from "../results/result_cell.ts";
import { ResultStream } from "../results/result_stream.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if nothing is known of the query, or was at that moment.
 */
export async function show({ values, words }: Arguments<typeof showSpec>): Promise<number> {
  const [query] = namedWords(words, "QUERY");
  const reading = await openReading(values.config);
  warnOfProblems(reading);
  await requireQuery(reading, query);
  const now = Temporal.Now.zonedDateTimeISO();
  const moment = values.at === undefined ? undefined : parseMoment("--at", values.at, now);
  const columns = columnsOf(reading.config, query, values.columns);
  const { head, items } = await readItems(reading.stateDir, {
    do: "show",
    query,
    ...(moment && { at: String(moment) }),
    ...(values.find !== undefined && { find: values.find }),
  });
  const options = { now: now.toInstant(), timeZone: now.timeZoneId };
  // Items that incomplete answers had are shown, although that is not all there is.
  if (items.length > 0 || head.isKnown) await print(items, columns, values.format ?? "table");
  const count = `${items.length} ${items.length === 1 ? "item" : "items"}`;
  const what = values.find === undefined ? count : `${count} found`;
  if (!head.isKnown && moment !== undefined) {
    say(`${query}: unknown: no complete answer before ${clockText(moment, options)}`);
    return 1;
  }
  const age = moment === undefined
    ? knowledgeText(head.knowledge, options)
    : `as it was at ${clockText(moment, options)}`;
  say(
    `${query}: ${head.isKnown || items.length > 0 ? `${what}, ` : ""}${age} (${options.timeZone})`,
  );
  return head.isKnown ? 0 : 1;
}

/** Reads the items, in the order of their date and time. */
async function readItems(
  stateDir: string,
  request: Parameters<typeof lookUp>[1],
): Promise<{ head: ShowHead; items: string[] }> {
  const items: { json: string; order: string }[] = [];
  let head: ShowHead | undefined;
  for await (const part of lookUp(stateDir, request)) {
    if (typeof part === "string") items.push({ json: part, order: orderOf(part) });
    else head = part as ShowHead;
  }
  if (head === undefined) throw new Error("the daemon did not answer as expected");
  items.sort((one, other) => one.order < other.order ? -1 : one.order > other.order ? 1 : 0);
  return { head, items: items.map(({ json }) => json) };
}

function orderOf(json: string): string {
  const [when = "", name = "", patientId = "", , accession = "", station = ""] = cellsOf(
    JSON.parse(json),
  );
  return [when === "" ? "9999" : when, station, name, patientId, accession].join("\0");
}

async function print(
  items: readonly string[],
  columns: readonly Column[],
  format: "table" | "json" | "ndjson" | "csv",
): Promise<void> {
  switch (format) {
    case "json":
      return await printText(
        items.length === 0 ? "[]\n" : `[\n${items.map((json) => shownJson(json)).join(",\n")}\n]\n`,
      );
    case "ndjson":
      return await printText(items.map((json) => `${shownJson(json)}\n`).join(""));
    case "csv":
      return await printCsv(items, columns);
    case "table":
      return await printTable(
        columns.map(({ title }) => title),
        items.map((item) =>
          cells(item, columns).map((cell, index) => readable(cell, columns[index]))
        ),
      );
  }
}

function columnsOf(
  config: Config | undefined,
  query: string,
  list: string | undefined,
): readonly Column[] {
  const { model = "worklist", level } = config?.queries.get(query) ?? {};
  try {
    return parseColumns(list ?? defaultColumns(model, level));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--columns: ${error.message}`, { cause: error });
  }
}

async function printCsv(items: readonly string[], columns: readonly Column[]): Promise<void> {
  const stream = new ResultStream();
  await stream.print(shownCsvLine(columns.map(({ name }) => name)));
  for (const item of items) await stream.print(shownCsvLine(cells(item, columns)));
  await stream.flush();
}

function cells(json: string, columns: readonly Column[]): string[] {
  const dataSet = parseJson(json);
  return columns.map(({ path }) => cellText(dataSet, path));
}

/** Dates and times as people read them; several values stay apart as they were. */
function readable(cell: string, column: Column | undefined): string {
  const tag = column?.path.at(-1)?.tag;
  const vr = tag === undefined ? undefined : lookupTag(tag)?.vr;
  if (vr !== "DA" && vr !== "TM" && vr !== "DT") return cell;
  return cell.split(/( \| |\\)/).map((part) => dicomText(vr, part)).join("");
}
