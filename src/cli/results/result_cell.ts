/**
 * Attributes as cells of a table, for people and spreadsheets.
 *
 * @module
 */
import type { DataElement, DataSet } from "../../dicom/data_set.ts";
import { formatTag, Tag } from "../../dicom/tag.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "../../query/key_path.ts";

/** A column: its path, and what stands above it. */
export interface Column {
  readonly path: KeyPath;
  /** The path in keywords. */
  readonly name: string;
  /** The last keyword, where no other column has it. */
  readonly title: string;
}

/** More bytes are not shown in a cell. */
const shownBytes = 32;

/**
 * Splits a list of key paths at its commas, except those inside tags.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitPaths } from "./result_cell.ts";
 *
 * assertEquals(splitPaths("PatientName,(0010,0020),0008,0050"), [
 *   "PatientName",
 *   "(0010,0020)",
 *   "0008,0050",
 * ]);
 * ```
 *
 * @param list The key paths with commas.
 * @returns The key paths.
 */
export function splitPaths(list: string): string[] {
  const paths = list.match(/(?:\([^)]*\)|\b[0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\b|[^,])+/g) ?? [];
  return paths.map((path) => path.trim()).filter((path) => path !== "");
}

/**
 * Makes columns of a list of key paths with commas.
 *
 * @param list The key paths.
 * @returns The columns.
 * @throws {SyntaxError} If one is no key path.
 */
export function parseColumns(list: string): Column[] {
  return columnsOf(splitPaths(list).map((path) => parseKeyPath(path)));
}

/**
 * Makes columns of key paths.
 *
 * @param paths The key paths.
 * @returns The columns, in the same order.
 */
export function columnsOf(paths: readonly KeyPath[]): Column[] {
  const names = paths.map((path) => formatKeyPath(path));
  const lasts = names.map((name) => name.slice(name.lastIndexOf(".") + 1));
  return paths.map((path, index) => {
    const name = names[index] ?? "";
    const last = lasts[index] ?? name;
    const isAlone = lasts.filter((other) => other === last).length === 1;
    return { path, name, title: isAlone ? last : name };
  });
}

/**
 * Lists the attributes that a query asks for, those inside items rather than their sequences.
 *
 * @param query The query.
 * @param above For recursion.
 * @returns Key paths in the order of the query's tags; its character set is left out.
 */
export function leafPaths(query: DataSet, above: KeyPath = []): KeyPath[] {
  const paths: KeyPath[] = [];
  for (const { tag, items } of query.elements()) {
    if (tag === Tag.SpecificCharacterSet) continue;
    const below = items.slice(0, 1).flatMap((item) => leafPaths(item, [...above, { tag }]));
    if (below.length > 0) paths.push(...below);
    else paths.push([...above, { tag }]);
  }
  return paths;
}

/**
 * The tags on the paths of columns, so that other elements of a match need not be made.
 *
 * @param columns The columns.
 */
export function tagsOf(columns: readonly Column[]): ReadonlySet<number> {
  return new Set(columns.flatMap(({ path }) => path.map(({ tag }) => tag)));
}

/**
 * The text of an attribute: several values are parted by `\`, those of several items by ` | `. Where the path
 * names no item, all items count.
 *
 * @param dataSet A match.
 * @param path The attribute.
 * @param step For recursion: where in the path the data set is looked at.
 * @returns The text; nothing where the match does not have it.
 */
export function cellText(dataSet: DataSet, path: KeyPath, step: number = 0): string {
  const at = path[step];
  const element = at && dataSet.get(at.tag);
  if (element === undefined) return "";
  if (step === path.length - 1) return elementText(element);
  let text = "";
  for (let index = 0; index < element.items.length; index++) {
    const item = element.items[index];
    if (item === undefined || (at?.item ?? index) !== index) continue;
    const inside = cellText(item, path, step + 1);
    if (inside !== "") text += text === "" ? inside : ` | ${inside}`;
  }
  return text;
}

function elementText(element: DataElement): string {
  const { value, vr, items } = element;
  if (vr === "SQ") {
    return items.length === 0 ? "" : `${items.length} ${items.length === 1 ? "item" : "items"}`;
  }
  if (value instanceof Uint8Array) {
    const hex = value.subarray(0, shownBytes).toHex();
    return value.length > shownBytes ? `${hex}…` : hex;
  }
  if (value.length === 1 && typeof value[0] === "string") return value[0];
  if (vr === "AT") return element.numbers.map(formatTag).join("\\");
  return value.map(String).join("\\");
}
