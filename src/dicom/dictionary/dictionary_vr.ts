/**
 * The VR of elements that are encoded without one, or as UN.
 *
 * @module
 */
import { knowsPrivateAttributes, lookupTag } from "./dictionary.ts";
import type { Origin } from "../origin.ts";
import { isPrivateTag } from "../tag.ts";
import type { Vr } from "../vr.ts";

/**
 * Finds the VR that the dictionary gives an element: a private one by its creator, one that is "US or SS" by
 * Pixel Representation (PS3.5 Annex A.1).
 *
 * @param tag The element's tag.
 * @param origin The origin of its bytes.
 * @returns The VR, or undefined if the dictionary does not know the attribute.
 */
export function dictionaryVr(tag: number, origin: Origin): Vr | undefined {
  const entry = isPrivateTag(tag) && knowsPrivateAttributes()
    ? lookupTag(tag, origin.privateCreator(tag))
    : lookupTag(tag);
  return entry?.mayBeSigned && origin.pixelsAreSigned ? "SS" : entry?.vr;
}
