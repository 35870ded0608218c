/**
 * Bytes written one behind the other into a buffer that grows.
 *
 * @module
 */

/** A growing run of bytes. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** @param capacity Bytes to make room for at first. */
  constructor(capacity: number = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written; they stay part of the writer. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes one byte. */
  writeUint8(value: number): void {
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
  }

  /** Writes two bytes. */
  writeUint16(value: number, littleEndian: boolean): void {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, littleEndian);
  }

  /** Writes four bytes. */
  writeUint32(value: number, littleEndian: boolean): void {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, littleEndian);
  }

  /** Writes a copy of bytes. */
  writeBytes(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Writes four bytes over what stands at an offset: a length that is known only later. */
  patchUint32(at: number, value: number, littleEndian: boolean): void {
    this.#view.setUint32(at, value, littleEndian);
  }

  /** Makes room; tells where. */
  #advance(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
