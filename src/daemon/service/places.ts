/**
 * The folders that a service writes in, and who makes them.
 *
 * @module
 */
import type { Config } from "../config.ts";
import { grantsOf } from "../permissions.ts";

/** The folders of a service, and its kind of account. */
export interface ServicePlaces {
  /** The state folder below `/var/lib`, which systemd makes; undefined: it is elsewhere. */
  readonly stateDirectory: string | undefined;
  /** Folders of sinks below `/var/log`, which systemd makes. */
  readonly logsDirectories: readonly string[];
  /** All other folders that the service writes in; they must exist when it starts. */
  readonly writable: readonly string[];
  /** True if the service owns nothing but its state, so that its account need not outlast it. */
  readonly isDynamic: boolean;
}

/**
 * Finds out who makes each folder that a configuration writes in.
 *
 * @param config The configuration.
 * @returns The folders.
 */
export function placesOf(config: Config): ServicePlaces {
  const { stateDir } = config;
  const stateDirectory = below("/var/lib", stateDir);
  const others = grantsOf(config, "/").write.filter((path) => path !== stateDir);
  const outside = others.filter((path) =>
    stateDirectory === undefined || !path.startsWith(`${stateDir}/`)
  );
  const logsDirectories = outside.flatMap((path) => below("/var/log", path) ?? []);
  const unmade = outside.filter((path) => below("/var/log", path) === undefined);
  return {
    stateDirectory,
    logsDirectories,
    writable: stateDirectory === undefined ? [stateDir, ...unmade] : unmade,
    isDynamic: stateDirectory !== undefined && others.length === 0,
  };
}

/** systemd does not take `.` and `..` in these names, nor what it would have to escape. */
function below(base: string, path: string): string | undefined {
  if (!path.startsWith(`${base}/`)) return undefined;
  const name = path.slice(base.length + 1);
  const isPlain = /^[\w@+=.,~-]+(\/[\w@+=.,~-]+)*$/.test(name);
  return isPlain && !name.split("/").some((part) => /^\.{1,2}$|^private$/.test(part))
    ? name
    : undefined;
}

/**
 * Finds what a unit hides from its service: `ProtectHome=` and `PrivateTmp=` do.
 *
 * @param paths Absolute paths of programs, files and folders.
 * @returns The hidden ones.
 */
export function hiddenPaths(paths: readonly string[]): string[] {
  return paths.filter((path) => /^\/(root|home|run\/user|tmp|var\/tmp)(\/|$)/.test(path));
}
