/**
 * Loads the state of a query: its snapshot, and the commits of the journal after it.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import { batchFrom } from "./journal_replay.ts";
import type { PollRecord } from "./journal.ts";
import { activePath, listJournal } from "./journal_files.ts";
import { type ScanEnd, scanJournal, type ScannedCommit } from "./journal_scan.ts";
import { type Segment, segmentOf } from "./segment.ts";
import {
  DamagedSnapshotError,
  type JournalPosition,
  readSnapshot,
  type Snapshot,
} from "./snapshot_file.ts";
import { StoreError } from "./store_error.ts";
import { type Batch, Worklist } from "../worklist.ts";

/** The state of a query as it is on the disk. */
export interface LoadedState {
  readonly worklist: Worklist;
  readonly lastPoll: PollRecord | undefined;
  readonly closed: Segment[];
  readonly active: Segment;
  /** The number of committed bytes of the active file. */
  readonly activeBytes: number;
  /** The number of bytes after its last commit. */
  readonly tornBytes: number;
  /** The number of journal bytes that are not in the snapshot. */
  readonly bytesSinceSnapshot: number;
  readonly snapshotBytes: number;
  /** The first sequence of the journal file in which the snapshot was taken; 0 without a snapshot. */
  readonly snapshotFirst: number;
  /** The work that the snapshot needs: none, a checksum, or to be written again from the journal. */
  readonly snapshotNeeds: "nothing" | "checksum" | "repair";
  /**
   * The last sequence that a damaged commit at the end of the journal may have used; 0 if there is none. Its
   * events may have been delivered.
   */
  readonly damagedSequence: number;
  /** The time of the first commit of the active file, in milliseconds since 1970, if known. */
  readonly activeSince: number | undefined;
}

/**
 * Loads the state of a query. It changes nothing on the disk.
 *
 * @param disk The file system.
 * @param folder The query's folder. It need not exist.
 * @throws {StoreError} If a file does not have the form that we write.
 */
export async function loadState(disk: Disk, folder: string): Promise<LoadedState> {
  let snapshot: Snapshot | undefined;
  try {
    snapshot = await readSnapshot(disk, folder);
  } catch (error) {
    if (!(error instanceof DamagedSnapshotError)) throw error;
    return await loadWithoutSnapshot(disk, folder, error);
  }
  const needs = snapshot === undefined || snapshot.isSealed ? "nothing" : "checksum";
  return await loadAfter(disk, folder, snapshot, needs);
}

/**
 * Replays the whole journal, if it still has every commit of a damaged snapshot.
 *
 * @throws {DamagedSnapshotError} If the journal does not reach back far enough.
 */
