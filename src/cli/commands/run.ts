/**
 * `worklistd run`: the daemon.
 *
 * @module
 */
import { run as runDaemon } from "../../daemon/run.ts";
import type { runSpec } from "../options/daemon_options.ts";
import { requiredConfigFile } from "../options/config_file.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";

/**
 * Runs the command until a signal ends the daemon.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function run({ values, words }: Arguments<typeof runSpec>): Promise<number> {
  const file = requiredConfigFile(values.config);
  if (words[0] !== undefined) throw new UsageError(`${words[0]} is one argument too many`);
  return await runDaemon(file);
}
