// Touches the world: reads a file or the environment.
/**
 * Secrets that are not written on a command line.
 *
 * @module
 */
import { readGivenText } from "./given_file.ts";
import { UsageError } from "./option_table.ts";

/**
 * Reads a secret from a file or an environment variable.
 *
 * @returns The secret without the line feed at its end, or nothing where none is named.
 * @throws {UsageError} If the file cannot be read or the variable is not there.
 */
export async function secretOf(
  file: string | undefined,
  variable: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) return (await readGivenText(file, "password file")).replace(/\r?\n$/, "");
  if (variable === undefined) return undefined;
  const secret = variableOf(variable);
  if (secret === undefined) throw new UsageError(`the environment has no variable ${variable}`);
  return secret;
}

/** The runtime's own message would quote the value. */
function variableOf(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new UsageError(`the environment variable ${name} is not UTF-8`);
  }
}
