/**
 * Identifiers of C-FIND requests, built from keys as the configuration and programs write them.
 *
 * PS3.4 sections C.4.1.1.3.1 and K.4.1.1.3.1.
 *
 * @module
 */

import { chooseCharacterSet } from "../dicom/text/text.ts";
import { DataSet, element } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";
import { usesCharacterSet } from "../dicom/vr.ts";
import type { ResolveContext } from "./date_window.ts";
import { IdentifierError } from "./identifier_error.ts";
import { formatKeyPath } from "./key_path.ts";
import { setKey } from "./key_value.ts";
import { asLevel, type Level, type LevelDefinition, levelOf } from "./model.ts";
import {
  defaultReturnKeys,
  flatReturnKeys,
  mergeReturnKeys,
  returnKeysAt,
} from "./requested_keys.ts";
import type { KeyProblem, QueryDefinition } from "./query_definition.ts";
import { type ResolvedKey, resolveKeys, writtenKeys } from "./resolve_keys.ts";

/** An identifier and what of it is to be matched. */
export interface BuiltIdentifier {
  /** The identifier to send. */
  readonly identifier: DataSet;
  /** The keys that have a value, as they are meant: what a match must match. */
  readonly keys: DataSet;
  /** Their paths, as `formatKeyPath` writes them. */
  readonly matchingPaths: readonly string[];
}

/** They say how to read the other keys, and are not matched themselves (PS3.4 section C.2.2.2). */
const notMatched: ReadonlySet<number> = new Set([
  Tag.SpecificCharacterSet,
  Tag.TimezoneOffsetFromUTC,
  Tag.QueryRetrieveLevel,
]);

/**
 * Builds the identifier of a query.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { buildIdentifier } from "./identifier.ts";
 *
 * const { keys, matchingPaths } = buildIdentifier({
 *   model: "worklist",
 *   keys: {
 *     ScheduledProcedureStepSequence: {
 *       Modality: "CT",
 *       ScheduledProcedureStepStartDate: "today..today+1",
 *     },
 *     "PatientName": null,
 *   },
 * }, { now: Temporal.Instant.from("2026-03-01T11:30:00Z"), timeZone: "Europe/Berlin" });
 *
 * const [step] = keys.items(0x00400100);
 * assertEquals(step?.string(0x00400002), "20260301-20260302");
 * assertEquals(matchingPaths, [
 *   "ScheduledProcedureStepSequence.Modality",
 *   "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
 * ]);
 * ```
 *
 * @param definition The question.
 * @param context The present moment and the time zone, for relative dates.
 * @returns The identifier to send and the keys to match. Specific Character Set is there when a value needs
 * one; Timezone Offset From UTC only when it is one of the keys.
 * @throws {IdentifierError} If a key path or a value is wrong.
 * @throws {RangeError} If the model has no such level.
 */
export function buildIdentifier(
  definition: QueryDefinition,
  context: ResolveContext,
): BuiltIdentifier {
  const problems: KeyProblem[] = [];
  const written = [...writtenKeys(definition.keys ?? {}, [], problems)];
  const resolved = resolveKeys(written, definition, context, problems);
  const identifier = new DataSet();
  const keys = new DataSet();
  for (const key of resolved) {
    try {
      setKey(identifier, key.path, key.sent);
      if (isMatched(key)) setKey(keys, key.path, key.meant);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push({ path: key.trail, message: error.message });
    }
  }
  const level = levelOf(definition.model, definition.level ?? levelAmong(resolved));
  if (level.level) identifier.set(element(Tag.QueryRetrieveLevel, [level.level]));
  addReturnKeys(identifier, level, definition, problems);
  if (problems.length > 0) throw new IdentifierError(problems);
  addCharacterSet(identifier, resolved, definition.characterSet);
  return {
    identifier,
    keys,
    matchingPaths: resolved.filter(isMatched).map(({ path }) => formatKeyPath(path)),
  };
}

function isMatched({ path, meant }: ResolvedKey): boolean {
  return meant !== "" && !notMatched.has(path.at(-1)?.tag ?? 0);
}

/** The level may also be given as one of the keys. */
function levelAmong(keys: readonly ResolvedKey[]): Level | undefined {
  const text = keys.find(({ path }) => path.length === 1 && path[0]?.tag === Tag.QueryRetrieveLevel)
    ?.sent;
  return text ? asLevel(text) : undefined;
}

/**
 * Adds return keys to an identifier that was made by hand; what is in it already stays as it is.
 *
 * @param identifier Changed in place.
 * @param definition The model and level, and what to ask for.
 * @throws {IdentifierError} If a key path is wrong.
 * @throws {RangeError} If the model has no such level.
 */
export function askFor(
  identifier: DataSet,
  definition: Pick<QueryDefinition, "model" | "level" | "return">,
): void {
  const problems: KeyProblem[] = [];
  addReturnKeys(identifier, levelOf(definition.model, definition.level), definition, problems);
  if (problems.length > 0) throw new IdentifierError(problems);
}

function addReturnKeys(
  identifier: DataSet,
  level: LevelDefinition,
  { return: wanted = "default", identity = [] }: Pick<QueryDefinition, "return" | "identity">,
  problems: KeyProblem[],
): void {
  const paths = typeof wanted === "string" ? identity : [...wanted, ...identity];
  if (wanted === "default") mergeReturnKeys(identifier, defaultReturnKeys(level));
  if (wanted === "flat") mergeReturnKeys(identifier, flatReturnKeys(level));
  const more = returnKeysAt(
    paths,
    (path, { message }) => problems.push({ path: ["return", path], message }),
  );
  mergeReturnKeys(identifier, more);
}

function addCharacterSet(
  identifier: DataSet,
  keys: readonly ResolvedKey[],
  preferred: readonly string[] | undefined,
): void {
  if (identifier.string(Tag.SpecificCharacterSet)) return;
  // An empty one is not allowed (PS3.4 section C.2.2.2), also where it was asked for as a return key.
  identifier.delete(Tag.SpecificCharacterSet);
  const texts = keys.filter(({ vr }) => usesCharacterSet(vr)).map(({ sent }) => sent);
  const terms = chooseCharacterSet(texts, preferred);
  if (terms.length > 0) identifier.set(element(Tag.SpecificCharacterSet, terms));
}
