/**
 * Matches as comma-separated values, RFC 4180, safe to open in a spreadsheet.
 *
 * @module
 */
import { csvLine } from "../../deliver/csv.ts";
import { dataSetOf } from "../../dicom/decode.ts";
import { showControls } from "../../dicom/text/show_controls.ts";
import { cellText, columnsOf, leafPaths, parseColumns, tagsOf } from "./result_cell.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

/** A header line of key paths, then a line per match. */
export function csvWriter(options: ResultWriterOptions): ResultWriter {
  const { stream, isTerminal } = options;
  const columns = options.columns === undefined
    ? columnsOf(leafPaths(options.query))
    : parseColumns(options.columns);
  const tags = tagsOf(columns);
  let header = csvLine(columns.map((column) => column.name));
  const writeHeader = (): void => {
    stream.pending.writeText(header);
    header = "";
  };
  return {
    async write(results: Iterable<Result>): Promise<void> {
      writeHeader();
      for (const { outline } of results) {
        const dataSet = dataSetOf(outline, tags);
        const cells = columns.map((column) => cellText(dataSet, column.path));
        stream.pending.writeText(csvLine(isTerminal ? cells.map(showControls) : cells));
        if (stream.isFull) await stream.flush();
      }
    },
    flush: () => stream.flush(),
    async end(): Promise<void> {
      writeHeader();
      await stream.flush();
    },
  };
}
