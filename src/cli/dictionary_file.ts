// Touches the world: reads dictionary files.
/**
 * Data dictionaries of one's own.
 *
 * @module
 */
import { addDictionary } from "../dicom/dictionary.ts";
import { parseDictionary } from "../dicom/dictionary_text.ts";
import { UsageError } from "./option_table.ts";

/**
 * Adds the attributes of dictionary files to those that are known; later ones win.
 *
 * @param paths The files, in DCMTK's format.
 * @throws {UsageError} If one cannot be read.
 */
export async function addDictionaryFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      addDictionary(parseDictionary(await Deno.readTextFile(path)));
    } catch (cause) {
      if (!(cause instanceof SyntaxError || cause instanceof Deno.errors.NotFound)) throw cause;
      const why = cause instanceof SyntaxError ? cause.message : "it does not exist";
      throw new UsageError(`the dictionary ${path} cannot be used: ${why}`, { cause });
    }
  }
}
