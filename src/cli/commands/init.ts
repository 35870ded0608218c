// Touches the world: asks in the terminal, writes the configuration.
/**
 * `worklistd init`: a first configuration for one peer.
 *
 * @module
 */
import { loadConfig } from "../../daemon/load_config.ts";
import { namedWords, printText } from "../command_output.ts";
import { checkSpec, type initSpec } from "../options/daemon_options.ts";
import { type Arguments, parseArguments, UsageError } from "../options/option_table.ts";
import { checkedAeTitle, takePeer } from "../options/peer_argument.ts";
import { firstConfiguration } from "../results/first_configuration.ts";
import { say } from "../terminal.ts";
import { check } from "./check.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if the file cannot be written or the peer does not answer.
 */
export async function init({ values, words }: Arguments<typeof initSpec>): Promise<number> {
  const [file = "worklistd.yaml"] = words;
  if (words.length > 1) namedWords(words, "FILE");
  if (exists(file)) {
    throw new UsageError(`${file} exists already: name another file, or edit this one`);
  }
  const given = values.peer ?? ask("Worklist server (AET@HOST:PORT)", undefined);
  if (given === undefined) throw new UsageError("--peer AET@HOST:PORT is missing");
  const [peer] = takePeer([given], { named: false });
  if (!("host" in peer) || peer.aeTitle === undefined) {
    throw new UsageError(
      "--peer must be AET@HOST:PORT: the AE title of the worklist server is missing",
    );
  }
  const asks = values.peer === undefined;
  const aeTitle = values["ae-title"] ??
    (asks ? ask("Our own AE title", "WORKLISTD") : undefined) ?? "WORKLISTD";
  const station = values.station ??
    (asks ? ask("Only steps of this station (AE title; empty: all)", "") : undefined) ?? "";
  const modality = values.modality ??
    (asks ? ask("Only steps of this modality (such as CT; empty: all)", "") : undefined) ?? "";
  if (modality !== "" && !/^[A-Z0-9 _]{1,16}$/.test(modality)) {
    throw new UsageError(`"${modality}" is no modality: write one such as CT or MR`);
  }
  const text = firstConfiguration({
    peer: { host: peer.host, port: peer.port, aeTitle: peer.aeTitle },
    aeTitle: checkedAeTitle(aeTitle),
    ...(station !== "" && { station: checkedAeTitle(station) }),
    ...(modality !== "" && { modality }),
  });
  // Before it is written: a file with problems is not kept.
  await loadConfig(file, text);
  await Deno.writeTextFile(file, text, { createNew: true, mode: 0o640 });
  await printText(`${file} is written\n`);
  const args = ["--config", file, ...(values.connect ? ["--connect"] : [])];
  const code = await check(parseArguments(checkSpec, args));
  say(
    `next: worklistd poll today --config ${file} --dry-run, then worklistd run --config ${file}`,
  );
  return code;
}

/** Asks on the terminal; undefined if there is none. */
function ask(question: string, usual: string | undefined): string | undefined {
  if (!Deno.stdin.isTerminal()) return usual;
  const answer = prompt(question, usual);
  // null: Ctrl-C, Ctrl-D, or nothing was typed.
  return answer === null ? usual : answer.trim();
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
