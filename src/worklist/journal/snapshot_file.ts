/**
 * The snapshot of a query's items: one JSON document with one item on each line. It is read line by line, and
 * no data set is parsed.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { checksumMark, formatChecksum, readSeal } from "../../base/sealed_json.ts";
import type { Disk, ReadableFile } from "./disk.ts";
import { formatSequence } from "../event.ts";
import { parseSnapshotItem, snapshotItemLine } from "./item_line.ts";
import type { PollRecord } from "./journal.ts";
import { readLines } from "./lines.ts";
import { StoreError } from "./store_error.ts";
import type { QueryConfiguration } from "../configuration.ts";
import { type PollState, Worklist } from "../worklist.ts";
import { replaceFile } from "./whole_file.ts";

/** The position in the journal up to which a snapshot has everything. */
export interface JournalPosition {
  /** The first sequence of the segment. */
  readonly first: number;
  /** The offset in the segment. */
  readonly offset: number;
}

/** A snapshot that was read. */
export interface Snapshot {
  readonly worklist: Worklist;
  readonly journal: JournalPosition;
  readonly poll: PollRecord;
  readonly sizeBytes: number;
  /** True if the file ends in a checksum. Earlier versions wrote none. */
  readonly isSealed: boolean;
}

/** The error of a snapshot that is damaged. */
export class DamagedSnapshotError extends StoreError {
  override readonly name = "DamagedSnapshotError";
  /** The number of commits in the snapshot, if it can be read. */
  readonly commits: number | undefined;

  /**
   * @param path The file.
   * @param commits The number of commits in the snapshot, if known.
   * @param cause The error that showed the damage.
   */
  constructor(path: string, commits: number | undefined, cause?: unknown) {
    super(`Cannot read ${path}: it is damaged`, {
      path,
      hint: "restore the query's folder from a backup, or move it away to begin from nothing",
      cause,
    });
    this.commits = commits;
  }
}

/** The members before the items. */
interface SnapshotHead {
  readonly format: string;
  readonly query: string;
  readonly sequence: string;
  readonly number: number;
  readonly journal: JournalPosition;
  readonly poll: PollRecord;
  readonly standing: PollState;
  readonly configuration: number;
  readonly configurations: Readonly<Record<string, QueryConfiguration>>;
}

const formatName = "worklistd-snapshot-";
/** The newest format. Format 1 has no checksum at its end; format 2 has one over the whole file. */
const newestFormat = 2;
const verifyLength = 1 << 20;
/** A length greater than that of the last line of a snapshot. */
const lastLineLength = 128;
const writeCharacters = 1 << 20;
const comma = 0x2C;
const bracket = 0x5D;
const lineFeed = 0x0A;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes a snapshot. It is written whole and synced, or the old one stays.
 *
 * @param disk The file system.
 * @param folder The query's folder.
 * @param query The query's name.
 * @param worklist The items.
 * @param poll The last poll.
 * @param journal The position in the journal up to which the items have everything.
 * @returns The size of the file in bytes.
 */
