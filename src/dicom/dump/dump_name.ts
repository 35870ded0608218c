/**
 * The names of attributes in a dump.
 *
 * @module
 */

import { type DictionaryEntry, lookupTag } from "../dictionary/dictionary.ts";
import { isPrivateCreatorTag, isPrivateTag } from "../tag.ts";

/**
 * Finds DCMTK's name of an attribute.
 *
 * @param tag The tag.
 * @param among The data set that it belongs to; its Private Creators name private attributes.
 * @returns Its keyword in the dictionary, or that nobody knows it.
 */
export function dumpName(
  tag: number,
  among: { privateCreator(tag: number): string | undefined },
): string {
  if (!isPrivateTag(tag)) return entryName(tag, lookupTag(tag));
  if (isPrivateCreatorTag(tag)) return "PrivateCreator";
  return entryName(tag, lookupTag(tag, among.privateCreator(tag)));
}

function entryName(tag: number, entry: DictionaryEntry | undefined): string {
  if (entry === undefined) return "Unknown Tag & Data";
  const isGroupLength = (tag & 0xffff) === 0;
  return entry.retired && !isGroupLength ? `RETIRED_${entry.keyword}` : entry.keyword;
}
