/**
 * Loads the state of a query: its snapshot, and what the journal has after it.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import { batchFrom } from "./journal_replay.ts";
import type { PollRecord } from "./journal.ts";
import { activePath, listJournal } from "./journal_files.ts";
import { type ScanEnd, scanJournal, type ScannedCommit } from "./journal_scan.ts";
import { type Segment, segmentOf } from "./segment.ts";
import { type JournalPosition, readSnapshot } from "./snapshot_file.ts";
import { StoreError } from "./store_error.ts";
import { Worklist } from "../worklist.ts";

/** The state of a query as it stands on the disk. */
export interface LoadedState {
  readonly worklist: Worklist;
  readonly lastPoll: PollRecord | undefined;
  readonly closed: Segment[];
  readonly active: Segment;
  /** The committed bytes of the active file. */
  readonly activeBytes: number;
  /** Bytes behind its last commit. */
  readonly tornBytes: number;
  /** Bytes of the journal that the snapshot does not have. */
  readonly bytesSinceSnapshot: number;
  readonly snapshotBytes: number;
  /** The first sequence of the journal file that the snapshot was taken in; 0 without a snapshot. */
  readonly snapshotFirst: number;
  /** When the first commit of the active file was made, in milliseconds since 1970, if known. */
  readonly activeSince: number | undefined;
}

/**
 * Loads the state of a query; changes nothing on the disk.
 *
 * @param disk The file system.
 * @param folder The query's folder; it need not be there.
 * @throws {StoreError} If something stands there that we did not write so.
 */
export async function loadState(disk: Disk, folder: string): Promise<LoadedState> {
  const snapshot = await readSnapshot(disk, folder);
  const { closed, hasActive } = await listJournal(disk, folder);
  const worklist = snapshot?.worklist ?? new Worklist();
  const from = snapshot?.journal ?? { first: closed[0]?.first ?? 1, offset: 0 };
  const replay = new Replay(disk, worklist, snapshot?.poll);
  for (const segment of closed) {
    if (segment.first >= from.first) {
      await replay.closed(segment.path, offsetIn(segment.first, from));
    }
  }
  const isInClosed = closed.some(({ first }) => first >= from.first);
  const active = segmentOf(activePath(folder), isInClosed ? worklist.sequence + 1 : from.first);
  const end = hasActive || !isInClosed
    ? await replay.file(active.path, offsetIn(active.first, from))
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
    activeSince: await firstTime(disk, active.path),
  };
}

function offsetIn(first: number, from: JournalPosition): number {
  return first === from.first ? from.offset : 0;
}

/** The time of the first event or commit of a file, which stands near its beginning. */
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

/** Applies commits to a worklist, one after the other. */
class Replay {
  lastPoll: PollRecord | undefined;
  /** Bytes of the commits that were applied. */
  bytes = 0;
  readonly #disk: Disk;
  readonly #worklist: Worklist;

  constructor(disk: Disk, worklist: Worklist, lastPoll: PollRecord | undefined) {
    this.#disk = disk;
    this.#worklist = worklist;
    this.lastPoll = lastPoll;
  }

  /** A segment that nothing is appended to any more has nothing behind its last commit. */
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
    const batch = batchFrom(lines, commit, (id) => this.#worklist.item(id));
    this.#worklist.apply(batch);
    this.lastPoll = commit.poll;
    this.bytes += end - start;
  }
}

function damaged(path: string, offset: number): StoreError {
  return new StoreError(`Cannot read ${path}: it is damaged at byte ${offset}`, {
    path,
    hint: "restore the query's folder from a backup, or move it away to begin anew",
  });
}
