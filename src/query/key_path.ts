/**
 * Key paths: how a person names an attribute, also inside the items of sequences.
 *
 * `PatientName`, `(0040,0100)[0].0008,0060`, `ScheduledProcedureStepSequence.Modality`: each step is a keyword or a
 * tag of the data dictionary (PS3.6), steps are parted by `.`, and `[n]` names an item, the first being 0.
 *
 * @module
 */

import { type DataElement, DataSet, element } from "../dicom/data_set.ts";
import { lookupKeyword, lookupTag, nearestKeyword } from "../dicom/dictionary/dictionary.ts";
import { formatTag, parseTag, privateCreatorTagOf } from "../dicom/tag.ts";

/** One step of a key path: an attribute, and which of its items is meant. */
export interface KeyPathStep {
  /** The attribute. */
  readonly tag: number;
  /** The item's index; absent where the path does not name one, which means the first when stepping in. */
  readonly item?: number;
}

/** The way from the top of a data set to one attribute; never empty. */
export type KeyPath = readonly KeyPathStep[];

/** More items than any worklist needs; it keeps a mistyped index from filling the memory. */
const itemLimit = 1000;
/** Deeper than any information model; it keeps hostile paths from filling the stack. */
const depthLimit = 32;

/**
 * Reads a key path.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatKeyPath, parseKeyPath } from "./key_path.ts";
 *
 * const path = parseKeyPath("(0040,0100)[0].0008,0060");
 * assertEquals(path, [{ tag: 0x00400100, item: 0 }, { tag: 0x00080060 }]);
 * assertEquals(formatKeyPath(path), "ScheduledProcedureStepSequence.Modality");
 * ```
 *
 * @param text The path as written; spaces around steps do not matter.
 * @returns The steps, at least one.
 * @throws {SyntaxError} If a step is neither a tag nor a known keyword, or steps into what is no sequence.
 */
export function parseKeyPath(text: string): KeyPath {
  const steps = text.split(".").map((step) => parseStep(step.trim(), text));
  if (steps.length > depthLimit) {
    throw new SyntaxError(`Cannot read a key path of ${steps.length} steps: at most ${depthLimit}`);
  }
  for (const [index, step] of steps.entries()) {
    if (index < steps.length - 1 || step.item !== undefined) requireSequence(step.tag, text);
  }
  return steps;
}

/**
 * Writes a key path with keywords where there are any; `[0]` is left out where it says nothing.
 *
 * @param path The path.
 * @returns Text that `parseKeyPath` reads as a path to the same attribute.
 */
export function formatKeyPath(path: KeyPath): string {
  return path.map(({ tag, item }, index) => {
    const isImplied = item === undefined || (item === 0 && index < path.length - 1);
    return formatKey(tag) + (isImplied ? "" : `[${item}]`);
  }).join(".");
}

/**
 * Finds the attribute at a path.
 *
 * @param dataSet The data set in which the path starts.
 * @param path The path; a last step with an item is taken as the sequence itself.
 * @returns The element, or `undefined` when it or an item on the way is missing.
 */
export function getAt(dataSet: DataSet, path: KeyPath): DataElement | undefined {
  let at: DataSet | undefined = dataSet;
  for (const step of path.slice(0, -1)) at = at?.items(step.tag)[step.item ?? 0];
  const last = path.at(-1);
  return last && at?.get(last.tag);
}

/**
 * Sets the attribute at a path, making the items on the way.
 *
 * @param dataSet Changed in place.
 * @param path The path; its last step names the attribute.
 * @param value The element to put there; its tag is that of the last step.
 */
export function setAt(dataSet: DataSet, path: KeyPath, value: DataElement): void {
  let at = dataSet;
  for (const step of path.slice(0, -1)) at = ensureItem(at, step.tag, step.item ?? 0);
  at.set(value);
}

/**
 * Makes sure that a sequence exists and has an item of the given index, adding empty items up to it.
 *
 * @param dataSet Changed in place where the item is missing.
 * @param tag The sequence.
 * @param index The item's index.
 * @returns The item.
 */
export function ensureItem(dataSet: DataSet, tag: number, index: number): DataSet {
  const items = [...dataSet.items(tag)];
  const known = items[index];
  if (known) return known;
  while (items.length < index) items.push(new DataSet());
  const item = new DataSet();
  dataSet.set(element(tag, [...items, item], "SQ"));
  return item;
}

function parseStep(step: string, path: string): KeyPathStep {
  const [, name = "", index] = /^([^[\]]*?)\s*(?:\[\s*(\d{1,9})\s*\])?$/.exec(step) ?? [];
  if (name === "") {
    throw new SyntaxError(
      `Cannot read the key path "${shown(path)}": a step is empty, or its [n] is no number`,
    );
  }
  const tag = parseTag(name) ?? tagOfKeyword(name, path);
  if (tag === undefined) {
    const nearest = nearestKeyword(name);
    throw new SyntaxError(
      `Cannot read the key path "${shown(path)}": there is no keyword "${shown(name)}"` +
        (nearest === undefined ? "" : `; did you mean "${nearest}"?`),
    );
  }
  if (!isQueryable(tag)) {
    throw new SyntaxError(
      `Cannot read the key path "${shown(path)}": ${
        formatTag(tag)
      } is no attribute of a query, it is never sent`,
    );
  }
  if (index === undefined) return { tag };
  if (Number(index) >= itemLimit) {
    throw new SyntaxError(
      `Cannot read the key path "${
        shown(path)
      }": item ${index} is beyond the limit of ${itemLimit} items`,
    );
  }
  return { tag, item: Number(index) };
}

/** The tag of a private attribute depends on the block that its creator has in the data set: no keyword names it. */
function tagOfKeyword(keyword: string, path: string): number | undefined {
  const entry = lookupKeyword(keyword);
  if (entry?.privateCreator === undefined) return entry?.tag;
  const creator = formatTag(privateCreatorTagOf(entry.tag + 0x1000));
  throw new SyntaxError(
    `Cannot read the key path "${shown(path)}": ${keyword} is private, write ` +
      `${formatTag(entry.tag + 0x1000)}, with "${shown(entry.privateCreator)}" as ${creator}`,
  );
}

/** Not commands, File Meta Information and delimiters (PS3.5 section 7.1), nor group lengths, which are retired. */
function isQueryable(tag: number): boolean {
  const group = tag >>> 16;
  return group > 0x0007 && group < 0xFFFE && (tag & 0xFFFF) !== 0;
}

function requireSequence(tag: number, path: string): void {
  const entry = lookupTag(tag);
  // Private and unknown attributes may be sequences; the dictionary does not know.
  if (!entry || entry.vr === "SQ" || entry.vr === "UN") return;
  throw new SyntaxError(
    `Cannot read the key path "${shown(path)}": ${
      formatKey(tag)
    } is no sequence, it has VR ${entry.vr}`,
  );
}

function formatKey(tag: number): string {
  return lookupTag(tag)?.keyword || formatTag(tag);
}

/** Paths come from people and files: long ones are cut, control characters never reach a terminal. */
function shown(text: string): string {
  const visible = text.replaceAll(/\p{C}/gu, "\uFFFD");
  return visible.length > 100 ? `${visible.slice(0, 100)}…` : visible;
}
