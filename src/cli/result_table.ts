/**
 * Matches as a table that fits the terminal.
 *
 * The widths come from the first matches that arrive together, so that nothing has to wait for the last.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import { printable } from "./printable.ts";
import { cellText, type Column, columnsOf, leafPaths, parseColumns } from "./result_cell.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

const gap = "  ";
/** A column is not made narrower than this. */
const leastWidth = 6;
/** A column is not wider than this where the terminal does not ask for less. */
const mostWidth = 64;

/** A line of titles, then a line per match. */
export function tableWriter(options: ResultWriterOptions): ResultWriter {
  const { stream, isTerminal } = options;
  let columns: readonly Column[] = options.columns === undefined
    ? columnsOf(leafPaths(options.query))
    : parseColumns(options.columns);
  let widths: readonly number[] | undefined;
  const line = (cells: readonly string[], widths: readonly number[]): string =>
    cells.map((cell, index) => fitted(cell, widths[index] ?? 0, isTerminal)).join(gap).trimEnd();
  const rowOf = ({ dataSet }: Result): string[] =>
    columns.map((column) => printable(cellText(dataSet, column.path)));
  const begin = async (rows: readonly string[][]): Promise<readonly number[]> => {
    const wanted = columns.map((column, index) =>
      Math.max(...[column.title, ...rows.map((row) => row[index] ?? "")].map(unicodeWidth))
    );
    const fitting = isTerminal ? fitWidths(wanted, options.width) : wanted;
    if (fitting.length < columns.length) {
      options.note(`${columns.length - fitting.length} columns do not fit; choose with --columns`);
      columns = columns.slice(0, fitting.length);
    }
    const titles = line(columns.map((column) => column.title), fitting);
    await stream.print(options.colour ? `\x1b[1m${titles}\x1b[22m\n` : `${titles}\n`);
    return fitting;
  };
  return {
    async write(results: Iterable<Result>): Promise<void> {
      const rows = Array.from(results, rowOf);
      if (rows.length === 0) return;
      widths ??= await begin(rows);
      for (const row of rows) await stream.print(`${line(row.slice(0, widths.length), widths)}\n`);
      await stream.flush();
    },
    async end(): Promise<void> {
      widths ??= await begin([]);
      await stream.flush();
    },
  };
}

/**
 * Makes columns fit: wide ones give way first, and the last are left out where even narrow ones do not fit.
 *
 * @param wanted The widths that the columns would like.
 * @param width The width of the terminal.
 * @returns The widths of the columns that are shown; at least one.
 */
export function fitWidths(wanted: readonly number[], width: number): number[] {
  const widths = wanted.map((want) => Math.min(want, mostWidth));
  const least = widths.map((want) => Math.min(want, leastWidth));
  while (widths.length > 1 && total(least) > width) {
    least.pop();
    widths.pop();
  }
  while (total(widths) > width) {
    const widest = Math.max(...widths);
    if (widest <= leastWidth) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}

/** Pads a cell, and cuts it where the terminal is too narrow. */
function fitted(text: string, width: number, cut: boolean): string {
  const length = unicodeWidth(text);
  if (length <= width) return text + " ".repeat(width - length);
  if (!cut) return text;
  let short = "";
  let used = 1;
  for (const character of text) {
    used += unicodeWidth(character);
    if (used > width) break;
    short += character;
  }
  return `${short}…${" ".repeat(width - unicodeWidth(short) - 1)}`;
}
