/**
 * The identity of an item. It decides which match of this poll is which match of the last one.
 *
 * An identity is a list of key paths. A path that steps into a sequence without naming an item takes the
 * least value of all items, so that their order does not matter. A missing value counts as empty. Several
 * matches of one identity are distinguished by an ordinal.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { DataSet } from "../dicom/data_set.ts";
import { inOnePiece } from "../base/one_piece.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "../query/key_path.ts";
import { canonicalText } from "./canonical.ts";

/** Key path to value, in the order of the identity. */
export type ItemKey = Readonly<Record<string, string>>;

/** The parsed identity of a query's items. */
export interface Identity {
  readonly paths: readonly KeyPath[];
  /** The name of each path in events: its last keyword, or the whole path if two keywords are the same. */
  readonly names: readonly string[];
}

/** The name of the ordinal in the key of the second and later items of an identity. */
const ordinalName = "ordinal";

/**
 * Parses the key paths of an identity.
 *
 * @param paths Key paths as text.
 * @throws {SyntaxError} If a key path cannot be read.
 */
export function parseIdentity(paths: readonly string[]): Identity {
  const parsed = paths.map(parseKeyPath);
  const whole = parsed.map(formatKeyPath);
  const short = parsed.map((path) => formatKeyPath(path.slice(-1)));
  const names = short.map((name, index) =>
    short.indexOf(name) === short.lastIndexOf(name) ? name : whole[index] ?? name
  );
  return { paths: parsed, names };
}

/**
 * Reads the identity of a data set.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../dicom/data_set.ts";
 * import { idOf, identityOf, parseIdentity } from "./item.ts";
 *
 * const identity = parseIdentity(["StudyInstanceUID", "AccessionNumber"]);
 * const key = identityOf(new DataSet([element(0x0020000D, ["1.2.3"])]), identity);
 * assertEquals(key, { StudyInstanceUID: "1.2.3", AccessionNumber: "" });
 * assertEquals(idOf(key), '{"StudyInstanceUID":"1.2.3","AccessionNumber":""}');
 * ```
 *
 * @param dataSet The data set.
 * @param identity The parsed identity.
 * @returns The key, without an ordinal.
 */
export function identityOf(dataSet: DataSet, identity: Identity): ItemKey {
  const key: Record<string, string> = {};
  for (const [index, path] of identity.paths.entries()) {
    const values: string[] = [];
    addValuesAt(dataSet, path, 0, values);
    key[identity.names[index] ?? ""] = values.length > 1 ? least(values) : values[0] ?? "";
  }
  return key;
}

/**
 * True if nothing in a data set identifies it.
 *
 * @param key The key of the data set.
 */
export function isNameless(key: ItemKey): boolean {
  return Object.entries(key).every(([name, value]) => value === "" || name === ordinalName);
}

/**
 * Adds an ordinal to the key of the second and later items of one identity.
 *
 * @param key The key without an ordinal.
 * @param ordinal The ordinal, from 1.
 * @returns The key with the ordinal. The first item keeps the key unchanged.
 */
export function withOrdinal(key: ItemKey, ordinal: number): ItemKey {
  return ordinal <= 1 ? key : { ...key, [ordinalName]: String(ordinal) };
}

/**
 * Splits a key that `withOrdinal` made.
 *
 * @param key The key of an item.
 * @returns The key that items of one identity share, and the ordinal.
 */
export function splitOrdinal(key: ItemKey): { base: ItemKey; ordinal: number } {
  if (key[ordinalName] === undefined) return { base: key, ordinal: 1 };
  const { [ordinalName]: ordinal, ...base } = key;
  return { base, ordinal: Number(ordinal) };
}

/**
 * Writes a key as a text that no other key has.
 *
 * @param key The key of an item.
 */
export function idOf(key: ItemKey): string {
  return JSON.stringify(key);
}

/**
 * Hashes an identity so that it can be shown. Without the secret nobody can find or guess the identity.
 *
 * The hash is SHA-256 of secret, query and identity, cut to 128 bits. Cutting it makes a prefixed secret
 * safe.
 *
 * @param secret The state folder's secret, 64 hex digits.
 * @param query The name of the query.
 * @param id The identity, as {@linkcode idOf} writes it.
 * @returns `k1-` and 32 hex digits.
 */
export function subjectOf(secret: string, query: string, id: string): string {
  return inOnePiece(`k1-${hash("sha256", `${secret}\n${query}\n${id}`).slice(0, 32)}`);
}

/** Adds the values at a path, in each item that the path steps into. Empty values are left out. */
function addValuesAt(dataSet: DataSet, path: KeyPath, depth: number, values: string[]): void {
  const at = path[depth];
  if (at === undefined) return;
  const element = dataSet.get(at.tag);
  if (element === undefined) return;
  if (depth === path.length - 1) {
    const { value } = element;
    if (element.vr === "SQ" || value instanceof Uint8Array) return;
    let text = "";
    for (const [index, one] of value.entries()) {
      text += (index > 0 ? "\\" : "") + canonicalText(element.vr, String(one));
    }
    if (text !== "") values.push(text);
    return;
  }
  const items = at.item === undefined ? element.items : element.items.slice(at.item, at.item + 1);
  for (const item of items) addValuesAt(item, path, depth + 1, values);
}

function least(values: readonly string[]): string {
  return values.reduce((least, value) => value < least ? value : least);
}
