/**
 * Recognises items whose identity the peer makes new for each answer, such as a Study Instance UID that it
 * generates for each request.
 *
 * In such an answer all items are new, and each equals a missing item except for that attribute. Adding them
 * would fill a folder with copies: 150 files for 30 orders after five polls.
 *
 * @module
 */
import type { Steps } from "../../base/steps.ts";
import type { DicomJson, DicomJsonElement } from "../../dicom/json/json.ts";
import { tagHex } from "../../dicom/tag.ts";
import { type KeyPath, parseKeyPath } from "../../query/key_path.ts";
import { queryMechanics } from "../../query/model.ts";
import type { Answer, FreshMatch } from "./answer.ts";
import { canonicalForm, itemsOf, parseItemJson } from "../canonical.ts";
import type { QueryConfiguration } from "../configuration.ts";
import type { Exchange } from "./exchange.ts";
import type { Migration } from "./migration.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** Matches that are stored items under another identity. */
export interface Renewal {
  /** The key paths of the identity that the peer makes new. */
  readonly paths: readonly string[];
  /** The matches. They must not be added. */
  readonly matches: ReadonlySet<FreshMatch>;
  /** The stored items that these matches are. */
  readonly entries: ReadonlySet<Entry>;
}

interface Candidate {
  readonly match: FreshMatch;
  readonly json: DicomJson;
}

/**
 * Finds matches that equal missing items except for an attribute of their identity.
 *
 * A match that comes again under the identity that it had in the last answer is really new, and is not among
 * them.
 *
 * @param worklist The stored items.
 * @param answer The answer.
 * @param migration The relation of the items to the configuration in force.
 * @param exchange The items that came and went.
 * @returns The matches; undefined if there are none.
 */
export function* findRenewal(
  worklist: Worklist,
  answer: Answer,
  migration: Migration,
  exchange: Exchange,
): Steps<Renewal | undefined> {
  const added = exchange.added.filter(({ baseId }) => !worklist.renewed.has(baseId));
  const absent = exchange.absent.filter((entry) => !migration.hasOtherIdentity(entry));
  if (added.length === 0 || absent.length === 0) return undefined;
  const { identity, ignore } = answer.question.configuration;
  const candidates: Candidate[] = [];
  for (const match of added) {
    yield;
    candidates.push({ match, json: parseItemJson(match.json) });
  }
  const choices = identity.length > 1 ? [...identity.map((path) => [path]), identity] : [identity];
  const isAllNew = added.length === answer.accepted - answer.duplicates;
  let best: Renewal | undefined = undefined as Renewal | undefined;
  for (const paths of choices) {
    const isOrder = orderTest(identity.filter((path) => !paths.includes(path)));
    const mayPair = isAllNew ? isSomebody : isOrder;
    const renewal = yield* pairBut(paths, ignore, candidates, absent, mayPair);
    const isTelling = !isAllNew || renewal.matches.size === added.length ||
      candidates.some(({ match, json }) => renewal.matches.has(match) && isOrder(json));
    if (isTelling && renewal.matches.size > (best?.matches.size ?? 0)) best = renewal;
  }
  if (best) return yield* withChanged(best, identity, candidates, absent);
  // An item may have changed in other attributes as well. Unless the peer is known to renew, only its order identifies it.
  const isKnown = worklist.pollState.suspect === "identity";
  for (const paths of choices) {
    const none = { paths, matches: new Set<FreshMatch>(), entries: new Set<Entry>() };
    const renewal = yield* withChanged(none, identity, candidates, absent, !isKnown);
    if (renewal.matches.size > (best?.matches.size ?? 0)) best = renewal;
  }
  return best;
}

/**
 * Writes two lines of configuration by which items are recognised in spite of the renewed attribute.
 *
 * @param renewal The renewed attributes.
 * @param answer The answer.
 */
export function cureOf({ paths }: Pick<Renewal, "paths">, { question, fresh }: Answer): string {
  const { identity, ignore, requested } = question.configuration;
  const rest = identity.filter((path) => !paths.includes(path));
  const items = fresh.map(({ json }) => parseItemJson(json));
  const more = ["AccessionNumber", "RequestedProcedureID", "PatientID"]
    .filter((path) => requested.includes(path) && !rest.includes(path));
  const choices = [...more.map((path) => [path, ...rest]), [...more, ...rest]];
  const cure = choices.find((choice) => areUnique(choice, items)) ?? choices.at(-1) ?? rest;
  return `"identity: [${cure.join(", ")}]" and ${ignoreLine(ignore, paths)}`;
}

/**
 * Writes the line of configuration that excludes attributes from comparison.
 *
 * @param ignore The attributes that are not compared so far.
 * @param paths The key paths of the attributes.
 */
export function ignoreLine(ignore: QueryConfiguration["ignore"], paths: readonly string[]): string {
  const own = ignore.filter((path) => !queryMechanics.includes(path));
  return `"ignore: [${[...own, ...paths].join(", ")}]"`;
}

