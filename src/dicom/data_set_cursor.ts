/**
 * A place among the bytes of a data set, and what to say when something is wrong there.
 *
 * @module
 */
import { type DecodeWarning, DicomDecodeError } from "./errors.ts";
import { type DataSetLimits, defaultDataSetLimits } from "./limits.ts";
import type { EncodedBytes } from "./origin.ts";
import type { Outline } from "./outline.ts";
import { type Vr, vrRule } from "./vr.ts";

const backslash = 0x5C;

/** A cursor over the bytes of one data set. */
export class DataSetCursor {
  readonly encoded: EncodedBytes;
  /** The elements found so far. */
  readonly outline: Outline;
  readonly view: DataView;
  /** Offset of the next byte. */
  at = 0;
  readonly limits: DataSetLimits;
  #elementsLeft: number;
  #nonZeroAt = -1;

  /**
   * @param encoded The bytes.
   * @param outline The outline that receives the elements.
   * @param limits The most that it may have.
   */
  constructor(
    encoded: EncodedBytes,
    outline: Outline,
    limits: DataSetLimits = defaultDataSetLimits,
  ) {
    const { buffer, byteOffset, byteLength } = encoded.bytes;
    this.encoded = encoded;
    this.outline = outline;
    this.limits = limits;
    this.#elementsLeft = limits.elements;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  /** The tag at an offset: two bytes of group number, two of element number. */
  tagAt(at: number, littleEndian: boolean): number {
    const { view } = this;
    return view.getUint16(at, littleEndian) * 0x1_0000 + view.getUint16(at + 2, littleEndian);
  }

  /** Counts an element or item, and refuses one too many. */
  count(): void {
    this.#elementsLeft--;
    if (this.#elementsLeft >= 0) return;
    throw this.failure(`it has more than ${this.limits.elements} elements`);
  }

  /** Refuses an element with too many values. Shorter ones than the limit cannot have them and are not looked at. */
  checkValues(tag: number, vr: Vr, start: number, end: number): void {
    const { values } = this.limits;
    if (end - start < values) return;
    const { kind, size, multiple } = vrRule(vr);
    let count = 1;
    if (kind === "text") {
      if (!multiple) return;
      for (let at = start; at < end; at++) if (this.encoded.bytes[at] === backslash) count++;
    } else if (kind !== "bytes") {
      count = (end - start) / (kind === "tag" ? 4 : size);
    }
    if (count > values) throw this.failure(`it has more than ${values} values`, tag);
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
  warn(kind: DecodeWarning["kind"], message: string, tag?: number): void {
    this.encoded.warn?.({ kind, message, offset: this.at, tag });
  }

  /** The error for what is wrong here. */
  failure(message: string, tag?: number): DicomDecodeError {
    return new DicomDecodeError("data set", message, { offset: this.at, tag });
  }
}
