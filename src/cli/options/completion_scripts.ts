/**
 * Completion scripts for shells, from the option tables.
 *
 * @module
 */
import {
  type CommandSpec,
  type NameKind,
  optionsOf,
  type OptionSpec,
  tokensOf,
} from "./option_table.ts";

/** A token that can be completed, and what may follow it. */
interface Completion {
  readonly token: string;
  readonly help: string;
  readonly choices: readonly string[];
  /** The kind of name that follows. */
  readonly names: NameKind | undefined;
  /** The kind of argument that follows. */
  readonly follows: "nothing" | "file" | "folder" | "choice" | "name" | "other";
}

/** Options that are refused are not offered; those without an effect are not either. */
function completionsOf(spec: CommandSpec): Completion[] {
  return optionsOf(spec).filter(({ kind }) => kind !== "refused" && kind !== "noted").flatMap(
    (option) => [
      ...tokensOf(option).map((token) => ({
        token,
        help: firstWords(option.help === "" ? option.name : option.help),
        choices: option.choices ?? [],
        names: option.names,
        follows: whatFollows(option),
      })),
      ...(option.presets ?? []).flatMap(({ tokens, help }) =>
        tokens.map((token) => ({
          token,
          help: firstWords(help),
          choices: [],
          names: undefined,
          follows: "nothing" as const,
        }))
      ),
    ],
  );
}

function whatFollows({ kind, choices, names }: OptionSpec): Completion["follows"] {
  if (choices !== undefined) return "choice";
  if (names !== undefined) return "name";
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
    "_worklistd_names() {",
    "  local config=() i",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    '    case "${COMP_WORDS[i]}" in --config | -c) config=(--config "${COMP_WORDS[i+1]}") ;; esac',
    "  done",
    "  local names=() name IFS=$'\\n'",
    '  mapfile -t names < <(worklistd completions --names "$1" "${config[@]}" 2>/dev/null)',
    '  for name in "${names[@]}"; do [[ $name == "$2"* ]] && COMPREPLY+=("$name"); done',
    "}",
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
      ...(spec.operands === undefined ? [] : [`        _worklistd_names ${spec.operands} "$word"`]),
      '        ((${#COMPREPLY[@]} > 0)) || mapfile -t COMPREPLY < <(compgen -f -- "$word")',
      "      fi ;;",
    );
  }
  lines.push("  esac", "}", "complete -o filenames -F _worklistd worklistd", "");
  return lines.join("\n");
}

function bashPattern(token: string): string {
  return /^[-+\w]+$/.test(token) ? token : `'${token}'`;
}

function bashReply({ follows, choices, names }: Completion): string {
  switch (follows) {
    case "name":
      return `_worklistd_names ${names} "$word"`;
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
  const lines = [
    "#compdef worklistd",
    "_worklistd_names() {",
    "  local -a config found",
    "  local i",
    "  for (( i = 1; i < $#words; i++ )); do",
    '    [[ $words[i] == (--config|-c) ]] && config=(--config "$words[i+1]")',
    "  done",
    '  found=("${(@f)$(_call_program names worklistd completions --names $1 $config 2>/dev/null)}")',
    "  compadd -a found",
    "}",
    "_worklistd() {",
    "  local -a names",
    "  names=(",
  ];
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
    lines.push(
      spec.operands === undefined
        ? "        '*:file:_files' ;;"
        : `        '*:name:_alternative "name:name:_worklistd_names ${spec.operands}" "file:file:_files"' ;;`,
    );
  }
  lines.push("  esac", "}", '_worklistd "$@"', "");
  return lines.join("\n");
}

function zshArgument({ token, help, follows, choices, names }: Completion): string {
  const name = token.replaceAll(/[=:\\]/g, (character) => `\\${character}`);
  const text = help.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
  const action = {
    nothing: "",
    file: ":file:_files",
    folder: ":folder:_files -/",
    choice: `:choice:(${choices.join(" ")})`,
    name: `:name:_worklistd_names ${names}`,
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
  const lines = [
    "# fish completions of worklistd",
    "function __worklistd_names",
    "  set -l words (commandline -opc)",
    "  set -l config",
    "  for i in (seq (count $words))",
    "    if contains -- $words[$i] --config -c; and test $i -lt (count $words)",
    "      set config --config $words[(math $i + 1)]",
    "    end",
    "  end",
    "  worklistd completions --names $argv[1] $config 2>/dev/null",
    "end",
  ];
  for (const { name, summary } of specs) {
    lines.push(
      `complete -c worklistd -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
    );
  }
  for (const spec of specs) {
    const when = `-n '__fish_seen_subcommand_from ${spec.name}'`;
    if (spec.operands !== undefined) {
      lines.push(`complete -c worklistd ${when} -a '(__worklistd_names ${spec.operands})'`);
    }
    for (const { token, help, follows, choices, names } of completionsOf(spec)) {
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
        name: ` -x -a '(__worklistd_names ${names})'`,
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
