/**
 * Folders that depend on an item: paths in which `${Keyword}` is replaced by a value of the item.
 *
 * A value from a peer becomes part of one segment of the path. It cannot lead to another folder, whatever it
 * holds.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { lookupTag } from "../dicom/dictionary/dictionary.ts";
import { Tag } from "../dicom/tag.ts";
import { getAt, type KeyPath, parseKeyPath } from "../query/key_path.ts";

/** A parsed path with placeholders. */
export interface FolderTemplate {
  /** The folder before the first placeholder. All folders are below it, or are this folder. */
  readonly root: string;
  /** The segments after it; each is a list of texts and placeholders. */
  readonly segments: readonly (readonly (string | KeyPath)[])[];
}

/** Groups of the patient and of the visit: name, identifiers, birth date, ward and bed. */
const personalGroups = new Set([0x0010, 0x0038]);
/** The text for an item without a value. */
const noValue = "_none";
const longestValueBytes = 64;
/** The most folders of one item. An item with more values is an error of the peer. */
const mostFolders = 32;

/**
 * Parses a path with placeholders.
 *
 * @param path An absolute path, such as `/srv/wl/${ScheduledStationAETitle}`.
 * @returns The template.
 * @throws {SyntaxError} If a placeholder is no key path, or if it would distinguish patients, visits or
 * orders, or if the path leads upwards after a placeholder.
 */
export function parseFolderTemplate(path: string): FolderTemplate {
  const all = path.split("/").filter((segment) => segment !== "");
  const first = all.findIndex((segment) => segment.includes("${"));
  const fixed = first < 0 ? all : all.slice(0, first);
  const segments = first < 0 ? [] : all.slice(first).map(parseSegment);
  return { root: "/" + fixed.join("/"), segments };
}

function parseSegment(segment: string): (string | KeyPath)[] {
  if (segment === "." || segment === "..") {
    throw new SyntaxError(`"${segment}" cannot follow a placeholder`);
  }
  return segment.split(/(\$\{[^}]*\})/).filter((part) => part !== "").map((part) => {
    if (!part.includes("${")) return part;
    if (!part.endsWith("}")) throw new SyntaxError("a placeholder is ${Keyword}: its } is missing");
    return parsePlaceholder(part.slice(2, -1));
  });
}

function parsePlaceholder(text: string): KeyPath {
  const path = parseKeyPath(text);
  const tag = path.at(-1)?.tag ?? 0;
  const isPersonal = personalGroups.has(tag >>> 16) || tag === Tag.AccessionNumber ||
    lookupTag(tag)?.vr === "PN";
  if (isPersonal) {
    throw new SyntaxError(`${text} would put patient data into the names of folders`);
  }
  return path;
}

/**
 * Names the folders of an item: one for each combination of values, at most 32.
 *
 * A keyword alone means the attribute at the top level or, if it is not there, in the items of sequences. A
 * longer key path means that one place.
 *
 * @param template The path.
 * @param dataSet The item.
 * @returns Absolute paths, each once.
 */
export function foldersOf(template: FolderTemplate, dataSet: DataSet): string[] {
  let folders = [template.root === "/" ? "" : template.root];
  for (const segment of template.segments) {
    let names = [""];
    for (const part of segment) {
      const texts = typeof part === "string" ? [part] : segmentsOf(dataSet, part);
      names = names.flatMap((name) => texts.map((text) => name + text));
    }
    folders = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
    folders = [...new Set(folders)].slice(0, mostFolders);
  }
  return folders.map((folder) => folder === "" ? "/" : folder);
}

/** The values of an attribute, each made safe as part of a path. */
function segmentsOf(dataSet: DataSet, path: KeyPath): string[] {
  const [only] = path;
  const values = path.length === 1 && only !== undefined && only.item === undefined
    ? stringsAnywhere(dataSet, only.tag)
    : [...getAt(dataSet, path)?.strings ?? []];
  const safe = values.map(safeSegment);
  return safe.length === 0 ? [noValue] : [...new Set(safe)].slice(0, mostFolders);
}

function stringsAnywhere(dataSet: DataSet, tag: number): string[] {
  const here = dataSet.strings(tag);
  if (here.length > 0) return [...here];
  return [...dataSet.elements()].flatMap((element) =>
    element.items.flatMap((item) => stringsAnywhere(item, tag))
  );
}

/**
 * Makes a value safe as part of a path segment.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { safeSegment } from "./folder_template.ts";
 *
 * assertEquals(safeSegment("../x"), "__x");
 * assertEquals(safeSegment("CT 1"), "CT 1");
 * assertEquals(safeSegment(" "), "_none");
 * ```
 *
 * @param value A value from a peer.
 * @returns Text of 1 to 64 bytes, without separators, control characters and other dangerous characters, and
 * without a dot or dash in front.
 */
export function safeSegment(value: string): string {
  const plain = value.normalize("NFC").toWellFormed().trim()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\uFFFD/\\:*?"<>|$%`]/gu, "_")
    .replace(/^[.-]+/, "_");
  let text = "";
  for (const character of plain) {
    if (new TextEncoder().encode(text + character).length > longestValueBytes) break;
    text += character;
  }
  return text.trimEnd().replace(/\.+$/, "_") || noValue;
}
