/**
 * The files of one query's journal. Commits are appended to `journal.ndjson`. The segments that it was cut
 * into before are `journal.FIRST.ndjson`, named by their first sequence.
 *
 * @module
 */
import type { AppendableFile, Disk, ReadableFile } from "./disk.ts";
import { formatSequence } from "../event.ts";
import type { CommittedEvent } from "./journal.ts";
import type { OpenJournals } from "./open_journals.ts";
import { scanJournal } from "./journal_scan.ts";
import { readSegment, type Segment, segmentOf } from "./segment.ts";
import {
  descriptorsHint,
  diskReason,
  isFull,
  isOutOfDescriptors,
  StaleStoreError,
  StoreError,
} from "./store_error.ts";

const activeName = "journal.ndjson";
const closedName = /^journal\.(\d{16})\.ndjson$/;

/**
 * Lists the files of a journal, oldest first.
 *
 * @param disk The file system.
 * @param folder The query's folder.
 * @returns The closed segments, and true if there is an active file.
 */
export async function listJournal(
  disk: Disk,
  folder: string,
): Promise<{ closed: Segment[]; hasActive: boolean }> {
  const names = await disk.list(folder);
  const closed = names.flatMap((name) => {
    const first = closedName.exec(name)?.[1];
    return first === undefined ? [] : [segmentOf(`${folder}/${name}`, Number(first))];
  });
  closed.sort((one, other) => one.first - other.first);
  return { closed, hasActive: names.includes(activeName) };
}

/**
 * Returns the path of the file to which commits are appended.
 *
 * @param folder The query's folder.
 */
export function activePath(folder: string): string {
  return `${folder}/${activeName}`;
}

