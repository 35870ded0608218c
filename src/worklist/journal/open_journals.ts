/**
 * Limits the number of open journal files, so that many queries do not use up the descriptors of the process.
 *
 * @module
 */

/** A journal whose file can be closed for a while. */
export interface OpenJournal {
  /** Closes the file, unless it is being written to. It is opened again when it is needed. */
  closeIdle(): void;
}

/**
 * The most journals that may be open at once. With 300 queries this leaves most of 256 descriptors to
 * connections and sinks.
 */
const mostOpen = 64;

/** Keeps the files of the most recently used journals open, and closes the others. */
export class OpenJournals {
  readonly #most: number;
  /** The open journals, in the order of their last use. */
  readonly #open = new Set<OpenJournal>();

  /** @param most The most journals that are kept open. @default {64} */
  constructor(most: number = mostOpen) {
    this.#most = most;
  }

  /** Records the use of a journal. If too many are open, the one that was not used for longest is closed. */
  used(journal: OpenJournal): void {
    this.#open.delete(journal);
    this.#open.add(journal);
    if (this.#open.size <= this.#most) return;
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest);
    oldest.closeIdle();
  }

  /** Records that the file of a journal was closed. */
  closed(journal: OpenJournal): void {
    this.#open.delete(journal);
  }
}
