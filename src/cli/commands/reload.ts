/**
 * `worklistd reload`: the running daemon takes over a changed configuration.
 *
 * @module
 */
import { askDaemon } from "../../daemon/control.ts";
import { namedWords, printText, requiredConfig } from "../command_output.ts";
import type { reloadSpec } from "../options/daemon_options.ts";
import type { Arguments } from "../options/option_table.ts";

/**
 * Runs the command. The file is checked first: the daemon hears nothing of one with problems.
 *
 * @param args The command line.
 * @returns The exit code.
 * @throws {ConfigError} If the configuration has problems; carries all of them.
 * @throws {Error} If no daemon runs, or the daemon cannot take the configuration over.
 */
export async function reload({ values, words }: Arguments<typeof reloadSpec>): Promise<number> {
  namedWords(words);
  const { file, stateDir } = await requiredConfig(values.config);
  const answer = await askDaemon(stateDir, { do: "reload" });
  if (answer === undefined) {
    throw new Error(
      `Cannot reload ${file}: no daemon runs on ${stateDir}. Start it: systemctl start worklistd`,
    );
  }
  await printText(`${file}: the daemon has taken it over\n`);
  return 0;
}
