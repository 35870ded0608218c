/**
 * The VR of elements that are encoded without one, or as UN.
 *
 * @module
 */
import type { DataElement } from "./data_set.ts";
import { knowsPrivateAttributes, lookupTag } from "./dictionary.ts";
import type { Origin } from "./origin.ts";
import { isPrivateTag, privateCreatorTagOf, type Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";

/**
 * Finds the VR that the dictionary gives an element: a private one by its creator, one that is "US or SS" by
 * Pixel Representation (PS3.5 Annex A.1).
 *
 * @param tag The element's tag.
 * @param origin Where it stands.
 * @param before The elements before it in its data set.
 * @returns The VR, or undefined if the dictionary does not know the attribute.
 */
export function dictionaryVr(
  tag: Tag,
  origin: Origin,
  before: readonly DataElement[],
): Vr | undefined {
  const entry = isPrivateTag(tag) && knowsPrivateAttributes()
    ? lookupTag(tag, privateCreator(tag, before))
    : lookupTag(tag);
  return entry?.mayBeSigned && origin.pixelsAreSigned ? "SS" : entry?.vr;
}

/** Who reserved the block of a private element (PS3.5 section 7.8.1). */
function privateCreator(tag: Tag, before: readonly DataElement[]): string | undefined {
  const creatorTag = privateCreatorTagOf(tag);
  const nearest = before.findLast((element) => element.tag <= creatorTag);
  return nearest?.tag === creatorTag ? nearest.strings[0] : undefined;
}
