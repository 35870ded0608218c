/**
 * Keeps the files of a query's state small: writes snapshots, cuts the journal into segments, removes old
 * segments. The snapshot is written again only after the journal has outgrown it. So the cost follows the
 * changes, and a restart stays short.
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

/** The options of {@linkcode Housekeeping}. */
export interface HousekeepingOptions {
  /** The time for which committed events are kept, in milliseconds. @default {2_592_000_000} (30 days) */
  readonly historyMs?: number;
  /** Returns the sequence up to which no sink needs events any more. @default {Infinity} */
  readonly keepAfter?: () => number;
  /** Receives problems that were solved or will be tried again. */
  readonly onProblem?: (problem: StoreProblem) => void;
  /** The number of bytes after which the journal begins a new file. @default {16_777_216} */
  readonly segmentBytes?: number;
  /** The least number of journal bytes that a restart may have to replay. @default {33_554_432} */
  readonly replayBytes?: number;
}

/** A problem of the store that an operator may want to know. */
export interface StoreProblem {
  /** The message, without patient data. */
  readonly message: string;
  readonly error?: unknown;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/**
 * The age limit of a file. A file older than this and than ten times the history was written under a wrong
 * clock.
 */
const oldestMs = 366 * 86_400_000;
/** The size above which a journal file with nothing but commit lines is cleared. */
const idleBytes = 1 << 20;

/** Keeps the files of one query small. */
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
   * @param state The loaded state. Snapshots are taken of its worklist.
   * @param options The limits.
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

  /** Adds to the number of bytes after the last snapshot. */
  appended(length: number): void {
    this.#bytesSinceSnapshot += length;
  }

  /**
   * Writes a snapshot, cuts and trims as needed. Nothing may be committed meanwhile. A failure is reported
   * and tried again the next time.
   *
   * @param now Milliseconds since 1970.
   * @param poll The last poll. The snapshot names it.
   * @param mayPrune True if the clock can be believed enough to delete history by it.
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
      onProblem?.({ message: "the journal could not be compacted and goes on growing", error });
    }
  }

  /**
   * Writes a snapshot with a checksum if the present one has none or is damaged. A failure is reported; the
   * next snapshot has a checksum in any case.
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
    // Otherwise a clock that was set back would keep the file open until that time comes again.
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
   * The latest time at which the oldest segment can have been written. If that was under a wrong clock, the
   * time of the next segment counts.
   */
  async #modifiedBy(closed: readonly Segment[], now: number): Promise<number> {
    const { historyMs = 30 * dayMs } = this.#options;
    for (const { path } of closed) {
      const ageMs = now - (await this.#disk.modified(path) ?? now);
      if (ageMs >= 0 && ageMs <= Math.max(10 * historyMs, oldestMs)) return now - ageMs;
    }
    return now;
  }

  /** Removes segments that are too old and that no sink needs. */
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
