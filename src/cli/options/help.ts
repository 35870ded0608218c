/**
 * Help texts, made from the option tables.
 *
 * @module
 */
import { type CommandSpec, type OptionKind, type OptionSpec, tokensOf } from "./option_table.ts";

const left = 30;

/**
 * Writes the help text of a command.
 *
 * @param spec The command's table.
 * @param width The columns of the terminal.
 * @returns The text, its last line ended.
 */
export function formatHelp(spec: CommandSpec, width: number): string {
  const lines = [`worklistd ${spec.name}: ${spec.summary}`, ""];
  for (const [index, usage] of spec.usage.entries()) {
    lines.push(`${index === 0 ? "usage:" : "      "} worklistd ${usage}`);
  }
  for (const paragraph of spec.description ?? []) lines.push("", ...wrap(paragraph, width));
  for (const group of spec.groups) {
    const rows = group.options.flatMap((option) => optionRows(option, width));
    if (rows.length > 0) lines.push("", `${group.heading}:`, ...rows);
  }
  if (spec.examples !== undefined) {
    lines.push("", "Examples:");
    for (const [command, does] of spec.examples) {
      lines.push(...wrap(`# ${does}`, width - 2).map((line) => `  ${line}`));
      lines.push(`  worklistd ${command}`);
    }
  }
  return lines.join("\n") + "\n";
}

/** One line per command, aligned. */
export function formatCommandList(commands: Iterable<CommandSpec>, width: number): string {
  const rows = [...commands].flatMap((spec) => row(`  ${spec.name}`, spec.summary, width, 16));
  return rows.join("\n") + "\n";
}

const helpPrefixes: ReadonlyMap<OptionKind, string> = new Map([
  ["noted", "no effect: "],
  ["refused", "not possible: "],
]);

function optionRows(option: OptionSpec, width: number): string[] {
  const rows: string[] = [];
  if (option.help !== "") {
    const [short, others] = spellings(tokensOf(option));
    const value = option.value === undefined ? "" : ` ${option.value}`;
    const choices = option.choices === undefined ? "" : ` ${option.choices.join(", ")}`;
    const also = others.length === 0 ? "" : ` [also ${others.join(", ")}]`;
    const help = `${helpPrefixes.get(option.kind) ?? ""}${option.help}`;
    rows.push(
      ...row(`  ${short}--${option.name}${value}`, `${help}${choices}${also}`, width, left),
    );
  }
  for (const preset of option.presets ?? []) {
    rows.push(...row(`  ${preset.tokens.join(", ")}`, preset.help, width, left));
  }
  return rows;
}

/** The one-letter token as the prefix of its row, and the tokens that are named after the text. */
function spellings(tokens: readonly string[]): [short: string, others: readonly string[]] {
  const short = tokens.find((token) => /^-[A-Za-z]$/.test(token));
  const others = tokens.slice(1).filter((token) => token !== short);
  return [short === undefined ? "    " : `${short}, `, others];
}

function row(label: string, text: string, width: number, column: number): string[] {
  const wrapped = wrap(text, Math.max(width - column, 30));
  const fits = label.length < column - 1;
  const first = fits ? [label.padEnd(column) + (wrapped[0] ?? "")] : [label];
  const others = fits ? wrapped.slice(1) : wrapped;
  return [...first, ...others.map((line) => " ".repeat(column) + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}