/** Pairs matches and items that differ in nothing except some attributes. */
function* pairBut(
  paths: readonly string[],
  ignore: readonly string[],
  candidates: readonly Candidate[],
  absent: readonly Entry[],
  mayPair: (json: DicomJson) => boolean,
): Steps<Renewal> {
  const left = [...paths, ...ignore].map(parseKeyPath);
  const entriesByForm = new Map<string, Entry[]>();
  for (const entry of absent) {
    yield;
    const json = parseItemJson(entry.item.json);
    if (!mayPair(json)) continue;
    const form = canonicalForm(without(json, left));
    const same = entriesByForm.get(form);
    if (same === undefined) entriesByForm.set(form, [entry]);
    else same.push(entry);
  }
  const matches = new Set<FreshMatch>();
  const entries = new Set<Entry>();
  for (const { match, json } of candidates) {
    yield;
    const entry = entriesByForm.get(canonicalForm(without(json, left)))?.pop();
    if (entry === undefined) continue;
    matches.add(match);
    entries.add(entry);
  }
  return { paths, matches, entries };
}

/**
 * Adds matches that are stored items in another state. Such a match shares the rest of its identity, or its
 * accession number, with one missing item of the same patient.
 */
function* withChanged(
  renewal: Renewal,
  identity: readonly string[],
  candidates: readonly Candidate[],
  absent: readonly Entry[],
  isStrict = false,
): Steps<Renewal> {
  const matches = new Set(renewal.matches);
  const entries = new Set(renewal.entries);
  const rest = identity.filter((path) => !renewal.paths.includes(path));
  const accession = ["AccessionNumber"];
  const choices = [[...accession, ...rest], accession, rest];
  for (const paths of isStrict ? choices.slice(0, 1) : choices) {
    if (paths.length === 0) continue;
    const keyPaths = [...paths, ...patient].map(parseKeyPath);
    const entriesByKey = new Map<string, Entry[]>();
    for (const entry of absent) {
      yield;
      if (entries.has(entry)) continue;
      const key = valuesAt(parseItemJson(entry.item.json), keyPaths);
      if (key !== undefined) entriesByKey.set(key, [...entriesByKey.get(key) ?? [], entry]);
    }
    for (const { match, json } of candidates) {
      yield;
      const key = matches.has(match) ? undefined : valuesAt(json, keyPaths);
      const entry = key === undefined ? undefined : entriesByKey.get(key)?.pop();
      if (entry === undefined) continue;
      matches.add(match);
      entries.add(entry);
    }
  }
  return { ...renewal, matches, entries };
}

const patient = ["PatientID"];

/** Makes a test for data sets that name an order, by the rest of their identity or by an accession number. */
function orderTest(rest: readonly string[]): (json: DicomJson) => boolean {
  const keyPaths = [...rest, "AccessionNumber"].map((path) => [parseKeyPath(path)]);
  return (json) => keyPaths.some((paths) => valuesAt(json, paths) !== undefined);
}

/** True if a data set names a patient or an order. Data sets without either cannot be distinguished. */
function isSomebody(json: DicomJson): boolean {
  return ["00100020", "00100010", "00080050"].some((tag) => (json[tag]?.Value?.length ?? 0) > 0);
}

function areUnique(paths: readonly string[], items: readonly DicomJson[]): boolean {
  const keyPaths = paths.map(parseKeyPath);
  const keys = items.map((json) => valuesAt(json, keyPaths));
  return keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
}

/** The values at some paths as one text; undefined if a path has none. */
function valuesAt(json: DicomJson, paths: readonly KeyPath[]): string | undefined {
  const forms = paths.map((path) => canonicalForm(only(json, path)));
  return forms.includes("[]") ? undefined : forms.join();
}

/** A copy of a data set with only the attribute at a path. */
function only(json: DicomJson, [at, ...rest]: KeyPath): DicomJson {
  if (at === undefined) return {};
  const tag = tagHex(at.tag);
  const element = json[tag];
  if (element === undefined) return {};
  if (rest.length === 0) return { [tag]: element };
  const items = itemsOf(element).map((item) => only(item, rest))
    .filter((item) => Object.keys(item).length > 0);
  return items.length === 0 ? {} : { [tag]: sequence(items) };
}

/** A copy of a data set without the attributes at some paths. */
function without(json: DicomJson, paths: readonly KeyPath[]): DicomJson {
  const left: Record<string, DicomJsonElement> = { ...json };
  for (const [at, ...rest] of paths) {
    const tag = tagHex(at?.tag ?? 0);
    const element = left[tag];
    if (element === undefined) continue;
    if (rest.length === 0) delete left[tag];
    else left[tag] = sequence(itemsOf(element).map((item) => without(item, [rest])));
  }
  return left;
}

function sequence(items: readonly DicomJson[]): DicomJsonElement {
  return { vr: "SQ", Value: [...items] };
}
