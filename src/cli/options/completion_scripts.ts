/**
 * Completion scripts for shells, from the option tables.
 *
 * @module
 */
import { type CommandSpec, optionsOf, type OptionSpec, tokensOf } from "./option_table.ts";

/** A token that can be completed, and what may follow it. */
interface Completion {
  readonly token: string;
  readonly help: string;
  readonly choices: readonly string[];
  /** The kind of argument that follows. */
  readonly follows: "nothing" | "file" | "folder" | "choice" | "other";
}

/** Options that are refused are not offered; those without an effect are not either. */
function completionsOf(spec: CommandSpec): Completion[] {
  return optionsOf(spec).filter(({ kind }) => kind !== "refused" && kind !== "noted").flatMap(
    (option) => [
      ...tokensOf(option).map((token) => ({
        token,
        help: firstWords(option.help === "" ? option.name : option.help),
        choices: option.choices ?? [],
        follows: whatFollows(option),
      })),
      ...(option.presets ?? []).flatMap(({ tokens, help }) =>
        tokens.map((token) => ({
          token,
          help: firstWords(help),
          choices: [],
          follows: "nothing" as const,
        }))
      ),
    ],
  );
}

function whatFollows({ kind, choices }: OptionSpec): Completion["follows"] {
  if (choices !== undefined) return "choice";
  if (kind === "flag") return "nothing";
  if (kind === "file" || kind === "pair") return "file";
  return kind === "folder" ? "folder" : "other";
}

function firstWords(help: string): string {
  return (help.split(/[;:(]|, /, 1)[0] ?? "").trim();
}

/**
 * Writes the completions of bash.
 *
 * @param specs The commands.
 * @returns A script to be sourced.
 */
export function bashCompletions(specs: readonly CommandSpec[]): string {
  const names = specs.map(({ name }) => name).join(" ");
  const lines = [
    "# bash completions of worklistd",
    "_worklistd() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    "  COMPREPLY=()",
    "  if ((COMP_CWORD == 1)); then",
    `    mapfile -t COMPREPLY < <(compgen -W '${names} --help --version' -- "$word")`,
    "    return",
    "  fi",
    '  case "${COMP_WORDS[1]}" in',
  ];
  for (const spec of specs) {
    const completions = completionsOf(spec);
    lines.push(`    ${spec.name})`, '      case "$before" in');
    for (const [reply, group] of groupedBy(completions, bashReply)) {
      if (reply === "") continue;
      const tokens = group.map(({ token }) => bashPattern(token)).join("|");
      lines.push(`        ${tokens}) ${reply}; return ;;`);
    }
    const words = completions.map(({ token }) => token).join(" ");
    lines.push(
      "      esac",
      "      if [[ $word == [-+]* ]]; then",
      `        mapfile -t COMPREPLY < <(compgen -W '${words}' -- "$word")`,
      "      else",
      '        mapfile -t COMPREPLY < <(compgen -f -- "$word")',
      "      fi ;;",
    );
  }
  lines.push("  esac", "}", "complete -o filenames -F _worklistd worklistd", "");
  return lines.join("\n");
}

function bashPattern(token: string): string {
  return /^[-+\w]+$/.test(token) ? token : `'${token}'`;
}

function bashReply({ follows, choices }: Completion): string {
  switch (follows) {
    case "choice":
      return `mapfile -t COMPREPLY < <(compgen -W '${choices.join(" ")}' -- "$word")`;
    case "file":
      return 'mapfile -t COMPREPLY < <(compgen -f -- "$word")';
    case "folder":
      return 'mapfile -t COMPREPLY < <(compgen -d -- "$word")';
    case "other":
      return ":";
    case "nothing":
      return "";
  }
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  return Map.groupBy(values, keyOf);
}

/**
 * Writes the completions of zsh.
 *
 * @param specs The commands.
 * @returns A file `_worklistd` for `fpath`.
 */
export function zshCompletions(specs: readonly CommandSpec[]): string {
  const lines = ["#compdef worklistd", "_worklistd() {", "  local -a names", "  names=("];
  for (const { name, summary } of specs) lines.push(`    ${zshQuoted(`${name}:${summary}`)}`);
  lines.push(
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command names",
    "    return",
    "  fi",
    "  local name=$words[2]",
    "  shift words",
    "  (( CURRENT-- ))",
    "  case $name in",
  );
  for (const spec of specs) {
    lines.push(`    ${spec.name})`, "      _arguments \\");
    for (const completion of completionsOf(spec)) {
      lines.push(`        ${zshQuoted(zshArgument(completion))} \\`);
    }
    lines.push("        '*:file:_files' ;;");
  }
  lines.push("  esac", "}", '_worklistd "$@"', "");
  return lines.join("\n");
}

function zshArgument({ token, help, follows, choices }: Completion): string {
  const name = token.replaceAll(/[=:\\]/g, (character) => `\\${character}`);
  const text = help.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
  const action = {
    nothing: "",
    file: ":file:_files",
    folder: ":folder:_files -/",
    choice: `:choice:(${choices.join(" ")})`,
    other: ":value: ",
  }[follows];
  return `*${name}[${text}]${action}`;
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Writes the completions of fish.
 *
 * @param specs The commands.
 * @returns A script for fish's `completions` folder.
 */
export function fishCompletions(specs: readonly CommandSpec[]): string {
  const lines = ["# fish completions of worklistd"];
  for (const { name, summary } of specs) {
    lines.push(
      `complete -c worklistd -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
    );
  }
  for (const spec of specs) {
    const when = `-n '__fish_seen_subcommand_from ${spec.name}'`;
    for (const { token, help, follows, choices } of completionsOf(spec)) {
      const name = fishToken(token);
      if (name === undefined) {
        lines.push(
          `complete -c worklistd ${when} -a ${fishQuoted(token)} -d ${fishQuoted(help)}`,
        );
        continue;
      }
      const value = {
        nothing: "",
        file: " -r -F",
        folder: " -x -a '(__fish_complete_directories)'",
        choice: ` -x -a ${fishQuoted(choices.join(" "))}`,
        other: " -x",
      }[follows];
      lines.push(`complete -c worklistd ${when} ${name}${value} -d ${fishQuoted(help)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** fish knows long, short and old-style options; it takes tokens with `+` or `=` as plain arguments. */
function fishToken(token: string): string | undefined {
  if (/^--[\w-]+$/.test(token)) return `-l ${token.slice(2)}`;
  if (/^-\w$/.test(token)) return `-s ${token.slice(1)}`;
  return /^-\w[\w-]+$/.test(token) ? `-o ${token.slice(1)}` : undefined;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
