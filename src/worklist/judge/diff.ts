/**
 * Finds the attributes in which two states of an item differ.
 *
 * Values are compared in canonical form (`canonical.ts`) and reported as they were sent. An empty element and
 * an absent one are the same. Items of a sequence keep their order. Group lengths and Specific Character Set
 * are not compared, because they describe the encoding, not the content.
 *
 * @module
 */
import type { DicomJson, DicomJsonElement } from "../../dicom/json/json.ts";
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { formatTag } from "../../dicom/tag.ts";
import type { KeyPath } from "../../query/key_path.ts";
import { canonicalValues, isCompared, itemsOf } from "../canonical.ts";

/** An attribute that differs, as events have it. */
export interface AttributeChange {
  /** Keywords joined by `.`; an item beyond the first of its sequence as `[n]`. */
  readonly path: string;
  /** The tags of the path, concatenated: `0040010000400003`. */
  readonly tag: string;
  readonly vr: string;
  /** The DICOM JSON values before; empty if there were none. */
  readonly before: readonly unknown[];
  /** The DICOM JSON values after; empty if there are none. */
  readonly after: readonly unknown[];
}

/** One attribute of an item. */
export interface Attribute {
  /** The path, as in {@linkcode AttributeChange}. */
  readonly path: string;
  readonly tag: string;
  readonly vr: string;
  /** The DICOM JSON values. */
  readonly values: readonly unknown[];
}

/** The scope of a comparison. */
export interface DiffOptions {
  /** Attributes that are not compared. A path without `[n]` means all items. */
  readonly ignore?: readonly KeyPath[];
  /** Returns true if an attribute is compared. It receives the tags of the path. */
  readonly within?: (path: readonly number[]) => boolean;
}

/** The current place of a comparison. */
interface Place {
  readonly path: string;
  readonly tag: string;
  readonly tags: readonly number[];
}

/**
 * Compares two states of an item.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { diffItems } from "./diff.ts";
 *
 * const before = { "00100020": { vr: "LO" as const, Value: ["4711"] } };
 * const after = { "00100020": { vr: "LO" as const, Value: ["4712"] } };
 * assertEquals(diffItems(before, after), [
 *   { path: "PatientID", tag: "00100020", vr: "LO", before: ["4711"], after: ["4712"] },
 * ]);
 * ```
 *
 * @param before The earlier state.
 * @param after The later state.
 * @param options The attributes to leave out.
 * @returns The attributes that differ, by ascending tag; empty if the states are the same.
 */
export function diffItems(
  before: DicomJson,
  after: DicomJson,
  options: DiffOptions = {},
): AttributeChange[] {
  const changes: AttributeChange[] = [];
  diffDataSets(
    before,
    after,
    { path: "", tag: "", tags: [] },
    options,
    options.ignore ?? [],
    changes,
  );
  return changes;
}

/**
 * Lists every attribute of an item, with the paths that a comparison would use.
 *
 * @param json The item.
 * @returns The attributes that have a value, by ascending tag. Those in sequences have longer paths.
 */
export function attributesOf(json: DicomJson): Attribute[] {
  const attributes: Attribute[] = [];
  addAttributes(json, { path: "", tag: "", tags: [] }, attributes);
  return attributes;
}

function addAttributes(json: DicomJson, at: Place, attributes: Attribute[]): void {
  for (const tag of Object.keys(json).sort()) {
    const element = json[tag];
    if (!isCompared(tag) || element === undefined) continue;
    const place = step(at, tag, parseInt(tag, 16));
    const values = valuesOf(element);
    if (element.vr === "SQ") {
      itemsOf(element).forEach((item, index) =>
        addAttributes(item, itemPlace(place, index), attributes)
      );
    } else if (values.length > 0) {
      attributes.push({ path: place.path, tag: place.tag, vr: element.vr, values });
    }
  }
}

function itemPlace(place: Place, index: number): Place {
  return index === 0 ? place : { ...place, path: `${place.path}[${index}]` };
}

function diffDataSets(
  before: DicomJson,
  after: DicomJson,
  at: Place,
  options: DiffOptions,
  ignore: readonly KeyPath[],
  changes: AttributeChange[],
): void {
  const tags = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const tag of [...tags].sort()) {
    if (!isCompared(tag)) continue;
    const number = parseInt(tag, 16);
    const here = ignore.filter((path) => path[0]?.tag === number);
    if (here.some((path) => path.length === 1 && path[0]?.item === undefined)) continue;
    const place = step(at, tag, number);
    if (options.within?.(place.tags) === false) continue;
    const one = before[tag];
    const other = after[tag];
    if ((other ?? one)?.vr === "SQ") {
      diffSequences(itemsOf(one), itemsOf(other), place, options, here, changes);
    } else if (!sameValues(one, other)) {
      changes.push(change(place, (other ?? one)?.vr ?? "UN", valuesOf(one), valuesOf(other)));
    }
  }
}

function diffSequences(
  before: readonly DicomJson[],
  after: readonly DicomJson[],
  place: Place,
  options: DiffOptions,
  ignore: readonly KeyPath[],
  changes: AttributeChange[],
): void {
  if (before.length === 0 || after.length === 0) {
    const hasContent = [...before, ...after].some((item, index) =>
      differs({}, item, place, options, rest(ignore, index))
    );
    if (hasContent) changes.push(change(place, "SQ", before, after));
    return;
  }
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    if (ignore.some((path) => path.length === 1 && path[0]?.item === index)) continue;
    const item = itemPlace(place, index);
    const inner = rest(ignore, index);
    const [one, other] = [before[index], after[index]];
    if (one && other) {
      diffDataSets(one, other, item, options, inner, changes);
    } else if (differs(one ?? {}, other ?? {}, item, options, inner)) {
      changes.push(change(item, "SQ", one ? [one] : [], other ? [other] : []));
    }
  }
}

/** The paths that lead into one item of a sequence, without their first step. */
function rest(ignore: readonly KeyPath[], index: number): KeyPath[] {
  return ignore
    .filter(([first]) => first?.item === undefined || first.item === index)
    .map((path) => path.slice(1));
}

function differs(
  before: DicomJson,
  after: DicomJson,
  at: Place,
  options: DiffOptions,
  ignore: readonly KeyPath[],
): boolean {
  const found: AttributeChange[] = [];
  diffDataSets(before, after, at, options, ignore, found);
  return found.length > 0;
}

function change(
  { path, tag }: Place,
  vr: string,
  before: readonly unknown[],
  after: readonly unknown[],
): AttributeChange {
  return { path, tag, vr, before, after };
}

function step(at: Place, tag: string, number: number): Place {
  const name = lookupTag(number)?.keyword || formatTag(number);
  return {
    path: at.path === "" ? name : `${at.path}.${name}`,
    tag: at.tag + tag,
    tags: [...at.tags, number],
  };
}

function sameValues(
  one: DicomJsonElement | undefined,
  other: DicomJsonElement | undefined,
): boolean {
  const before = canonicalValues(one);
  const after = canonicalValues(other);
  return before.length === after.length && before.every((value, index) => value === after[index]);
}

function valuesOf(element: DicomJsonElement | undefined): readonly unknown[] {
  if (element?.InlineBinary !== undefined) return [element.InlineBinary];
  return element?.Value ?? [];
}
