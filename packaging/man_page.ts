/**
 * Manual pages from the option tables.
 *
 * @module
 */
import { type CommandSpec, tokensOf } from "../src/cli/options/option_table.ts";

/**
 * Writes the manual page of a command.
 *
 * @param spec The command.
 * @param version The program's version.
 * @returns The page, for man(1).
 */
export function commandPage(spec: CommandSpec, version: string): string {
  const lines = [
    title(`worklistd-${spec.name}`, version),
    ".SH NAME",
    `worklistd\\-${text(spec.name)} \\- ${text(spec.summary)}`,
    ".SH SYNOPSIS",
    ...spec.usage.flatMap((
      usage,
      at,
    ) => [...(at === 0 ? [] : [".br"]), `worklistd ${text(usage)}`]),
  ];
  if (spec.description !== undefined) {
    lines.push(".SH DESCRIPTION", ...spec.description.flatMap((part) => [".PP", text(part)]));
  }
  for (const { heading, options } of spec.groups) {
    const shown = options.filter(({ help, kind, presets }) =>
      kind !== "refused" && (help !== "" || presets !== undefined)
    );
    if (shown.length === 0) continue;
    lines.push(`.SH ${text(heading.toUpperCase())}`);
    for (const option of shown) {
      const value = option.value === undefined ? "" : ` \\fI${text(option.value)}\\fR`;
      const choices = option.choices === undefined ? "" : ` ${option.choices.join(", ")}`;
      const tokens = tokensOf(option).map((token) => `\\fB${text(token)}\\fR`).join(", ");
      lines.push(
        ".TP",
        `${tokens}${value}`,
        text(`${option.help}${choices}`.trim() || option.name),
      );
      for (const { tokens, help } of option.presets ?? []) {
        lines.push(".TP", `\\fB${text(tokens.join(", "))}\\fR`, text(help));
      }
    }
  }
  if (spec.examples !== undefined) {
    lines.push(".SH EXAMPLES");
    for (const [command, does] of spec.examples) {
      lines.push(".PP", text(does), ".RS", ".nf", `worklistd ${text(command)}`, ".fi", ".RE");
    }
  }
  lines.push(".SH SEE ALSO", "worklistd(1)");
  return `${lines.join("\n")}\n`;
}

/**
 * Writes the manual page of the program.
 *
 * @param specs Its commands.
 * @param version Its version.
 * @returns The page, for man(1).
 */
export function programPage(specs: readonly CommandSpec[], version: string): string {
  const lines = [
    title("worklistd", version),
    ".SH NAME",
    "worklistd \\- polls DICOM worklists and delivers what changed",
    ".SH SYNOPSIS",
    "worklistd \\fICOMMAND\\fR [options]",
    ".SH DESCRIPTION",
    "Asks DICOM peers the same questions again and again, commits what changed to a local journal, and delivers",
    "each change to files and webhooks, in order and at least once.",
    ".SH COMMANDS",
    ...specs.flatMap(({ name, summary }) => [".TP", `worklistd\\-${text(name)}(1)`, text(summary)]),
    ".SH FILES",
    ".TP",
    "/etc/worklistd/worklistd.yaml",
    "The configuration of the service.",
    ".TP",
    "/var/lib/worklistd",
    "The state: items, history, and how far each sink is.",
    ".SH EXIT STATUS",
    "0 done, 1 failed, 2 usage, 78 bad configuration.",
  ];
  return `${lines.join("\n")}\n`;
}

function title(name: string, version: string): string {
  return `.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "" "worklistd ${version}" "worklistd"`;
}

/** Escapes what roff would read otherwise. */
function text(plain: string): string {
  return plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(['.])/gm, "\\&$1")
    .replaceAll("\n", " ");
}
