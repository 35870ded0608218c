/**
 * `worklistd completions`: shell completions from the option tables, and the names that they offer.
 *
 * @module
 */
import { keywords } from "../../dicom/dictionary/dictionary.ts";
import { namedWords, printText } from "../command_output.ts";
import { commandSpecs } from "../options/command_specs.ts";
import { bashCompletions, fishCompletions, zshCompletions } from "../options/completion_scripts.ts";
import type { completionsSpec } from "../options/daemon_options.ts";
import { type Arguments, type NameKind, UsageError } from "../options/option_table.ts";
import { openReading, statusOf } from "../reading.ts";

const shells = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function completions(
  { values, words }: Arguments<typeof completionsSpec>,
): Promise<number> {
  if (values.names !== undefined) {
    namedWords(words);
    const names = await namesOf(values.names, values.config);
    await printText(names.map((name) => `${name}\n`).join(""));
    return 0;
  }
  const [shell] = namedWords(words, "bash, zsh or fish");
  const script = Object.entries(shells).find(([name]) => name === shell)?.[1];
  if (script === undefined) throw new UsageError(`no completions for ${shell}: bash, zsh or fish`);
  await printText(script(commandSpecs));
  return 0;
}

/** Names from the configuration, otherwise from the running daemon. Without either there are none. */
async function namesOf(kind: NameKind, file: string | undefined): Promise<string[]> {
  if (kind === "keywords") return [...keywords()].sort();
  try {
    const reading = await openReading(file);
    if (reading.config !== undefined) return [...reading.config[kind].keys()];
    return (await statusOf(reading))[kind].map(({ name }) => name);
  } catch {
    return [];
  }
}
