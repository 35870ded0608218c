/**
 * Turns the lines of a journal back into changes in memory.
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
 * True if a line closes the lines of a poll.
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
 * @returns The members of the line; undefined if the line is not whole.
 */
export function parseCommitLine(line: string): CommitLine | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * True if the lines of a commit are unchanged since they were written.
 *
 * @param lines The bytes of the lines that the commit closes, line feeds included.
 * @param line The commit line, without its line feed.
 * @param commit The members of the commit line.
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
 * @param itemById Finds the state of an item before the commit.
 * @returns The changes of the commit.
 * @throws {SyntaxError} If a line does not have the form that we write.
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

/** The members of an event that a replay needs. */
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
    throw new SyntaxError("Cannot replay an item: it has no data set");
  }
  items.push(itemFrom(head, dataSet));
}
