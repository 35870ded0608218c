/**
 * Tables of text that fit a terminal, wide characters counted as they are shown.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import { printable } from "./printable.ts";

const gap = "  ";
/** A column is not made narrower than this. */
const leastWidth = 6;
/** A column is not made wider than this where there is a width to fit. */
const mostWidth = 64;

/** How wide each column of a table is, and how its lines are written. */
export interface TableLayout {
  /** How many columns are shown; the last ones may not fit. */
  readonly columns: number;
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
 * const table = layOutTable([["Name", "Id"], ["DOE^JANE", "1"]], Infinity);
 * assertEquals(table.line(["DOE^JANE", "1"]), "DOE^JANE  1");
 * ```
 *
 * @param rows The titles and the rows that are known already.
 * @param width The width of the terminal; Infinity where nothing has to fit.
 * @returns The layout. Cells that are longer than those that were known are cut only if the table has to fit.
 */
export function layOutTable(rows: readonly (readonly string[])[], width: number): TableLayout {
  const count = Math.max(...rows.map((row) => row.length));
  const wanted = Array.from(
    { length: count },
    (_, index) => Math.max(...rows.map((row) => unicodeWidth(printable(row[index] ?? "")))),
  );
  const isCut = width !== Infinity;
  const widths = isCut ? fitWidths(wanted, width) : wanted;
  return {
    columns: widths.length,
    line: (cells) =>
      widths.map((width, index) => fitted(printable(cells[index] ?? ""), width, isCut)).join(gap)
        .trimEnd(),
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

/** Pads a cell, and cuts it where it has to fit. */
function fitted(text: string, width: number, isCut: boolean): string {
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
