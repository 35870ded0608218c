/**
 * Recognises a map among values that come from YAML or JSON.
 *
 * @module
 */

/**
 * Recognises an object with keys of its own: no list, no date, not null.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isMap } from "./is_map.ts";
 *
 * assertEquals([isMap({ Modality: "CT" }), isMap(["CT"]), isMap(null)], [true, false, false]);
 * ```
 *
 * @param value A value of YAML or JSON.
 * @returns True if it is a map.
 */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
