/**
 * `worklistd completions`: shell completions from the option tables.
 *
 * @module
 */
import { namedWords, printText } from "../command_output.ts";
import { commandSpecs } from "../options/command_specs.ts";
import { bashCompletions, fishCompletions, zshCompletions } from "../options/completion_scripts.ts";
import type { completionsSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";

const shells = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function completions(
  { words }: Arguments<typeof completionsSpec>,
): Promise<number> {
  const [shell] = namedWords(words, "bash, zsh or fish");
  const script = Object.entries(shells).find(([name]) => name === shell)?.[1];
  if (script === undefined) throw new UsageError(`no completions for ${shell}: bash, zsh or fish`);
  await printText(script(commandSpecs));
  return 0;
}
