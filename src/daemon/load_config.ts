// Touches the world: reads the configuration file and those it names, the environment, the time zone.
/**
 * Loads the configuration from its file.
 *
 * @module
 */
import { unitRemedy } from "../base/capability.ts";
import { decodeUtf8, Utf8Error } from "../base/utf8.ts";
import type { CaFile } from "../network/tls.ts";
import { type Config, parseConfig } from "./config.ts";
import { ConfigError } from "./config/problems.ts";

/**
 * Loads and checks a configuration.
 *
 * Relative paths in it are relative to the file. A secret that systemd hands over as a credential is named as
 * `${env:CREDENTIALS_DIRECTORY}/NAME`; outside the service it is read from beside the file.
 *
 * @param file The file's path.
 * @param text The text of the file. @default {its text now}
 * @returns The configuration.
 * @throws {ConfigError} If anything is wrong with it, the file's absence included.
 */
export async function loadConfig(
  file: string,
  text: string = readConfigText(file),
): Promise<Config> {
  const folder = new URL("./", new URL(encodePath(file), `file://${encodePath(Deno.cwd())}/`));
  const resolve = (path: string): string =>
    path.startsWith("/") ? path : decodeURIComponent(new URL(encodePath(path), folder).pathname);
  return await parseConfig(file, text, {
    environment: (name) =>
      name === credentialsVariable ? credentialsFolder(file) : readVariable(name),
    timeZone: Temporal.Now.timeZoneId(),
    resolve,
    read: readText,
    readAll: (path) => [readBytes(path)],
    readFolder,
  });
}

/**
 * Reads the text of a configuration.
 *
 * @param file The file's path.
 * @throws {ConfigError} If the file cannot be read.
 */
export function readConfigText(file: string): string {
  try {
    return decodeUtf8(Deno.readFileSync(file));
  } catch (error) {
    if (error instanceof Utf8Error) throw notUtf8(file, error);
    const message = `cannot read the configuration: ${reasonOf(error)}`;
    throw new ConfigError([{ file, line: 1, column: 1, path: "", message }], { cause: error });
  }
}

/**
 * Says where credentials are.
 *
 * @param file The configuration file's path.
 * @returns The folder to which systemd copied them for this process. Outside the service it is the folder of the
 * configuration file, written with `/.` at its end: so no other file in it is taken for a credential.
 */
export function credentialsFolder(file: string): string {
  const given = Deno.env.get(credentialsVariable);
  if (given !== undefined && given !== "") return given;
  const folder = file.includes("/") ? file.replace(/\/[^/]*$/, "") : Deno.cwd();
  const absolute = folder.startsWith("/") || folder === "" ? folder : `${Deno.cwd()}/${folder}`;
  return `${absolute}/.`;
}

const credentialsVariable = "CREDENTIALS_DIRECTORY";

/**
 * Makes the error of a file that is not UTF-8.
 *
 * @param file The file's name as problems shall show it.
 * @param error The place where it is not.
 */
export function notUtf8(file: string, { line, column }: Utf8Error): ConfigError {
  const message = "the file is not UTF-8: save it as UTF-8";
  return new ConfigError([{ file, line, column, path: "", message }]);
}

function readText(path: string): string {
  const bytes = readBytes(path);
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The runtime's own message would quote the value. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new SyntaxError(`the environment variable ${name} is not UTF-8`);
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function readFolder(path: string): CaFile[] | undefined {
  if (!isFolder(path)) return undefined;
  const files = [...Deno.readDirSync(path)].filter((entry) => !entry.isDirectory);
  return files.map(({ name }) => `${path}/${name}`).sort().map((name) => {
    try {
      return { name, content: Deno.readFileSync(name) };
    } catch (error) {
      return { name, content: new Error(`it cannot be read: ${reasonOf(error)}`) };
    }
  });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The message of the operating system, without the parts that our message repeats. */
function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    return `this process may not read it. ${unitRemedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
