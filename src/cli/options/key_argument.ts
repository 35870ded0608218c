/**
 * The keys of a query as `find -k` and query files write them: `PATH` or `PATH=VALUE`.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { type ResolveContext, resolveValue } from "../../query/date_window.ts";
import { formatKeyPath, parseKeyPath } from "../../query/key_path.ts";
import { setKey, vrAt } from "../../query/key_value.ts";

/**
 * Puts a key into a query, replacing what the query has at its path.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet } from "../../dicom/data_set.ts";
 * import { applyKey } from "./key_argument.ts";
 *
 * const query = new DataSet();
 * const now = Temporal.Instant.from("2026-03-01T12:00:00Z");
 * applyKey(query, "(0040,0100)[0].ScheduledProcedureStepStartDate=today", { now, timeZone: "UTC" });
 * assertEquals(query.items(0x00400100)[0]?.string(0x00400002), "20260301");
 * ```
 *
 * @param query Changed in place.
 * @param key The key as written.
 * @param context For relative dates.
 * @throws {SyntaxError} If the path or the value cannot be read; the message does not repeat the value.
 */
export function applyKey(query: DataSet, key: string, context: ResolveContext): void {
  const equals = key.indexOf("=");
  const path = parseKeyPath(equals < 0 ? key : key.slice(0, equals));
  const text = equals < 0 ? "" : key.slice(equals + 1);
  try {
    setKey(query, path, resolveValue(text, vrAt(query, path), context));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`Cannot use the key ${formatKeyPath(path)}: ${error.message}`, {
      cause: error,
    });
  }
}
