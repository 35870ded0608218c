// Touches the world: reads the size of the terminal and NO_COLOR.
/**
 * Output of commands that print tables, and the configuration that they read.
 *
 * @module
 */
import type { Config } from "../daemon/config.ts";
import { csvLine } from "../deliver/csv.ts";
import { showControls } from "../dicom/text/show_controls.ts";
import { requiredConfigFile } from "./options/config_file.ts";
import { UsageError } from "./options/option_table.ts";
import { printableJson } from "./results/printable_json.ts";
import { ResultStream } from "./results/result_stream.ts";
import { layOutTable } from "./results/text_table.ts";

/** The width that a table has to fit; Infinity where stdout is no terminal. */
function outputWidth(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : Infinity;
}

/** The width of lines that are wrapped: that of the terminal, otherwise 80. */
export function lineWidth(): number {
  const width = outputWidth();
  return width === Infinity ? 80 : width;
}

/** True if stdout takes colour. */
export function takesColour(): boolean {
  return Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
}

/**
 * Writes JSON so that a terminal obeys nothing in it.
 *
 * @param json JSON text.
 * @param isTerminal True if stdout is a terminal; otherwise the text stays as it is.
 * @returns JSON text of the same value.
 */
export function shownJson(json: string, isTerminal: boolean = Deno.stdout.isTerminal()): string {
  return isTerminal ? printableJson(json) : json;
}

/**
 * Writes a line of a CSV file so that a terminal obeys nothing in it.
 *
 * @param cells The cells.
 * @param isTerminal True if stdout is a terminal; otherwise control characters stay as they are.
 * @returns The line with its end.
 */
export function shownCsvLine(
  cells: readonly string[],
  isTerminal: boolean = Deno.stdout.isTerminal(),
): string {
  return csvLine(isTerminal ? cells.map(showControls) : cells);
}

/**
 * Prints text to stdout.
 *
 * @param text Lines with their ends.
 */
export async function printText(text: string): Promise<void> {
  const stream = new ResultStream();
  await stream.print(text);
  await stream.flush();
}

/**
 * Prints a table; nothing where it has no rows.
 *
 * @param titles The headings of the columns.
 * @param rows The cells.
 */
export async function printTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const { head, line } = layOutTable(titles, rows, outputWidth());
  const lines = [takesColour() ? `\x1b[1m${head}\x1b[22m` : head, ...rows.map(line)];
  await printText(lines.map((line) => `${line}\n`).join(""));
}

/**
 * Loads the configuration that a command names.
 *
 * @param file The value of `--config`.
 * @returns The configuration.
 * @throws {UsageError} If none is named and none is in a usual place.
 * @throws {ConfigError} If it has problems.
 */
export async function requiredConfig(file: string | undefined): Promise<Config> {
  const { loadConfig } = await import("../daemon/load_config.ts");
  return await loadConfig(requiredConfigFile(file));
}

/**
 * Takes the arguments of a command that names each of them.
 *
 * @param words The arguments.
 * @param names The name of each, for the message if one is missing.
 * @returns One argument for each name.
 * @throws {UsageError} If there are fewer or more.
 */
export function namedWords<N extends readonly string[]>(
  words: readonly string[],
  ...names: N
): { [K in keyof N]: string } {
  const missing = names[words.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const extra = words[names.length];
  if (extra !== undefined) throw new UsageError(`${extra} is one argument too many`);
  return words as unknown as { [K in keyof N]: string };
}
