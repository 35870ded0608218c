/**
 * The snapshot of a query's items: one JSON document, one item a line, so that it is read line by line and
 * no data set is parsed.
 *
 * @module
 */
import type { Disk, ReadableFile } from "./disk.ts";
import { formatSequence } from "../event.ts";
import { parseSnapshotItem, snapshotItemLine } from "./item_line.ts";
import type { PollRecord } from "./journal.ts";
import { readLines } from "./lines.ts";
import { StoreError } from "./store_error.ts";
import type { QueryConfiguration } from "../configuration.ts";
import { type Standing, Worklist } from "../worklist.ts";

/** The place in the journal up to which a snapshot has everything. */
export interface JournalPosition {
  /** The first sequence of the segment. */
  readonly first: number;
  /** Bytes into it. */
  readonly offset: number;
}

/** A snapshot as read. */
export interface Snapshot {
  readonly worklist: Worklist;
  readonly journal: JournalPosition;
  readonly poll: PollRecord;
  readonly sizeBytes: number;
}

/** What stands before the items. */
interface SnapshotHead {
  readonly format: typeof format;
  readonly query: string;
  readonly sequence: string;
  readonly number: number;
  readonly journal: JournalPosition;
  readonly poll: PollRecord;
  readonly standing: Standing;
  readonly configuration: number;
  readonly configurations: Readonly<Record<string, QueryConfiguration>>;
}

const format = "worklistd-snapshot-1";
const writeCharacters = 1 << 20;
const comma = 0x2C;
const bracket = 0x5D;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes a snapshot: whole, durable, or not at all.
 *
 * @param disk The file system.
 * @param folder The query's folder.
 * @param query The query's name.
 * @param worklist The items.
 * @param poll The last poll.
 * @param journal What of the journal they include.
 * @returns Its size in bytes.
 */
export async function writeSnapshot(
  disk: Disk,
  folder: string,
  query: string,
  worklist: Worklist,
  poll: PollRecord,
  journal: JournalPosition,
): Promise<number> {
  const path = `${folder}/snapshot.json`;
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  const file = await disk.openToAppend(temporary);
  let size = 0;
  try {
    for (const chunk of chunksOf(query, worklist, poll, journal)) {
      await file.write(chunk);
      size += chunk.length;
    }
    await file.sync();
  } finally {
    file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(folder);
  return size;
}

function* chunksOf(
  query: string,
  worklist: Worklist,
  poll: PollRecord,
  journal: JournalPosition,
): Generator<Uint8Array> {
  const head: SnapshotHead = {
    format,
    query,
    sequence: formatSequence(worklist.sequence),
    number: worklist.commits,
    journal,
    poll,
    standing: worklist.standing,
    configuration: worklist.configurationNumber,
    configurations: Object.fromEntries(worklist.usedConfigurations()),
  };
  let text = `${JSON.stringify(head).slice(0, -1)},"items":[`;
  let separator = "\n";
  for (const { item, missed } of worklist.entries()) {
    text += separator + snapshotItemLine(item, missed);
    separator = ",\n";
    if (text.length < writeCharacters) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(`${text}\n],"count":${worklist.size}}\n`);
}

/**
 * Reads the snapshot of a query.
 *
 * @param disk The file system.
 * @param folder The query's folder.
 * @returns The snapshot; undefined if there is none.
 * @throws {StoreError} If it is not as it was written.
 */
export async function readSnapshot(disk: Disk, folder: string): Promise<Snapshot | undefined> {
  const path = `${folder}/snapshot.json`;
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    return await parseSnapshot(file);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new StoreError(`Cannot read ${path}: it is damaged`, {
      path,
      hint: "restore the query's folder from a backup, or move it away to begin anew",
      cause,
    });
  } finally {
    file.close();
  }
}

async function parseSnapshot(file: ReadableFile): Promise<Snapshot> {
  const lines = readLines(file);
  const first = await lines.next();
  const mark = ',"items":[';
  const text = first.done ? "" : decoder.decode(first.value);
  if (!text.endsWith(mark)) throw new SyntaxError("it has no head");
  const head: SnapshotHead = JSON.parse(`${text.slice(0, -mark.length)}}`);
  if (head.format !== format) throw new SyntaxError("it is of another format");
  const worklist = Worklist.restore({
    sequence: Number(head.sequence),
    number: head.number,
    standing: head.standing,
    configuration: head.configuration,
    configurations: new Map(
      Object.entries(head.configurations).map(([number, value]) => [Number(number), value]),
    ),
  });
  for await (const line of lines) {
    if (line[0] === bracket) {
      if (decoder.decode(line) !== `],"count":${worklist.size}}`) {
        throw new SyntaxError("items are missing from it");
      }
      const { journal, poll } = head;
      return { worklist, journal, poll, sizeBytes: file.size };
    }
    const { item, missed } = parseSnapshotItem(line.at(-1) === comma ? line.subarray(0, -1) : line);
    worklist.restoreItem(item, missed);
  }
  throw new SyntaxError("its end is missing");
}
