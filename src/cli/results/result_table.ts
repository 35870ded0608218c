/**
 * Matches as a table that fits the terminal.
 *
 * The widths come from the first matches that arrive together, so that nothing has to wait for the last.
 *
 * @module
 */
import { dataSetOf } from "../../dicom/decode.ts";
import { cellText, columnsOf, leafPaths, parseColumns, tagsOf } from "./result_cell.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";
import { layOutTable, type TableLayout } from "./text_table.ts";

/** The number of matches that column widths are measured on. */
const mostAwaited = 1000;

/** A line of titles, then a line per match. */
export function tableWriter(options: ResultWriterOptions): ResultWriter {
  const { stream } = options;
  const columns = options.columns === undefined
    ? columnsOf(leafPaths(options.query))
    : parseColumns(options.columns);
  const titles = columns.map((column) => column.title);
  const tags = tagsOf(columns);
  /** Rows that wait for the widths. */
  let awaited: string[][] = [];
  let layout: TableLayout | undefined;
  const begin = async (): Promise<void> => {
    const made = layout = layOutTable(titles, awaited, options.width);
    const hidden = columns.length - made.columns;
    if (hidden > 0) options.note(`${hidden} columns do not fit: choose with --columns`);
    await stream.print(options.colour ? `\x1b[1m${made.head}\x1b[22m\n` : `${made.head}\n`);
    for (const row of awaited) await stream.print(`${made.line(row)}\n`);
    awaited = [];
  };
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const { outline } of results) {
        const dataSet = dataSetOf(outline, tags);
        const row = columns.map((column) => cellText(dataSet, column.path));
        if (layout === undefined) awaited.push(row);
        else stream.pending.writeText(`${layout.line(row)}\n`);
        if (awaited.length >= mostAwaited) await begin();
        if (stream.isFull) await stream.flush();
      }
    },
    async flush(): Promise<void> {
      if (awaited.length > 0) await begin();
      await stream.flush();
    },
    async end(): Promise<void> {
      if (layout === undefined) await begin();
      await stream.flush();
    },
  };
}
