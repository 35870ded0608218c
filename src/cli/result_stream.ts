// Touches the world: writes to stdout.
/**
 * Results on stdout, written in large pieces and never kept.
 *
 * @module
 */

/** A piece this long is written at once; shorter ones wait for `flush()`. */
const pieceLength = 1 << 18;

/** Where results go; text is only kept until a piece is full. */
export class ResultStream {
  readonly #encoder = new TextEncoder();
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  #pending = "";

  /** @param write Writes some of the bytes, and says how many; stdout if left out. */
  constructor(write: (bytes: Uint8Array) => Promise<number> = (bytes) => Deno.stdout.write(bytes)) {
    this.#write = write;
  }

  /** Adds text; it is written when a piece is full. */
  async print(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= pieceLength) await this.flush();
  }

  /**
   * Writes what is pending.
   *
   * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
   */
  async flush(): Promise<void> {
    if (this.#pending === "") return;
    const bytes = this.#encoder.encode(this.#pending);
    this.#pending = "";
    for (let at = 0; at < bytes.length;) at += await this.#write(bytes.subarray(at));
  }
}
