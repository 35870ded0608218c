// Touches the world: reads the configuration and looks at state folders.
/**
 * The state folder of commands that only look: they work without a valid configuration, too.
 *
 * @module
 */
import { decodeUtf8 } from "../base/utf8.ts";
import type { Config } from "../daemon/config.ts";
import { ConfigError } from "../daemon/config/problems.ts";
import { loadConfig } from "../daemon/load_config.ts";
import { readStatus } from "../daemon/reach.ts";
import type { DaemonStatus } from "../daemon/status.ts";
import { listStoredQueries } from "../worklist/journal/history.ts";
import { requiredConfigFile } from "./options/config_file.ts";
import { unknownName } from "./options/known_name.ts";
import { say } from "./terminal.ts";

/** The places where a command looks. */
export interface Reading {
  readonly file: string;
  readonly stateDir: string;
  /** Undefined if the file has problems. */
  readonly config: Config | undefined;
  /** The problems of the file. */
  readonly error: ConfigError | undefined;
}

const isDenied = /permission denied/;

/** The folder in which packages and the unit keep the state. */
const usualStateDir = "/var/lib/worklistd";

/**
 * Finds the state folder: by the configuration if it has no problems, otherwise by what can be read of it.
 *
 * @param given The value of `--config`.
 * @throws {UsageError} If there is no configuration file.
 * @throws {ConfigError} If it has problems, and no state folder is found.
 */
export async function openReading(given: string | undefined): Promise<Reading> {
  const file = requiredConfigFile(given);
  try {
    const config = await loadConfig(file);
    return { file, stateDir: config.stateDir, config, error: undefined };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const stateDir = candidates(file).find(isState);
    if (stateDir === undefined) throw error;
    return { file, stateDir, config: undefined, error };
  }
}

/**
 * Says that a configuration has problems and is not needed here.
 *
 * @param reading The places where the command looks.
 */
export function warnOfProblems({ file, stateDir, error }: Reading): void {
  // A member of the group who may not read it, or its secrets, can do nothing about that.
  if (error === undefined || error.problems.every(({ message }) => isDenied.test(message))) return;
  const [first] = error.problems;
  const more = error.problems.length > 1 ? ` (and ${error.problems.length - 1} more)` : "";
  say(`warning: ${file} has problems: ${first?.message ?? ""}${more}; looking into ${stateDir}`);
}

/**
 * Reads the status of the running daemon, or of its state folder.
 *
 * @param reading The places where the command looks.
 * @throws {ConfigError} If no daemon runs and the configuration has problems.
 */
export async function statusOf({ stateDir, config, error }: Reading): Promise<DaemonStatus> {
  const status = await readStatus(stateDir, config);
  if (status !== undefined) return status;
  throw error ?? new Error(`no daemon runs on ${stateDir}`);
}

/**
 * Refuses the name of a query that neither the configuration nor the state nor the running daemon knows.
 *
 * @param reading The places where the command looks.
 * @param name The name.
 * @throws {UsageError} If nobody knows it.
 */
export async function requireQuery(reading: Reading, name: string): Promise<void> {
  const known = new Set(reading.config?.queries.keys());
  if (known.has(name)) return;
  for (const stored of await listStoredQueries(reading.stateDir).catch(() => [])) known.add(stored);
  if (known.has(name)) return;
  const status = await readStatus(reading.stateDir, undefined).catch(() => undefined);
  for (const query of status?.queries ?? []) known.add(query.name);
  if (!known.has(name)) throw unknownName(reading.file, "query", name, known);
}

/** The possible state folder, from a file that has problems. */
function candidates(file: string): string[] {
  const folder = file.includes("/") ? file.replace(/\/[^/]*$/, "") : ".";
  const named = /^state_dir:\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))/m.exec(textOf(file));
  const path = named?.[1] ?? named?.[2] ?? named?.[3];
  const at = (path: string): string => path.startsWith("/") ? path : `${folder}/${path}`;
  const given = variable("STATE_DIRECTORY")?.split(":")[0];
  return [
    ...(path === undefined ? [] : [at(path.replaceAll(/\$\{env:(\w+)(?::-([^}]*))?\}/g, filled))]),
    ...(given === undefined ? [] : [given]),
    ...(path === undefined ? [at("state")] : []),
    usualStateDir,
  ];
}

function filled(_: string, name: string, fallback: string | undefined): string {
  return variable(name) ?? fallback ?? "";
}

function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  try {
    return decodeUtf8(Deno.readFileSync(file));
  } catch {
    return "";
  }
}

function isState(path: string): boolean {
  return ["control.sock", "queries"].some((name) => {
    try {
      Deno.statSync(`${path}/${name}`);
      return true;
    } catch (error) {
      // It is there, for members of its group.
      return error instanceof Deno.errors.PermissionDenied;
    }
  });
}
