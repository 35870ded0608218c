/**
 * Identifiers of C-FIND requests, built from keys as the configuration and programs write them.
 *
 * PS3.4 sections C.4.1.1.3.1 and K.4.1.1.3.1.
 *
 * @module
 */

import { chooseCharacterSet } from "../dicom/charset.ts";
import { DataSet, element } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";
import { usesCharacterSet, type Vr } from "../dicom/vr.ts";
import { isRelative, type ResolveContext, resolveValue } from "./date_window.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "./key_path.ts";
import { problemOfValue, setKey, vrOfKey } from "./key_value.ts";
import {
  asLevel,
  type Level,
  type LevelDefinition,
  levelOf,
  type ModelName,
  models,
} from "./model.ts";
import { defaultReturnKeys, mergeReturnKeys, returnKeysAt } from "./requested_keys.ts";

/** The value of a key: `null` asks for the attribute without matching it, a list has several values. */
export type KeyValue = null | string | number | readonly (string | number)[] | Keys;

/** Keys by key path; a nested map steps into the first item of a sequence. */
export interface Keys {
  readonly [path: string]: KeyValue;
}

/** A question to a peer, as a person writes it. */
export interface QueryDefinition {
  readonly model: ModelName;
  /** The model's topmost level when absent. */
  readonly level?: Level | undefined;
  readonly keys?: Keys | undefined;
  /**
   * What to ask for besides the keys: the model's return keys, or a list of key paths.
   *
   * @default {"default"}
   */
  readonly return?: "default" | readonly string[] | undefined;
  /** Key paths that are asked for whatever `return` says: those that the matches are told apart by. */
  readonly identity?: readonly string[] | undefined;
  /** Terms to try first when a value needs a Specific Character Set. */
  readonly characterSet?: readonly string[] | undefined;
  /**
   * Whether the caller drops by itself what does not match `keys`. Ranges of times that go with ranges of
   * several days are then not sent, because many peers read them wrongly and would answer too little.
   *
   * @default {false}
   */
  readonly recheck?: boolean | undefined;
}

/** An identifier and what of it is to be matched. */
export interface BuiltIdentifier {
  /** What to send. */
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

/** Something wrong with one key. */
export interface KeyProblem {
  /** The names of the nested maps down to the key, as they were written. */
  readonly path: readonly string[];
  /** What is wrong; never the value, which may be patient data. */
  readonly message: string;
}

/** Keys that cannot be sent; says all that is wrong at once. */
export class IdentifierError extends SyntaxError {
  override readonly name = "IdentifierError";
  /** At least one. */
  readonly problems: readonly KeyProblem[];

  /** Joins the problems to one message. */
  constructor(problems: readonly KeyProblem[]) {
    super(problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    this.problems = problems;
  }
}

/** A key with its path read and its value still as it was written. */
interface WrittenKey {
  readonly path: KeyPath;
  readonly trail: readonly string[];
  readonly vr: Vr;
  readonly text: string;
}

/** A key with its value resolved: what to send, and what is meant. */
interface ResolvedKey extends WrittenKey {
  readonly sent: string;
  readonly meant: string;
}

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

function* writtenKeys(
  keys: Keys,
  trail: readonly string[],
  problems: KeyProblem[],
): Generator<WrittenKey> {
  for (const [name, value] of Object.entries(keys)) {
    const names = [...trail, name];
    if (isMap(value) && Object.keys(value).length > 0) {
      yield* writtenKeys(value, names, problems);
      continue;
    }
    try {
      // An empty map is an item without attributes.
      const path = parseKeyPath(names.join(".") + (isMap(value) ? "[0]" : ""));
      yield { path, trail: names, vr: vrOfKey(path.at(-1)?.tag ?? 0), text: textOf(value) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push({ path: names, message: error.message });
    }
  }
}

function isMap(value: KeyValue): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: KeyValue): string {
  if (value === null || isMap(value)) return "";
  return Array.isArray(value) ? value.join("\\") : String(value);
}

function resolveKeys(
  written: readonly WrittenKey[],
  { model, recheck = false }: QueryDefinition,
  context: ResolveContext,
  problems: KeyProblem[],
): ResolvedKey[] {
  const resolved = new Map<string, ResolvedKey>();
  // Dates before times, whose meaning can depend on them.
  const ordered = [...written].sort((a, b) => Number(a.vr === "TM") - Number(b.vr === "TM"));
  for (const key of ordered) {
    try {
      const date = models[model].combinesDateAndTime ? resolved.get(pathOfDate(key)) : undefined;
      const meant = resolveKey(key, date?.meant, context);
      const problem = problemOfValue(key.vr, meant);
      if (problem) throw new SyntaxError(problem);
      const isWithheld = recheck && key.vr === "TM" && isRange(meant) &&
        isOfSeveralDays(date?.meant);
      resolved.set(formatKeyPath(key.path), { ...key, meant, sent: isWithheld ? "" : meant });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push({ path: key.trail, message: error.message });
    }
  }
  return written.flatMap(({ path }) => resolved.get(formatKeyPath(path)) ?? []);
}

/**
 * A window of `now` in a time key may cross midnight if the date key beside it spans the same days: both
 * together are one period (PS3.4 Table K.6-1).
 */
function resolveKey(key: WrittenKey, date: string | undefined, context: ResolveContext): string {
  if (
    key.vr === "TM" && date && isRange(date) && isRelative(key.text) && !key.text.includes("\\")
  ) {
    const [from = "", to = ""] = resolveValue(key.text, "DT", context).split("-");
    const isWhole = from.length === 14 && to.length === 14;
    if (isWhole && isOfSeveralDays(date) && date === `${from.slice(0, 8)}-${to.slice(0, 8)}`) {
      return `${from.slice(8)}-${to.slice(8)}`;
    }
  }
  return resolveValue(key.text, key.vr, context);
}

/** The path of the date that a time belongs to: Study Time to Study Date. */
function pathOfDate({ path, vr }: WrittenKey): string {
  return vr === "TM" ? formatKeyPath(path).replace(/Time$/, "Date") : "";
}

function isRange(text: string): boolean {
  return text.includes("-");
}

function isOfSeveralDays(date: string | undefined): boolean {
  if (date === undefined || !isRange(date)) return false;
  const [from, to] = date.split("-");
  return from !== to;
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
  const paths = wanted === "default" ? identity : [...wanted, ...identity];
  if (wanted === "default") mergeReturnKeys(identifier, defaultReturnKeys(level));
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
