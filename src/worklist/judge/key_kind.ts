/**
 * Tells keys whose meaning moves on with the time from the others.
 *
 * @module
 */
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { parseKeyPath } from "../../query/key_path.ts";

/**
 * Tells whether a key asks for a date or a time, which another poll may resolve otherwise.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isOfTime } from "./key_kind.ts";
 *
 * assertEquals(isOfTime("ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate"), true);
 * assertEquals(isOfTime("ScheduledProcedureStepSequence.Modality"), false);
 * ```
 *
 * @param path The path of the key.
 */
export function isOfTime(path: string): boolean {
  const vr = lookupTag(parseKeyPath(path).at(-1)?.tag ?? 0)?.vr;
  return vr === "DA" || vr === "TM" || vr === "DT";
}
