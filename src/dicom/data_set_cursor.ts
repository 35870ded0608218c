/**
 * A place among the bytes of a data set, and what to say when something is wrong there.
 *
 * @module
 */
import { type DecodeWarning, DicomDecodeError } from "./errors.ts";
import type { EncodedBytes } from "./origin.ts";
import type { Outline } from "./outline.ts";
import type { Tag } from "./tag.ts";

/**
 * Elements and items of one data set: far more than any query or match has. Each costs some hundred bytes
 * of memory, an empty one takes eight of the input.
 */
const maximumElements = 100_000;

/** A cursor over the bytes of one data set. */
export class DataSetCursor {
  readonly encoded: EncodedBytes;
  /** The elements found so far. */
  readonly outline: Outline;
  readonly view: DataView;
  /** Offset of the next byte. */
  at = 0;
  #elementsLeft = maximumElements;
  #nonZeroAt = -1;

  /**
   * @param encoded The bytes.
   * @param outline The outline that receives the elements.
   */
  constructor(encoded: EncodedBytes, outline: Outline) {
    const { buffer, byteOffset, byteLength } = encoded.bytes;
    this.encoded = encoded;
    this.outline = outline;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  /** The tag at an offset: two bytes of group number, two of element number. */
  tagAt(at: number, littleEndian: boolean): Tag {
    const { view } = this;
    return view.getUint16(at, littleEndian) * 0x1_0000 + view.getUint16(at + 2, littleEndian);
  }

  /** Counts an element or item, and refuses one too many. */
  count(): void {
    this.#elementsLeft--;
    if (this.#elementsLeft < 0) throw this.failure(`it has more than ${maximumElements} elements`);
  }

  /** Returns true if only zeros follow up to a limit. */
  isPadding(limit: number): boolean {
    const { bytes } = this.encoded;
    // kept for all the zeros before it, so that long runs of zeros are not searched again and again
    if (this.#nonZeroAt < this.at) {
      this.#nonZeroAt = this.at;
      while (bytes[this.#nonZeroAt] === 0) this.#nonZeroAt++;
    }
    return this.#nonZeroAt >= limit;
  }

  /** Moves to a limit over zeros, and refuses anything else. */
  skipPadding(limit: number): void {
    const length = limit - this.at;
    if (!this.isPadding(limit)) throw this.failure(`${length} bytes are too few for an element`);
    this.warn("padding", `${length} bytes of padding at the end`);
    this.at = limit;
  }

  /** Reports what is wrong here but can be read around. */
  warn(kind: DecodeWarning["kind"], message: string, tag?: Tag): void {
    this.encoded.warn?.({ kind, message, offset: this.at, tag });
  }

  /** The error for what is wrong here. */
  failure(message: string, tag?: Tag): DicomDecodeError {
    return new DicomDecodeError("data set", message, { offset: this.at, tag });
  }
}
