/**
 * Data dictionaries of one's own.
 *
 * @module
 */
import { addDictionary } from "../dicom/dictionary.ts";
import { parseDictionary } from "../dicom/dictionary_text.ts";
import { readGivenText } from "./given_file.ts";
import { UsageError } from "./option_table.ts";

/**
 * Adds the attributes of dictionary files to those that are known; later ones win.
 *
 * @param paths The files, in DCMTK's format.
 * @throws {UsageError} If one cannot be read.
 */
export async function addDictionaryFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const text = await readGivenText(path, "dictionary");
    try {
      addDictionary(parseDictionary(text));
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new UsageError(`the dictionary ${path} cannot be used: ${cause.message}`, { cause });
    }
  }
}