export async function writeSnapshot(
  disk: Disk,
  folder: string,
  query: string,
  worklist: Worklist,
  poll: PollRecord,
  journal: JournalPosition,
): Promise<number> {
  let size = 0;
  const sealed = function* (): Generator<Uint8Array> {
    let checksum = 0;
    for (const chunk of chunksOf(query, worklist, poll, journal)) {
      size += chunk.length;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    const end = encoder.encode(`${checksumMark}${formatChecksum(checksum)}"}\n`);
    size += end.length;
    yield end;
  };
  await replaceFile(disk, folder, "snapshot.json", sealed());
  return size;
}

function* chunksOf(
  query: string,
  worklist: Worklist,
  poll: PollRecord,
  journal: JournalPosition,
): Generator<Uint8Array> {
  const head: SnapshotHead = {
    format: `${formatName}${newestFormat}`,
    query,
    sequence: formatSequence(worklist.sequence),
    number: worklist.commits,
    journal,
    poll,
    standing: worklist.pollState,
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
  yield encoder.encode(`${text}\n],"count":${worklist.size},"number":${worklist.commits}`);
}

/**
 * Reads the snapshot of a query. If it has a checksum, the whole file is checked before anything in it is
 * believed.
 *
 * @param disk The file system.
 * @param folder The query's folder.
 * @returns The snapshot; undefined if there is none.
 * @throws {DamagedSnapshotError} If the file is damaged.
 * @throws {StoreError} If a newer version wrote the file.
 */
export async function readSnapshot(disk: Disk, folder: string): Promise<Snapshot | undefined> {
  const path = `${folder}/snapshot.json`;
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    const isIntact = await hasRightChecksum(file);
    if (isIntact === false) throw new DamagedSnapshotError(path, await readableCommits(file));
    return await parseSnapshot(file, path, isIntact !== undefined);
  } catch (cause) {
    if (cause instanceof StoreError || !isOfContent(cause)) throw cause;
    throw new DamagedSnapshotError(path, await readableCommits(file), cause);
  } finally {
    file.close();
  }
}

/** True if the checksum is right, false if it is wrong, undefined if there is none. */
async function hasRightChecksum(file: ReadableFile): Promise<boolean | undefined> {
  const end = await file.read(Math.max(file.size - lastLineLength, 0), lastLineLength);
  const seal = end.at(-1) === lineFeed ? readSeal(end.subarray(0, -1)) : undefined;
  if (seal === undefined) return undefined;
  let checksum = 0;
  const covered = file.size - 1 - seal.uncovered;
  for (let at = 0; at < covered;) {
    const bytes = await file.read(at, Math.min(verifyLength, covered - at));
    if (bytes.length === 0) return false;
    checksum = crc32(bytes, checksum);
    at += bytes.length;
  }
  return checksum === seal.checksum;
}

/**
 * Reads the number of commits. It is in the first line and in the last, so one wrong byte leaves one of them
 * right.
 */
async function readableCommits(file: ReadableFile): Promise<number | undefined> {
  const end = decoder.decode(
    await file.read(Math.max(file.size - lastLineLength, 0), lastLineLength),
  );
  const head = decoder.decode(await file.read(0, verifyLength));
  const numbers = [/^[^\n]*?"number":(\d+)/.exec(head), /,"number":(\d+)[^\n]*\n?$/.exec(end)]
    .flatMap((found) => found === null ? [] : Number(found[1]));
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** True if an error comes from the content of the file, not from the disk. */
function isOfContent(cause: unknown): boolean {
  return cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError;
}

async function parseSnapshot(
  file: ReadableFile,
  path: string,
  isSealed: boolean,
): Promise<Snapshot> {
  const lines = readLines(file);
  const first = await lines.next();
  const mark = ',"items":[';
  const text = first.done ? "" : decoder.decode(first.value);
  if (!text.endsWith(mark)) throw new SyntaxError("it has no head");
  const head: SnapshotHead = JSON.parse(`${text.slice(0, -mark.length)}}`);
  checkFormat(head.format, path, isSealed);
  checkHead(head);
  const worklist = Worklist.restore({
    sequence: Number(head.sequence),
    number: head.number,
    pollState: head.standing,
    poll: head.poll,
    configuration: head.configuration,
    configurations: new Map(
      Object.entries(head.configurations).map(([number, value]) => [Number(number), value]),
    ),
  });
  for await (const line of lines) {
    if (line[0] === bracket) {
      const last = decoder.decode(line);
      const count = isSealed
        ? `],"count":${worklist.size},"number":${worklist.commits}${
          last.slice(last.indexOf(checksumMark))
        }`
        : `],"count":${worklist.size}}`;
      if (last !== count) throw new SyntaxError("items are missing from it");
      const { journal, poll } = head;
      return { worklist, journal, poll, sizeBytes: file.size, isSealed };
    }
    const { item, missed } = parseSnapshotItem(line.at(-1) === comma ? line.subarray(0, -1) : line);
    worklist.restoreItem(item, missed);
  }
  throw new SyntaxError("its end is missing");
}

/** Checks that only format 1 has no checksum, so that no damaged byte turns one format into another. */
function checkFormat(name: string, path: string, isSealed: boolean): void {
  const format = Number(/^worklistd-snapshot-(\d+)$/.exec(name)?.[1]);
  if (format > newestFormat) {
    throw new StoreError(`Cannot read ${path}: a newer version of worklistd wrote it`, {
      path,
      hint: `run that version; this one reads snapshots up to format ${newestFormat}`,
    });
  }
  if (format !== (isSealed ? newestFormat : 1)) throw new SyntaxError("it is of another format");
}

/**
 * Checks the head. Format 1 has no checksum, so a damaged head must at least cause no faults of ours and no
 * endless loops.
 */
function checkHead(
  { sequence, number, journal, poll, standing, configuration }: SnapshotHead,
): void {
  const counts = [Number(sequence), number, journal.first, journal.offset, configuration];
  const isSound = counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    /^\d{16}$/.test(sequence) && typeof poll.id === "string" &&
    typeof standing.begun === "boolean" && Array.isArray(standing.counts.limits);
  if (!isSound) throw new SyntaxError("its head is not as it was written");
}
