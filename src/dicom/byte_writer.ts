/**
 * Bytes written one after another into a buffer that grows.
 *
 * @module
 */

const utf8 = new TextEncoder();
const space = 0x20;
const digitZero = 0x30;

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

  /** The number of bytes written so far. */
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

  /** Writes a copy of some of the bytes, which are few: one by one is faster then than a view of them. */
  writeRange(bytes: Uint8Array, start: number, end: number): void {
    const shift = this.#advance(end - start) - start;
    const written = this.#bytes;
    for (let at = start; at < end; at++) written[shift + at] = bytes[at] ?? 0;
  }

  /**
   * Makes room for bytes that the caller writes, from {@linkcode length} on: say by {@linkcode wrote} how many.
   *
   * @param count The most bytes.
   * @returns All the memory of the writer, until something else is written.
   */
  space(count: number): Uint8Array {
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count);
    return this.#bytes;
  }

  /** Records that `count` bytes of {@linkcode space} were written. */
  wrote(count: number): void {
    this.#length += count;
  }

  /**
   * Writes a whole number, not negative, in decimal digits, with spaces before it up to a width.
   *
   * `String()` keeps the text of thousands of numbers, and each of them costs memory when memory is cleared.
   */
  writeDecimal(value: number, width: number = 1): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    const count = Math.max(width, digits);
    const start = this.#advance(count);
    let rest = value;
    for (let at = start + count - 1; at >= start; at--) {
      this.#bytes[at] = at < start + count - digits ? space : digitZero + rest % 10;
      rest = Math.floor(rest / 10);
    }
  }

  /** Writes text as UTF-8. */
  writeText(text: string): void {
    const { length } = text;
    const start = this.#advance(length);
    const written = this.#bytes;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7F) return this.#writeUtf8(text, start);
      written[start + index] = code;
    }
  }

  #writeUtf8(text: string, start: number): void {
    this.#length = start;
    this.#advance(3 * text.length); // a UTF-16 code unit takes three bytes at most
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(start));
    this.#length = start + written;
  }

  /** Forgets what was written; its memory is filled again. */
  clear(): void {
    this.#length = 0;
  }

  /** Writes four bytes over what stands at an offset: a length that is known only later. */
  patchUint32(at: number, value: number, littleEndian: boolean): void {
    this.#view.setUint32(at, value, littleEndian);
  }

  /** Makes room and returns its offset. */
  #advance(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) this.#grow(this.#length);
    return at;
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
