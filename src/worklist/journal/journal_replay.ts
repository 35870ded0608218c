/**
 * From the lines of a journal back to what they change in memory.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { cutAfter } from "../event.ts";
import { idOf, type ItemKey } from "../item.ts";
import { cutDataSet, itemFrom } from "./item_line.ts";
import type { Item } from "./journal.ts";
import { checksumMark, type CommitLine } from "./journal_lines.ts";
import type { Batch } from "../worklist.ts";

const commitStart = '{"commit":"';
const encoder = new TextEncoder();

/**
 * Tells whether a line closes the lines of a poll.
 *
 * @param line A line of a journal.
 */
export function isCommitLine(line: string): boolean {
  return line.startsWith(commitStart);
}

/**
 * Reads a commit line.
 *
 * @param line The line.
 * @returns What stands in it; undefined if it is not whole.
 */
export function parseCommitLine(line: string): CommitLine | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Tells whether the lines of a commit are as they were written.
 *
 * @param lines The bytes of the lines that it closes, line ends included.
 * @param line The commit line, without its line end.
 * @param commit What stands in it.
 */
export function isIntact(lines: Uint8Array, line: string, commit: CommitLine): boolean {
  const end = line.lastIndexOf(checksumMark);
  if (end < 0 || commit.bytes !== lines.length) return false;
  const checksum = crc32(encoder.encode(line.slice(0, end)), crc32(lines));
  return commit.crc === checksum.toString(16).padStart(8, "0");
}

/**
 * Reads the lines of one poll.
 *
 * @param lines The lines that the commit closes.
 * @param commit The commit.
 * @param itemById Finds an item as it was before.
 * @returns What they change.
 * @throws {SyntaxError} If a line is not as we write them.
 */
export function batchFrom(
  lines: readonly string[],
  commit: CommitLine,
  itemById: (id: string) => Item | undefined,
): Batch {
  const dropped: string[] = [];
  const items: Item[] = [];
  const removed: string[] = [];
  let told = 0;
  for (const line of lines) {
    if (line.startsWith('{"item":')) {
      takeItemLine(line, dropped, items, itemById);
      continue;
    }
    const after = cutAfter(line);
    if (after === undefined) {
      const { data }: EventHead = JSON.parse(line);
      if (data.key) removed.push(idOf(data.key));
      continue;
    }
    const { data, subject = "", sequence }: EventHead = JSON.parse(after.rest);
    const key = data.key ?? {};
    const { fingerprint = "", characterSet } = commit.items?.[told++] ?? {};
    items.push({
      id: idOf(key),
      key,
      subject,
      fingerprint,
      json: after.json,
      characterSet,
      sequence: Number(sequence),
      configuration: commit.configuration,
    });
  }
  const { number, standing: pollState, poll, configuration, configurations } = commit;
  const value = configurations?.[configuration];
  return {
    number,
    sequence: Number(commit.commit),
    dropped,
    items,
    removed,
    missed: new Map(commit.missed?.map(({ key, polls }) => [idOf(key), polls])),
    pollState,
    configuration: { number: configuration, ...(value && { value }) },
    poll,
  };
}

/** What replaying needs of an event. */
interface EventHead {
  readonly subject?: string;
  readonly sequence: string;
  readonly data: { readonly key?: ItemKey };
}

function takeItemLine(
  line: string,
  dropped: string[],
  items: Item[],
  itemById: (id: string) => Item | undefined,
): void {
  const { head, json } = cutDataSet(line);
  if (head.was) dropped.push(idOf(head.was));
  if (head.gone) {
    dropped.push(idOf(head.key));
    return;
  }
  const before = itemById(idOf(head.was ?? head.key));
  const dataSet = json ?? before?.json;
  if (dataSet === undefined) {
    throw new SyntaxError("Cannot replay an item: its data set is nowhere");
  }
  items.push(itemFrom(head, dataSet));
}
