/**
 * Tables of text that fit a terminal, wide characters counted as they are shown.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import { showControls } from "../../dicom/text/show_controls.ts";

const gap = "  ";
/** A column is not made narrower than this, */
const leastWidth = 6;
/** nor than its values or this, whichever is less, */
const leastValueWidth = 16;
/** nor than its title or this. */
const leastTitleWidth = 10;
/** A column is not made wider than this where there is a width to fit. */
const mostWidth = 64;

/** The layout of a table: the width of each column, and its lines. */
export interface TableLayout {
  /** The number of columns that fit. */
  readonly columns: number;
  /** The line of titles; cut at their beginning, since keywords differ at their end. */
  readonly head: string;
  /** Writes a line of cells; control characters in them are shown. */
  line(cells: readonly string[]): string;
}

/**
 * Lays out a table.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { layOutTable } from "./text_table.ts";
 *
 * const table = layOutTable(["Name", "Id"], [["DOE^JANE", "1"]], Infinity);
 * assertEquals(table.head, "Name      Id");
 * assertEquals(table.line(["DOE^JANE", "1"]), "DOE^JANE  1");
 * ```
 *
 * @param titles The headings of the columns.
 * @param rows The rows that are known already.
 * @param width The width of the terminal; Infinity where nothing has to fit.
 * @returns The layout. Cells that are longer than those that were known are cut only if the table has to fit.
 */
export function layOutTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): TableLayout {
  const columns = titles.map((title, index) => ({
    title: unicodeWidth(title),
    value: rows.reduce(
      (widest, row) => Math.max(widest, unicodeWidth(showControls(row[index] ?? ""))),
      0,
    ),
  }));
  const isCut = width !== Infinity;
  const widths = isCut
    ? fitWidths(columns, width)
    : columns.map(({ title, value }) => Math.max(title, value));
  const joined = (cells: readonly string[], fit: (cell: string, width: number) => string): string =>
    widths.map((width, index) => fit(cells[index] ?? "", width)).join(gap).trimEnd();
  return {
    columns: widths.length,
    head: joined(titles, (title, width) => cutAtStart(title, width)),
    line: (cells) => joined(cells, (cell, width) => cutAtEnd(showControls(cell), width, isCut)),
  };
}

/**
 * Makes columns fit: wide ones give way first, and the last are left out where even narrow ones do not fit.
 *
 * @param columns The widths of the titles and of the widest values.
 * @param width The width of the terminal.
 * @returns The widths of the columns that are shown; at least one.
 */
export function fitWidths(
  columns: readonly { readonly title: number; readonly value: number }[],
  width: number,
): number[] {
  const widths = columns.map(({ title, value }) => Math.min(Math.max(title, value), mostWidth));
  const least = columns.map(({ title, value }) =>
    Math.max(
      Math.min(title, leastTitleWidth),
      Math.min(value, leastValueWidth),
      Math.min(title, value, leastWidth),
    )
  );
  while (widths.length > 1 && total(least) > width) {
    least.pop();
    widths.pop();
  }
  while (total(widths) > width) {
    const spare = widths.map((each, index) => each > (least[index] ?? 0) ? each : 0);
    const widest = Math.max(...spare);
    if (widest === 0) break;
    widths[spare.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}

function cutAtStart(title: string, width: number): string {
  return title.length <= width ? title.padEnd(width) : `…${title.slice(title.length - width + 1)}`;
}

/** Pads a cell, and cuts it where it has to fit. */
function cutAtEnd(text: string, width: number, isCut: boolean): string {
  const length = unicodeWidth(text);
  if (length <= width) return text + " ".repeat(width - length);
  if (!isCut) return text;
  let short = "";
  let used = 0;
  for (const character of text) {
    const next = used + unicodeWidth(character);
    if (next > width - 1) break;
    short += character;
    used = next;
  }
  return `${short}…${" ".repeat(width - used - 1)}`;
}
