// Touches the world: looks for the configuration file, and reads an environment variable.
/**
 * The configuration file of a command that is given none.
 *
 * @module
 */
import { UsageError } from "./option_table.ts";

/** Names the configuration file, if it is set. */
const variable = "WORKLISTD_CONFIG";
const places = ["./worklistd.yaml", "/etc/worklistd/worklistd.yaml"] as const;

/**
 * Finds the configuration file that is used without `--config`.
 *
 * @returns `$WORKLISTD_CONFIG` if it is set, otherwise the first that exists of `./worklistd.yaml` and
 * `/etc/worklistd/worklistd.yaml`; undefined if there is none.
 */
export function defaultConfigFile(): string | undefined {
  const named = readVariable();
  return named !== undefined && named !== "" ? named : places.find(exists);
}

/**
 * Finds the configuration file of a command that needs one.
 *
 * @param given The value of `--config`.
 * @returns The file's path.
 * @throws {UsageError} If none is given and none is found.
 */
export function requiredConfigFile(given: string | undefined): string {
  const file = given ?? defaultConfigFile();
  if (file !== undefined) return file;
  throw new UsageError(
    `--config FILE is missing, ${variable} is not set, and there is neither ${
      places.join(" nor ")
    }`,
  );
}

function readVariable(): string | undefined {
  try {
    return Deno.env.get(variable);
  } catch {
    return undefined;
  }
}

/** A file that may not be looked at counts: the message of reading it is the better one. */
function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
