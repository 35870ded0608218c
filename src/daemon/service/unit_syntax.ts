/**
 * Words and command lines as systemd.syntax(7) and systemd.service(5) write them.
 *
 * @module
 */

/**
 * Writes a command line, a word for each line.
 *
 * @param words The program and its arguments.
 * @param credentials The folder that stands as `%d`: where systemd puts credentials when the service runs.
 * @returns The arguments as a unit writes them.
 * @throws {RangeError} If a unit cannot write an argument.
 */
export function commandLine(words: readonly string[], credentials?: string): string[] {
  const inFolder = credentials === undefined ? undefined : quotedText(credentials) + "/";
  return words.map((word) =>
    inFolder === undefined ? quoted(word) : quoted(word).replaceAll(inFolder, "%d/")
  );
}

/**
 * Writes one word: `%` and `$` are doubled; a word with other special characters is quoted.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { quoted } from "./unit_syntax.ts";
 *
 * assertEquals(quoted("/srv/my 100%"), '"/srv/my 100%%"');
 * ```
 *
 * @param word The word.
 * @returns The argument as a unit writes it.
 * @throws {RangeError} If it has a line end in it.
 */
export function quoted(word: string): string {
  if (/[\n\r\0]/.test(word)) throw new RangeError("Cannot put a path with a line end into a unit");
  const text = quotedText(word);
  if (/^[\w@%+=:,./$[\]~-]+$/.test(text)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/**
 * Reads the arguments of a value in a unit.
 *
 * @param value The text after `=`; continued lines are joined.
 * @returns The arguments, unquoted; of the specifiers only `%%` is replaced.
 */
export function unitWords(value: string): string[] {
  const words = value.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S+/gs) ?? [];
  return words.map((word) => {
    const isQuoted = /^["']/.test(word);
    const text = isQuoted ? word.slice(1, -1).replace(/\\(.)/gs, "$1") : word;
    return text.replaceAll("%%", "%").replaceAll("$$", "$");
  });
}

function quotedText(word: string): string {
  return word.replaceAll("%", "%%").replaceAll("$", "$$$$");
}
