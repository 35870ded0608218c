/**
 * Finds matching keys that stand where their information model does not have them.
 *
 * A peer ignores such a key, and so does the recheck of its answer, which has no such attribute: `Modality` outside
 * Scheduled Procedure Step Sequence returns every modality.
 *
 * @module
 */
import { formatKeyPath, type KeyPath, parseKeyPath } from "./key_path.ts";
import { type Level, type LevelDefinition, levelOf, type ModelName } from "./model.ts";
import { returnKeyPaths } from "./return_keys.ts";

/** The most places that are named. */
const mostNamed = 3;

/**
 * Finds where a model has the attribute of a key that it does not have at the key's path.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseKeyPath } from "./key_path.ts";
 * import { placesMeant } from "./misplaced_key.ts";
 *
 * assertEquals(placesMeant(parseKeyPath("Modality"), "worklist"), [
 *   "ScheduledProcedureStepSequence.Modality",
 * ]);
 * assertEquals(placesMeant(parseKeyPath("PatientID"), "worklist"), []);
 * ```
 *
 * @param path The path of a key.
 * @param model The model.
 * @param level Its level; the topmost when absent.
 * @returns The key paths that are probably meant, the shortest ones only; none if the key is where it belongs, or if
 * the model does not have its attribute at all.
 */
export function placesMeant(path: KeyPath, model: ModelName, level?: Level): string[] {
  const known = knownPaths(levelOf(model, level));
  const tags = path.map(({ tag }) => tag);
  const isHere = known.some((one) => tags.every((tag, index) => one[index]?.tag === tag));
  if (isHere) return [];
  const there = known.filter((one) => one.at(-1)?.tag === tags.at(-1));
  const depth = Math.min(...there.map((one) => one.length));
  return there.filter((one) => one.length === depth).slice(0, mostNamed).map(formatKeyPath);
}

const pathsOfLevels = new WeakMap<LevelDefinition, readonly KeyPath[]>();

function knownPaths(level: LevelDefinition): readonly KeyPath[] {
  const known = pathsOfLevels.get(level);
  if (known !== undefined) return known;
  const texts = [...level.identity, ...level.uniqueKeys, ...returnKeyPaths(level.returnKeys)];
  const paths = [...new Set(texts)].map(parseKeyPath);
  pathsOfLevels.set(level, paths);
  return paths;
}