async function loadWithoutSnapshot(
  disk: Disk,
  folder: string,
  damage: DamagedSnapshotError,
): Promise<LoadedState> {
  try {
    const state = await loadAfter(disk, folder, undefined, "repair");
    if (damage.commits !== undefined && state.worklist.commits >= damage.commits) return state;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  throw damage;
}

async function loadAfter(
  disk: Disk,
  folder: string,
  snapshot: Snapshot | undefined,
  snapshotNeeds: LoadedState["snapshotNeeds"],
): Promise<LoadedState> {
  const { closed, hasActive } = await listJournal(disk, folder);
  const worklist = snapshot?.worklist ?? new Worklist();
  const from = snapshot?.journal ?? { first: closed[0]?.first ?? 1, offset: 0 };
  const replay = new Replay(disk, worklist, snapshot?.poll);
  for (const segment of closed) {
    const isReplayed = segment.first >= from.first;
    segment.uncheckedBytes = isReplayed ? offsetIn(segment.first, from) : Infinity;
    if (isReplayed) await replay.closed(segment.path, segment.uncheckedBytes);
  }
  const isInClosed = closed.some(({ first }) => first >= from.first);
  const active = segmentOf(activePath(folder), isInClosed ? worklist.sequence + 1 : from.first);
  active.uncheckedBytes = offsetIn(active.first, from);
  const end = hasActive || !isInClosed
    ? await replay.file(active.path, active.uncheckedBytes)
    : undefined;
  return {
    worklist,
    lastPoll: replay.lastPoll,
    closed,
    active,
    activeBytes: end?.end ?? 0,
    tornBytes: end?.tornBytes ?? 0,
    bytesSinceSnapshot: replay.bytes,
    snapshotBytes: snapshot?.sizeBytes ?? 0,
    snapshotFirst: snapshot?.journal.first ?? 0,
    snapshotNeeds,
    damagedSequence: end === undefined || end.tornBytes === 0
      ? 0
      : await sequenceInTail(disk, active.path, end, worklist.sequence),
    activeSince: await firstTime(disk, active.path),
  };
}

/**
 * Finds the last sequence of a commit that may have been whole once and is damaged now. A half-written commit is not
 * one if its commit line is missing or has blocks of zeros: no sink has received its events. A commit line that is
 * cut in its middle counts as damaged. A sequence that is skipped without need does no harm.
 */
async function sequenceInTail(
  disk: Disk,
  path: string,
  { end, tornBytes }: ScanEnd,
  last: number,
): Promise<number> {
  const file = await disk.openToRead(path);
  if (file === undefined) return 0;
  let bytes: Uint8Array;
  try {
    bytes = await file.read(end, tornBytes);
  } finally {
    file.close();
  }
  if (bytes.includes(0)) return 0;
  const lines = new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
  const isClosed = lines.some((line) => /^\{"commit":"\d{16}"|"crc":"[0-9a-f]{8}"\}$/.test(line));
  if (!isClosed) return 0;
  const events = lines.filter((line) => line.startsWith('{"specversion"')).length;
  const named = lines.flatMap((line) => {
    const digits = /^\{"commit":"(\d{16})"/.exec(line) ?? /"sequence":"(\d{16})"/.exec(line);
    return digits === null ? [] : Number(digits[1]);
  });
  // A damaged digit must not make the sequences jump.
  const highest = last + lines.length;
  return Math.max(last + events, ...named.filter((sequence) => sequence <= highest));
}

function offsetIn(first: number, from: JournalPosition): number {
  return first === from.first ? from.offset : 0;
}

/** The time of the first event or commit of a file, which is near its beginning. */
async function firstTime(disk: Disk, path: string): Promise<number | undefined> {
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    const head = new TextDecoder().decode(await file.read(0, 4096));
    const time = /^[^\n]*?"time":"([^"]+)"/.exec(head)?.[1];
    return time === undefined ? undefined : Date.parse(time);
  } finally {
    file.close();
  }
}

/** Applies commits to a worklist in order. */
class Replay {
  lastPoll: PollRecord | undefined;
  /** The number of bytes of the applied commits. */
  bytes = 0;
  readonly #disk: Disk;
  readonly #worklist: Worklist;

  constructor(disk: Disk, worklist: Worklist, lastPoll: PollRecord | undefined) {
    this.#disk = disk;
    this.#worklist = worklist;
    this.lastPoll = lastPoll;
  }

  /** Replays a closed segment. It must have no bytes after its last commit. */
  async closed(path: string, from: number): Promise<void> {
    const end = await this.file(path, from);
    if (end.tornBytes > 0) throw damaged(path, end.end);
  }

  async file(path: string, from: number): Promise<ScanEnd> {
    const file = await this.#disk.openToRead(path);
    if ((file?.size ?? 0) < from) {
      file?.close();
      throw damaged(path, from);
    }
    if (file === undefined) return { end: 0, tornBytes: 0, damagedAt: undefined };
    try {
      const commits = scanJournal(file, from);
      for (;;) {
        const next = await commits.next();
        if (!next.done) this.#apply(next.value, path);
        else if (next.value.damagedAt !== undefined) throw damaged(path, next.value.damagedAt);
        else return next.value;
      }
    } finally {
      file.close();
    }
  }

  #apply({ lines, commit, start, end }: ScannedCommit, path: string): void {
    if (commit.number <= this.#worklist.commits) return;
    if (commit.number !== this.#worklist.commits + 1) throw damaged(path, start);
    const batch = batchOf(lines, commit, this.#worklist, path, start);
    this.#worklist.apply(batch);
    this.lastPoll = commit.poll;
    this.bytes += end - start;
  }
}

/**
 * Parses a commit. Lines with the right checksum that cannot be read come from a newer version or another
 * program.
 */
function batchOf(
  lines: readonly string[],
  commit: ScannedCommit["commit"],
  worklist: Worklist,
  path: string,
  start: number,
): Batch {
  try {
    return batchFrom(lines, commit, (id) => worklist.item(id));
  } catch (cause) {
    throw new StoreError(`Cannot read ${path}: the commit at byte ${start} is of another format`, {
      path,
      hint: "run the version of worklistd that wrote it, or restore the folder from a backup",
      cause,
    });
  }
}

function damaged(path: string, offset: number): StoreError {
  return new StoreError(`Cannot read ${path}: it is damaged at byte ${offset}`, {
    path,
    hint: "restore the query's folder from a backup, or move it away to begin from nothing",
  });
}
