/**
 * Command files: `@FILE` on a command line is replaced by the arguments in FILE, as with DCMTK's programs.
 *
 * @module
 */
import { Utf8Error } from "../../base/utf8.ts";
import { UsageError } from "./option_table.ts";

/**
 * Replaces each `@FILE` by the arguments in that command file. A command file names no other command file.
 *
 * @param args The command line.
 * @param read Reads a file as text.
 * @returns The command line without `@FILE`.
 * @throws {UsageError} If a file cannot be read or has an open quotation mark.
 */
export function expandCommandFiles(
  args: readonly string[],
  read: (path: string) => string,
): string[] {
  return args.flatMap((arg) => {
    if (!/^@./.test(arg)) return [arg];
    const path = arg.slice(1);
    let text: string;
    try {
      text = read(path);
    } catch (cause) {
      const why = cause instanceof Utf8Error ? `: ${cause.message}` : "";
      throw new UsageError(`the command file ${path} cannot be read${why}`, { cause });
    }
    return splitWords(text, path);
  });
}

/** Splits at white space, except between two quotation marks, which do not become part of the word. */
function splitWords(text: string, path: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const character of text.replace(/^\uFEFF/, "")) {
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") throw new UsageError(`the command file ${path} has an open ${quote}`);
  return word === undefined ? words : [...words, word];
}
