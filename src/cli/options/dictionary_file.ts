/**
 * Data dictionaries of one's own.
 *
 * @module
 */
import { addDictionary } from "../../dicom/dictionary/dictionary.ts";
import { parseDictionary } from "../../dicom/dictionary/dictionary_text.ts";
import { readGivenText } from "./given_file.ts";
import { UsageError } from "./option_table.ts";

/**
 * Adds the attributes of a dictionary file to those that are known; it wins over what was there.
 *
 * @param path The file, in DCMTK's format.
 * @throws {UsageError} If it cannot be read.
 */
export async function addDictionaryFile(path: string): Promise<void> {
  const text = await readGivenText(path, "dictionary");
  try {
    addDictionary(parseDictionary(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UsageError(`the dictionary ${path} cannot be used: ${cause.message}`, { cause });
  }
}
