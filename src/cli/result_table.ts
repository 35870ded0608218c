/**
 * Matches as a table that fits the terminal.
 *
 * The widths come from the first matches that arrive together, so that nothing has to wait for the last.
 *
 * @module
 */
import { cellText, columnsOf, leafPaths, parseColumns } from "./result_cell.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";
import { layOutTable, type TableLayout } from "./text_table.ts";

/** A line of titles, then a line per match. */
export function tableWriter(options: ResultWriterOptions): ResultWriter {
  const { stream } = options;
  const columns = options.columns === undefined
    ? columnsOf(leafPaths(options.query))
    : parseColumns(options.columns);
  const titles = columns.map((column) => column.title);
  let layout: TableLayout | undefined;
  const begin = async (rows: readonly string[][]): Promise<TableLayout> => {
    const made = layOutTable(titles, rows, options.width);
    const hidden = columns.length - made.columns;
    if (hidden > 0) options.note(`${hidden} columns do not fit: choose with --columns`);
    await stream.print(options.colour ? `\x1b[1m${made.head}\x1b[22m\n` : `${made.head}\n`);
    return made;
  };
  return {
    async write(results: Iterable<Result>): Promise<void> {
      const rows = Array.from(
        results,
        ({ dataSet }) => columns.map((column) => cellText(dataSet, column.path)),
      );
      if (rows.length === 0) return;
      layout ??= await begin(rows);
      for (const row of rows) await stream.print(`${layout.line(row)}\n`);
      await stream.flush();
    },
    async end(): Promise<void> {
      layout ??= await begin([]);
      await stream.flush();
    },
  };
}
