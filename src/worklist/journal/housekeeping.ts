/**
 * Keeps the files of a query's state small: writes snapshots, cuts the journal into segments, removes old ones.
 * The snapshot is rewritten only when the journal after it has outgrown it, so that cost follows changes and a
 * restart stays short.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import type { PollRecord } from "./journal.ts";
import type { JournalFiles } from "./journal_files.ts";
import type { LoadedState } from "./load.ts";
import type { Segment } from "./segment.ts";
import { writeSnapshot } from "./snapshot_file.ts";
import type { Worklist } from "../worklist.ts";

/** How a store keeps house. */
export interface HousekeepingOptions {
  /** Milliseconds for which committed events are kept. @default {2_592_000_000} (30 days) */
  readonly historyMs?: number;
  /** The sequence up to which every sink has what it needs. @default {Infinity} */
  readonly keepAfter?: () => number;
  /** Is told what was met and mended, or will be tried again. */
  readonly onProblem?: (problem: StoreProblem) => void;
  /** Bytes after which the journal begins a new file. @default {16_777_216} */
  readonly segmentBytes?: number;
  /** Bytes of journal that a restart may have to replay, at least. @default {33_554_432} */
  readonly replayBytes?: number;
}

/** Something that an operator may want to know. */
export interface StoreProblem {
  /** In words, without patient data. */
  readonly message: string;
  readonly error?: unknown;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** A file that seems to be older than ten times its history, and than a year, was written under a wrong clock. */
const oldestMs = 366 * 86_400_000;
/** A journal file of nothing but commit lines is cleared when it is larger. */
const idleBytes = 1 << 20;

/** Keeps house for one query. */
export class Housekeeping {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #query: string;
  readonly #journal: JournalFiles;
  readonly #worklist: Worklist;
  readonly #options: HousekeepingOptions;
  #bytesSinceSnapshot: number;
  #snapshotBytes: number;
  /** The first sequence of the journal file in which the snapshot's journal begins. */
  #snapshotFirst: number;
  #rotatedAt: number | undefined;
  #keptAt = 0;

  /**
   * @param disk The file system.
   * @param folder The query's folder.
   * @param query The query's name.
   * @param journal The journal.
   * @param state What was loaded; its worklist is what snapshots are taken of.
   * @param options How.
   */
  constructor(
    disk: Disk,
    folder: string,
    query: string,
    journal: JournalFiles,
    state: LoadedState,
    options: HousekeepingOptions,
  ) {
    this.#disk = disk;
    this.#folder = folder;
    this.#query = query;
    this.#journal = journal;
    this.#worklist = state.worklist;
    this.#options = options;
    this.#bytesSinceSnapshot = state.bytesSinceSnapshot;
    this.#snapshotBytes = state.snapshotBytes;
    this.#snapshotFirst = state.snapshotFirst;
    this.#rotatedAt = state.activeSince;
  }

  /** Notes that the journal has become longer by so many bytes. */
  appended(length: number): void {
    this.#bytesSinceSnapshot += length;
  }

  /**
   * Snapshots, cuts and trims as needed; nothing may be committed meanwhile. What fails is told and tried again
   * the next time.
   *
   * @param now Milliseconds since 1970.
   * @param poll The last poll, which a snapshot names.
   * @param mayPrune Whether the clock can be believed enough to delete history by it.
   */
  async keep(now: number, poll: PollRecord, mayPrune: boolean): Promise<void> {
    const { replayBytes = 1 << 25, onProblem } = this.#options;
    const isOutgrown = this.#bytesSinceSnapshot > Math.max(replayBytes, this.#snapshotBytes);
    const isDue = now - this.#keptAt >= hourMs || now < this.#keptAt;
    if (!isOutgrown && !isDue && !this.#isSegmentFull()) return;
    try {
      await this.#rotate(now, poll);
      if (isOutgrown) await this.#snapshot(poll);
      if (isDue && mayPrune) await this.#trim(now, poll);
      this.#keptAt = now;
    } catch (error) {
      onProblem?.({ message: "the journal could not be compacted; it goes on growing", error });
    }
  }

  /**
   * Writes a snapshot that has a checksum, where the one that is there has none or is damaged. What fails is reported;
   * a later snapshot has one in any case.
   *
   * @param poll The last poll.
   */
  async mendSnapshot(poll: PollRecord): Promise<void> {
    try {
      await this.#snapshot(poll);
    } catch (error) {
      this.#options.onProblem?.({ message: "the snapshot could not be written again", error });
    }
  }

  #isSegmentFull(): boolean {
    return this.#journal.position.offset >= (this.#options.segmentBytes ?? 1 << 24);
  }

  async #rotate(now: number, poll: PollRecord): Promise<void> {
    const { first, offset } = this.#journal.position;
    // A clock that was set back would else keep the file open until that time comes again.
    this.#rotatedAt = Math.min(this.#rotatedAt ?? now, now);
    const isOld = now - this.#rotatedAt >= dayMs;
    if (offset === 0 || (!isOld && !this.#isSegmentFull())) return;
    const { sequence } = this.#worklist;
    if (sequence >= first) {
      await this.#journal.rotate(sequence + 1);
    } else if (offset > idleBytes) {
      await this.#snapshot(poll, { first, offset: 0 });
      await this.#journal.clear();
    }
    this.#rotatedAt = now;
  }

  async #snapshot(poll: PollRecord, position = this.#journal.position): Promise<void> {
    this.#snapshotBytes = await writeSnapshot(
      this.#disk,
      this.#folder,
      this.#query,
      this.#worklist,
      poll,
      position,
    );
    this.#snapshotFirst = position.first;
    this.#bytesSinceSnapshot = 0;
  }

  /**
   * When the oldest segment was written, at the latest. If it was written under a wrong clock, the time of the next
   * one counts.
   */
  async #modifiedBy(closed: readonly Segment[], now: number): Promise<number> {
    const { historyMs = 30 * dayMs } = this.#options;
    for (const { path } of closed) {
      const ageMs = now - (await this.#disk.modified(path) ?? now);
      if (ageMs >= 0 && ageMs <= Math.max(10 * historyMs, oldestMs)) return now - ageMs;
    }
    return now;
  }

  /** Removes segments that are too old and that nobody needs. */
  async #trim(now: number, poll: PollRecord): Promise<void> {
    const { historyMs = 30 * dayMs, keepAfter = () => Infinity } = this.#options;
    for (;;) {
      const { closed, position } = this.#journal;
      const [oldest, next] = closed;
      if (oldest === undefined) return;
      const last = (next?.first ?? position.first) - 1;
      const modified = await this.#modifiedBy(closed, now);
      if (now - modified < historyMs || keepAfter() < last) return;
      if (this.#snapshotFirst <= oldest.first) await this.#snapshot(poll);
      await this.#journal.removeOldest();
    }
  }
}
