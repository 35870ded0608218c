/**
 * Items as lines of JSON: in snapshots, and in journals for items that are taken over without an event.
 *
 * The data set is the last member of the line, so that it is cut out as text and not parsed.
 *
 * @module
 */
import type { TakenItem } from "../judge/draft.ts";
import { idOf, type ItemKey } from "../item.ts";
import type { Item } from "./journal.ts";

/** The members of an item's line besides its data set. */
export interface ItemLine {
  readonly item: string;
  readonly key: ItemKey;
  /** The key under which the item was stored before. */
  readonly was?: ItemKey;
  /** Present if the item was not stored before. */
  readonly new?: true;
  /** Present if the item was dropped. The line has its last state. */
  readonly gone?: true;
  readonly fingerprint?: string;
  readonly characterSet?: string;
  readonly sequence?: number;
  readonly configuration?: number;
  readonly missed?: number;
}

/** The mark before the data set. It cannot occur elsewhere, because quotes inside a text are escaped. */
const dataSetMark = ',"dataSet":{';
const markBytes = new TextEncoder().encode(dataSetMark);
const comma = 0x2C;
const decoder = new TextDecoder();

/**
 * Writes the line of an item that was dropped without an event.
 *
 * @param item The item.
 */
export function goneLine(item: Item): string {
  return itemLine(item, { gone: true }, item.json);
}

/**
 * Writes the line of an item that is taken over without an event.
 *
 * @param taken The item, and its changes.
 */
export function takenLine({ item, was, isNew, keepsDataSet }: TakenItem): string {
  const more = { ...(was && { was }), ...(isNew && { new: true as const }) };
  return itemLine(item, more, keepsDataSet ? undefined : item.json);
}

/**
 * Writes an item of a snapshot.
 *
 * @param item The item.
 * @param missed The number of complete polls in a row that missed it.
 */
export function snapshotItemLine(item: Item, missed: number): string {
  return itemLine(item, missed > 0 ? { missed } : {}, item.json);
}

function itemLine(
  { subject, key, fingerprint, characterSet, sequence, configuration }: Item,
  more: Partial<ItemLine>,
  json: string | undefined,
): string {
  const head = JSON.stringify(
    {
      item: subject,
      key,
      ...more,
      fingerprint,
      ...(characterSet !== undefined && { characterSet }),
      sequence,
      configuration,
    } satisfies ItemLine,
  );
  return json === undefined ? head : `${head.slice(0, -1)},"dataSet":${json}}`;
}

/**
 * Reads an item of a snapshot.
 *
 * @param line The bytes of the line, without the comma that follows it. Its two parts become separate texts,
 * so that the stored data set does not keep the whole line in memory.
 * @throws {SyntaxError} If the line is no item.
 */
export function parseSnapshotItem(line: Uint8Array): { item: Item; missed: number } {
  const at = indexOfMark(line);
  if (at < 0) throw new SyntaxError("Cannot read an item: it has no data set");
  const head: ItemLine = JSON.parse(`${decoder.decode(line.subarray(0, at))}}`);
  const json = decoder.decode(line.subarray(at + dataSetMark.length - 1, -1));
  return { item: itemFrom(head, json), missed: head.missed ?? 0 };
}

function indexOfMark(line: Uint8Array): number {
  for (let at = 0; (at = line.indexOf(comma, at)) >= 0; at++) {
    if (markBytes.every((byte, index) => line[at + index] === byte)) return at;
  }
  return -1;
}

/**
 * Cuts the data set out of the line of an item.
 *
 * @param line The line.
 * @returns The rest of the line, and the data set in the DICOM JSON Model if the line has one.
 * @throws {SyntaxError} If the line is no JSON.
 */
export function cutDataSet(line: string): { head: ItemLine; json: string | undefined } {
  const at = line.indexOf(dataSetMark);
  if (at < 0) return { head: JSON.parse(line), json: undefined };
  const json = line.slice(at + dataSetMark.length - 1, -1);
  return { head: JSON.parse(`${line.slice(0, at)}}`), json };
}

/**
 * Makes an item from its line.
 *
 * @param head The members of the line besides the data set.
 * @param json The data set.
 */
export function itemFrom(head: ItemLine, json: string): Item {
  const { item, key, fingerprint = "", characterSet, sequence = 0, configuration = 0 } = head;
  return {
    id: idOf(key),
    key,
    subject: item,
    fingerprint,
    json,
    characterSet,
    sequence,
    configuration,
  };
}
