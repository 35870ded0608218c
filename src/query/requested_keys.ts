/**
 * Return keys: what is asked for besides the keys, added to an identifier.
 *
 * PS3.4 section K.2.2.1.2.
 *
 * @module
 */

import { DataSet, element } from "../dicom/data_set.ts";
import { getAt, parseKeyPath } from "./key_path.ts";
import { setKey } from "./key_value.ts";
import type { LevelDefinition } from "./model.ts";
import { returnKeyPaths } from "./return_keys.ts";

const knownDefaults = new WeakMap<LevelDefinition, DataSet>();

/**
 * Makes the return keys that a level has by default.
 *
 * @param level The level of a model.
 * @returns Empty elements, to be copied from; made once, since a table has more than a hundred paths.
 */
export function defaultReturnKeys(level: LevelDefinition): DataSet {
  const known = knownDefaults.get(level);
  if (known) return known;
  const keys = returnKeysAt(returnKeyPaths(level.returnKeys));
  knownDefaults.set(level, keys);
  return keys;
}

/**
 * Makes the return keys of a level without its nested sequences: for peers that take an item of empty keys for a
 * demand, and do not return what has no such sequence. Sequences that the identity is in stay, with their plain keys.
 *
 * @param level The level of a model.
 * @returns Empty elements, to be copied from.
 */
export function flatReturnKeys(level: LevelDefinition): DataSet {
  const kept = new Set(level.identity.map((path) => parseKeyPath(path)[0]?.tag));
  const flat = new DataSet();
  for (const key of defaultReturnKeys(level).elements()) {
    if (key.vr !== "SQ") flat.set(key);
    else if (kept.has(key.tag)) {
      const items = key.items.map((item) =>
        new DataSet([...item.elements()].filter(({ vr }) => vr !== "SQ"))
      );
      flat.set(element(key.tag, items, "SQ"));
    }
  }
  return flat;
}

/**
 * Makes return keys of key paths.
 *
 * @param paths The key paths.
 * @param onProblem Called with each path that cannot be read; without it the first one throws.
 * @returns Empty elements.
 * @throws {SyntaxError} If a path cannot be read.
 */
export function returnKeysAt(
  paths: readonly string[],
  onProblem?: (path: string, error: SyntaxError) => void,
): DataSet {
  const keys = new DataSet();
  for (const text of paths) {
    try {
      const path = parseKeyPath(text);
      if (!getAt(keys, path)) setKey(keys, path, "");
    } catch (error) {
      if (!(error instanceof SyntaxError) || !onProblem) throw error;
      onProblem(text, error);
    }
  }
  return keys;
}

/**
 * Adds the return keys that an identifier does not have.
 *
 * @param identifier Changed in place. A sequence or an item that is there but empty asks for all of it, and stays so.
 * @param returnKeys The elements to add; they are copied.
 */
export function mergeReturnKeys(identifier: DataSet, returnKeys: DataSet): void {
  for (const key of returnKeys.elements()) {
    const found = identifier.get(key.tag);
    if (!found) {
      identifier.set(key.vr === "SQ" ? element(key.tag, key.items.map(copyOf), "SQ") : key);
    }
    for (const [index, item] of found?.items.entries() ?? []) {
      const more = key.items[index];
      if (more && item.size > 0) mergeReturnKeys(item, more);
    }
  }
}

function copyOf(item: DataSet): DataSet {
  const copy = new DataSet();
  mergeReturnKeys(copy, item);
  return copy;
}
