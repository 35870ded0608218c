// Touches the world: reads files.
/**
 * Files that a command line names.
 *
 * @module
 */
import { decodeUtf8 } from "../../base/utf8.ts";
import { reasonOf } from "../describe_error.ts";
import { UsageError } from "./option_table.ts";

/**
 * Reads a file.
 *
 * @param path The file.
 * @param what The purpose of the file, for the message if it cannot be read.
 * @returns Its content.
 * @throws {UsageError} If it cannot be read.
 */
export async function readGivenFile(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw new UsageError(`the ${what} ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Reads a file as UTF-8 text.
 *
 * @param path The file.
 * @param what The purpose of the file, for the message if it cannot be read.
 * @returns Its text.
 * @throws {UsageError} If it cannot be read.
 */
export async function readGivenText(path: string, what: string): Promise<string> {
  const bytes = await readGivenFile(path, what);
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new UsageError(`the ${what} ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
