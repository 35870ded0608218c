// Touches the world: writes to stdout.
/**
 * Results on stdout, written in large pieces and never kept.
 *
 * @module
 */

import { ByteWriter } from "../../dicom/byte_writer.ts";
import { reasonOf } from "../describe_error.ts";

/** The bytes that are written at once; fewer wait for `flush()`. */
const pieceLength = 1 << 16;

/** The destination of results; it keeps them only until a piece is full. */
export class ResultStream {
  /** Takes what is to be written, without waiting: ask {@linkcode isFull} now and then. */
  readonly pending = new ByteWriter(2 * pieceLength);
  readonly #write: (bytes: Uint8Array) => Promise<number>;

  /** @param write Writes some of the bytes, and says how many; stdout if left out. */
  constructor(write: (bytes: Uint8Array) => Promise<number> = (bytes) => Deno.stdout.write(bytes)) {
    this.#write = write;
  }

  /** Adds text; it is written when a piece is full. */
  async print(text: string): Promise<void> {
    this.pending.writeText(text);
    if (this.isFull) await this.flush();
  }

  /** True if enough is pending to be flushed. */
  get isFull(): boolean {
    return this.pending.length >= pieceLength;
  }

  /**
   * Writes what is pending.
   *
   * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
   * @throws {Error} If it cannot be written, as where the disk is full; the message names stdout.
   */
  async flush(): Promise<void> {
    const { bytes } = this.pending;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#write(bytes.subarray(at));
    } catch (cause) {
      if (cause instanceof Deno.errors.BrokenPipe) throw cause;
      throw new Error(`stdout: ${reasonOf(cause)}`, { cause });
    } finally {
      this.pending.clear();
    }
  }
}
