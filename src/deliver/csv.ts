/**
 * CSV (RFC 4180) whose cells a spreadsheet shows but never runs as formulas.
 *
 * @module
 */

/**
 * Writes one line.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { csvLine } from "./csv.ts";
 *
 * assertEquals(csvLine(["Doe^Jane", "=1+1", 'a "b", c']), `Doe^Jane,'=1+1,"a ""b"", c"\r\n`);
 * ```
 *
 * @param cells The values. A value that a spreadsheet would take for a formula gets a `'` in front.
 * @returns The line with its end.
 */
export function csvLine(cells: readonly string[]): string {
  return cells.map(cellOf).join(",") + "\r\n";
}

function cellOf(value: string): string {
  const safe = /^[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/.test(value)
    ? `'${value}`
    : value;
  return /[",;\r\n\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
