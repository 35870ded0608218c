// Touches the world: finds out where Deno and the program are.
/**
 * `worklistd unit`: a systemd unit for a configuration.
 *
 * @module
 */
import { loadConfig } from "../../daemon/load_config.ts";
import { systemdUnit } from "../../daemon/unit.ts";
import { namedWords, printText } from "../command_output.ts";
import type { unitSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function unit({ values, words }: Arguments<typeof unitSpec>): Promise<number> {
  namedWords(words);
  if (values.config === undefined) throw new UsageError("--config FILE is missing");
  const config = await loadConfig(await Deno.realPath(values.config));
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname);
  const credentials = Deno.env.get("CREDENTIALS_DIRECTORY");
  await printText(systemdUnit(config, { deno: Deno.execPath(), main, credentials }));
  return 0;
}
