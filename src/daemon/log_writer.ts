/**
 * Writes lines to somebody who may not read them: a pipe that is full must not stop what is logged about.
 *
 * @module
 */
import { concat } from "../base/concat.ts";

/** Bytes that wait for their reader, at most. */
const mostBytes = 1 << 20;

/** The output of a writer of lines. */
export interface LogWriterOptions {
  /** Writes some of the bytes, and returns how many. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  /** Makes the line that stands where lines were dropped. */
  readonly droppedLine: (count: number) => Uint8Array;
  /** Bytes that may wait. @default {1_048_576} */
  readonly mostBytes?: number;
}

/** Writes lines in order, keeps a limited number waiting, and counts those that it drops. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /** @param options The output. */
  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Lines that were dropped since the last one that was taken, because nobody read them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line, with its end. It is dropped where too many wait already. */
  line(bytes: Uint8Array): void {
    if (this.#waitingBytes + bytes.length > (this.#options.mostBytes ?? mostBytes)) {
      this.#dropped++;
      return;
    }
    this.#sayDropped();
    this.#take(bytes);
    this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
  }

  /** Waits until everything is written, or can no longer be. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #take(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #sayDropped(): void {
    if (this.#dropped === 0) return;
    this.#take(this.#options.droppedLine(this.#dropped));
    this.#dropped = 0;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = concat(this.#waiting);
      this.#waiting = [];
      try {
        for (let at = 0; at < bytes.length;) at += await this.#options.write(bytes.subarray(at));
      } catch {
        // The reader has gone: nobody can read a message.
      }
      this.#waitingBytes -= bytes.length;
      if (this.#waiting.length === 0) this.#sayDropped();
    }
  }
}
