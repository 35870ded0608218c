/**
 * Writes responses, many in one write.
 *
 * PS3.8 Annex E.
 *
 * @module
 */
import { messageLength, writeMessage } from "../network/message_encode.ts";

/** The length up to which responses are collected before they are written. */
const writeLength = 1 << 18;

/** Collects the responses to one request and writes them in large pieces. */
export class ResponseWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #contextId: number;
  readonly #maximumLength: number;
  #buffer = new Uint8Array(0);
  #length = 0;

  /** Writes in one presentation context; `maximumLength` is the requestor's. */
  constructor(
    contextId: number,
    maximumLength: number,
    write: (bytes: Uint8Array) => Promise<void>,
  ) {
    this.#write = write;
    this.#contextId = contextId;
    this.#maximumLength = maximumLength;
  }

  /** Adds a response. If it returns a promise, the caller must await it before the next response. */
  add(commandSet: Uint8Array, dataSet: Uint8Array | undefined): Promise<void> | undefined {
    const length = messageLength(commandSet, dataSet, this.#maximumLength);
    if (this.#length + length > this.#buffer.length) {
      const grown = new Uint8Array(
        Math.max(this.#length + length, Math.min(2 * this.#buffer.length, writeLength), 4096),
      );
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#length = writeMessage(
      this.#buffer,
      this.#length,
      this.#contextId,
      commandSet,
      dataSet,
      this.#maximumLength,
    );
    return this.#length >= writeLength ? this.flush() : undefined;
  }

  /** Writes the collected responses. */
  async flush(): Promise<void> {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    await this.#write(this.#buffer.subarray(0, length));
  }
}
