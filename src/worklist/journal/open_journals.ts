/**
 * The journals whose files are open: a limited number, so that many queries do not use up the descriptors of the
 * process.
 *
 * @module
 */

/** A journal, as far as its file can be closed for a while. */
export interface OpenJournal {
  /** Closes the file, unless something is being written to it. It is opened again when it is needed. */
  closeIdle(): void;
}

/** Journals that may be open at once: with 300 queries this leaves most of 256 descriptors to connections and sinks. */
const mostOpen = 64;

/** Keeps the files of the journals that were used last open, and closes the others. */
export class OpenJournals {
  readonly #most: number;
  /** In the order of their last use. */
  readonly #open = new Set<OpenJournal>();

  /** @param most The most journals that are kept open. @default {64} */
  constructor(most: number = mostOpen) {
    this.#most = most;
  }

  /** Notes that a journal was used, and closes the one that was not used for longest where there are too many. */
  used(journal: OpenJournal): void {
    this.#open.delete(journal);
    this.#open.add(journal);
    if (this.#open.size <= this.#most) return;
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest);
    oldest.closeIdle();
  }

  /** Notes that the file of a journal was closed. */
  closed(journal: OpenJournal): void {
    this.#open.delete(journal);
  }
}
