/**
 * The names of files and folders in the state folder.
 *
 * @module
 */

/** The longest name of a query. File systems allow 255 bytes, and some of them are used for our own endings. */
const longestName = 200;

/**
 * Names the folder of a query's state.
 *
 * The name of a query may hold any character of a configuration. A character other than a letter, a digit or
 * one of `-_.,=[]` is written as `%` and two hex digits. So is a leading dot.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { queryFolder } from "./state_folder.ts";
 *
 * assertEquals(queryFolder("state", "ct-today[CT1]"), "state/queries/ct-today[CT1]");
 * assertEquals(queryFolder("state", "../x"), "state/queries/%2E.%2Fx");
 * ```
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @returns The folder's path.
 * @throws {RangeError} If the name is empty or too long for a folder.
 */
export function queryFolder(stateFolder: string, query: string): string {
  const bytes = new TextEncoder().encode(query);
  let name = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    const isSafe = /[A-Za-z0-9\-_.,=[\]]/.test(character) && !(name === "" && character === ".");
    name += isSafe ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  if (name === "" || name.length > longestName) {
    throw new RangeError(
      `Cannot keep the state of a query under a name of ${name.length} characters: ` +
        `it must have 1 to ${longestName}`,
    );
  }
  return `${stateFolder}/queries/${name}`;
}

/**
 * Reads the name of a query from the name of its folder.
 *
 * @param folderName The last part of the path that {@linkcode queryFolder} returns.
 * @returns The query's name; undefined if it is no such folder.
 */
export function queryOfFolder(folderName: string): string | undefined {
  try {
    return decodeURIComponent(folderName);
  } catch {
    return undefined;
  }
}
