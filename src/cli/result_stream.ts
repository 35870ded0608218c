// Touches the world: writes to stdout.
/**
 * Results on stdout, written in large pieces and never kept.
 *
 * @module
 */

/** Text of so many UTF-16 code units is written at once; shorter text waits for `flush()`. */
const pieceLength = 1 << 15;

/** Where results go; text is only kept until a piece is full. */
export class ResultStream {
  readonly #encoder = new TextEncoder();
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  /** Filled anew for each piece: encoding into fresh memory costs several times as much. */
  readonly #buffer = new Uint8Array(2 * pieceLength);
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
    let rest = this.#pending;
    this.#pending = "";
    while (rest !== "") {
      const { read, written } = this.#encoder.encodeInto(rest, this.#buffer);
      rest = rest.slice(read);
      for (let at = 0; at < written;) at += await this.#write(this.#buffer.subarray(at, written));
    }
  }
}