/** Appends to a journal, cuts it into segments, and reads what is committed. */
export class JournalFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #query: string;
  readonly #closed: Segment[];
  #active: Segment;
  /** The number of committed bytes of the active file. */
  #size: number;
  #file: AppendableFile | undefined;
  /** The identity of the file since it was first opened, to notice another file under its name. */
  #identity: string | undefined;
  /** True while the file is written to. */
  #isBusy = false;
  /** The length that the file must have; undefined after a write that failed. */
  #length: number | undefined;
  readonly #openJournals: OpenJournals;
  /** The last renaming, which may still be running. */
  #renaming: Promise<void> = Promise.resolve();

  /**
   * @param disk The file system.
   * @param folder The query's folder.
   * @param query The query's name.
   * @param closed The closed segments, oldest first.
   * @param active The active file. It need not exist yet.
   * @param size Its committed bytes.
   * @param tornBytes The number of bytes after them. The next commit cuts them off.
   * @param openJournals Closes the file if it was not used for long.
   */
  constructor(
    disk: Disk,
    folder: string,
    query: string,
    closed: Segment[],
    active: Segment,
    size: number,
    tornBytes: number,
    openJournals: OpenJournals,
  ) {
    this.#disk = disk;
    this.#folder = folder;
    this.#query = query;
    this.#closed = closed;
    this.#active = active;
    this.#size = size;
    this.#length = size + tornBytes;
    this.#openJournals = openJournals;
  }

  /** The position at which the next commit begins. */
  get position(): { first: number; offset: number } {
    return { first: this.#active.first, offset: this.#size };
  }

  /** The oldest sequence that is kept, or that will be the first. */
  get oldest(): number {
    return (this.#closed[0] ?? this.#active).first;
  }

  /** The closed segments, oldest first. */
  get closed(): readonly Segment[] {
    return this.#closed;
  }

  /**
   * Appends a commit and syncs it to disk. If that fails, the written bytes do not count and are cut off
   * later.
   *
   * @param chunks The lines of the commit.
   * @returns Its length in bytes.
   * @throws {StoreError} If the commit is not on the disk.
   */
  async append(chunks: Iterable<Uint8Array>): Promise<number> {
    this.#isBusy = true;
    try {
      const file = await this.#openTail();
      let length = 0;
      this.#length = undefined;
      for (const chunk of chunks) {
        await file.write(chunk);
        length += chunk.length;
      }
      await file.sync();
      this.#size += length;
      this.#length = this.#size;
      return length;
    } catch (cause) {
      await this.#cutTail();
      if (cause instanceof StoreError) throw cause;
      throw appendError(this.#active.path, cause);
    } finally {
      this.#isBusy = false;
      if (this.#file) this.#openJournals.used(this);
    }
  }

  /**
   * Closes the active file. The next commit begins another.
   *
   * @param nextSequence The first sequence of the next file.
   */
  async rotate(nextSequence: number): Promise<void> {
    await this.#openTail();
    this.close();
    const path = `${this.#folder}/journal.${formatSequence(this.#active.first)}.ndjson`;
    this.#renaming = this.#rename(this.#active, path);
    await this.#renaming;
    this.#closed.push(this.#active);
    this.#begin(nextSequence);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Removes the active file. All its content must be in a snapshot, and none of it may be an event. */
  async clear(): Promise<void> {
    this.close();
    await this.#disk.remove(this.#active.path);
    this.#begin(this.#active.first);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Removes the oldest segment. */
  async removeOldest(): Promise<void> {
    const [oldest] = this.#closed;
    if (oldest === undefined) return;
    await this.#disk.remove(oldest.path);
    this.#closed.shift();
    await this.#disk.syncFolder(this.#folder);
  }

  /**
   * Reads committed events.
   *
   * @param after The sequence before the first to read.
   * @param limit The most events.
   */
  async read(after: number, limit: number): Promise<CommittedEvent[]> {
    const events: CommittedEvent[] = [];
    for (const segment of this.#segmentsAfter(after)) {
      const file = await this.#openSegment(segment);
      if (file === undefined) continue;
      try {
        const end = segment === this.#active ? this.#size : Infinity;
        await checkSegment(file, segment);
        await readSegment(file, segment, { query: this.#query, end, after, limit }, events);
      } finally {
        file.close();
      }
      if (events.length >= limit) break;
    }
    return events;
  }

  /** Closes the file. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#openJournals.closed(this);
  }

  /** Closes the file until it is needed again, unless it is being written to. */
  closeIdle(): void {
    if (!this.#isBusy) this.close();
  }

  #begin(first: number): void {
    this.#active = segmentOf(activePath(this.#folder), first);
    this.#size = 0;
    this.#length = 0;
    this.#identity = undefined;
  }

  /**
   * Opens the active file, without anything after its last commit. Only one process at a time can have it
   * open. Its length must be the one that this process left, because bytes that another process appended must
   * not be cut off.
   */
  async #openTail(): Promise<AppendableFile> {
    const there = await this.#disk.identify(this.#active.path);
    const isOther = this.#identity !== undefined && there?.identity !== this.#identity;
    if (((isOther ? undefined : there?.size) ?? 0) < this.#size) {
      this.close();
      throw staleError(this.#active.path);
    }
    if (this.#file === undefined || isOther) {
      this.close();
      const isFirst = this.#identity === undefined || isOther || there === undefined;
      this.#file = await this.#disk.openToAppend(this.#active.path);
      this.#identity = this.#file.identity;
      if (isFirst) await this.#disk.syncFolder(this.#folder);
    }
    const { size } = await this.#disk.identify(this.#active.path) ?? { size: 0 };
    if (this.#length !== undefined && size !== this.#length) {
      this.close();
      throw staleError(this.#active.path);
    }
    if (size !== this.#size) {
      await this.#file.truncate(this.#size);
      this.#length = this.#size;
    }
    return this.#file;
  }

  /** Tries to cut off the bytes of a failed commit. If that fails, the next commit tries again. */
  async #cutTail(): Promise<void> {
    if (this.#length !== undefined) return;
    try {
      await this.#file?.truncate(this.#size);
    } catch {
      // The disk failed. The error of the commit says so.
    }
    this.close();
  }

  async #rename(segment: Segment, path: string): Promise<void> {
    await this.#disk.rename(segment.path, path);
    segment.path = path;
  }

  /** Opens a segment by its present name. Under its former name, another file might be found. */
  async #openSegment(segment: Segment): Promise<ReadableFile | undefined> {
    for (;;) {
      const renaming = this.#renaming;
      await renaming.catch(() => {});
      const file = await this.#disk.openToRead(segment.path);
      if (renaming === this.#renaming) return file;
      file?.close();
    }
  }

  #segmentsAfter(after: number): Segment[] {
    const all = [...this.#closed, this.#active];
    return all.filter((_, index) => (all[index + 1]?.first ?? Infinity) > after + 1);
  }
}

/**
 * Checks the bytes of a segment that were not read since the start, before its events are believed. The start
 * skipped them because the snapshot has their items.
 */
async function checkSegment(file: ReadableFile, segment: Segment): Promise<void> {
  const size = Math.min(segment.uncheckedBytes, file.size);
  if (size === 0) return;
  const part: ReadableFile = {
    size,
    read: (offset, length) => file.read(offset, Math.max(0, Math.min(length, size - offset))),
    close: () => {},
  };
  const commits = scanJournal(part, 0);
  for (;;) {
    const next = await commits.next();
    if (!next.done) continue;
    if (next.value.end < size) throw damagedError(segment.path, next.value.end);
    segment.uncheckedBytes = 0;
    return;
  }
}

function damagedError(path: string, offset: number): StoreError {
  return new StoreError(`Cannot read ${path}: it is damaged at byte ${offset}`, {
    path,
    hint: "restore the file from a backup, or replay from a later event",
  });
}

function staleError(path: string): StaleStoreError {
  return new StaleStoreError(
    `Cannot append to ${path}: it was removed, replaced, cut or written to by another process meanwhile`,
    { path, hint: "worklistd opens the folder again and goes on from its content" },
  );
}

function appendError(path: string, cause: unknown): StoreError {
  return new StoreError(`Cannot append to ${path}: ${diskReason(cause)}`, {
    path,
    hint: isOutOfDescriptors(cause)
      ? descriptorsHint
      : isFull(cause)
      ? "free space; the poll is repeated at its next time"
      : "check the disk and the rights of the folder; the poll is repeated at its next time",
    cause,
  });
}
