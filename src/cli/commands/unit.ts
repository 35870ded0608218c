// Touches the world: finds out where Deno and the program are.
/**
 * `worklistd unit`: a systemd unit for a configuration.
 *
 * @module
 */
import { loadConfig } from "../../daemon/load_config.ts";
import { permissionsOf } from "../../daemon/permissions.ts";
import { hiddenPaths, placesOf } from "../../daemon/service/places.ts";
import { setupCommands, systemdUnit } from "../../daemon/unit.ts";
import { namedWords, printText } from "../command_output.ts";
import { installation } from "../installation.ts";
import type { unitSpec } from "../options/daemon_options.ts";
import { requiredConfigFile } from "../options/config_file.ts";
import type { Arguments } from "../options/option_table.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function unit({ values, words }: Arguments<typeof unitSpec>): Promise<number> {
  namedWords(words);
  const config = await loadConfig(await Deno.realPath(requiredConfigFile(values.config)));
  const installed = installation(config.file);
  if (values.permissions) {
    const folder = installed.main.replace(/\/[^/]*$/, "");
    await printText(permissionsOf(config, folder).map((option) => `${option}\n`).join(""));
    return 0;
  }
  await printText(systemdUnit(config, installed));
  const places = placesOf(config);
  const used = [installed.deno, installed.main, config.file, ...config.used.files];
  for (const path of hiddenPaths([...new Set([...used, config.stateDir, ...places.writable])])) {
    say(
      `warning: the service cannot see ${path}: the unit hides /root, /home and /tmp from it. ` +
        "Move it, for instance to /opt, /etc/worklistd, /var/lib or /srv.",
    );
  }
  const commands = setupCommands(places);
  if (commands.length > 0) {
    say(["Before the first start, as root:", ...commands.map((line) => `  ${line}`)].join("\n"));
  }
  return 0;
}
