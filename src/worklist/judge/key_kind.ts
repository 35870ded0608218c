/**
 * Recognises keys whose value moves on with time.
 *
 * @module
 */
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { parseKeyPath } from "../../query/key_path.ts";

/**
 * True if a key asks for a date or a time. Another poll may resolve such a key to another value.
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
