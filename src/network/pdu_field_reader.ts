/**
 * A cursor over the fields of one PDU, which names the field that it could not read.
 *
 * PS3.8 section 9.3: PDUs are big endian, their items carry a 16-bit length. Every length is checked
 * against what is there before anything is taken.
 *
 * @module
 */
import { DicomDecodeError } from "../dicom/errors.ts";
import { decodeAscii } from "./ascii.ts";

/** Reads the fields of a PDU, an item or a sub-item in order; all lengths are bounded by its end. */
export class PduFieldReader {
  readonly #bytes: Uint8Array;
  readonly #structure: string;
  readonly #end: number;
  #position: number;

  /** Reads `bytes` from `start` to `end`; offsets in errors count from the start of `bytes`. */
  constructor(structure: string, bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#structure = structure;
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** True once all fields have been read. */
  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** The offset of the next field. */
  get position(): number {
    return this.#position;
  }

  /** Reads an unsigned byte. */
  uint8(field: string): number {
    const at = this.#advance(1, field);
    return this.#bytes[at] ?? 0;
  }

  /** Reads an unsigned big-endian 16-bit integer. */
  uint16(field: string): number {
    const at = this.#advance(2, field);
    const bytes = this.#bytes;
    return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }

  /** Reads an unsigned big-endian 32-bit integer. */
  uint32(field: string): number {
    const at = this.#advance(4, field);
    const bytes = this.#bytes;
    return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>> 0;
  }

  /** Reads a copy of `length` bytes, so that the PDU's buffer is not kept alive by it. */
  bytes(length: number, field: string): Uint8Array {
    const at = this.#advance(length, field);
    return this.#bytes.slice(at, at + length);
  }

  /** Reads `length` bytes as text, without the spaces and nulls that peers put around it. */
  text(length: number, field: string): string {
    const at = this.#advance(length, field);
    return decodeAscii(this.#bytes, at, at + length);
  }

  /** Passes over `length` bytes. */
  skip(length: number, field: string): void {
    this.#advance(length, field);
  }

  /** A reader over the next `length` bytes, which this one passes over. */
  nested(structure: string, length: number): PduFieldReader {
    const at = this.#advance(length, structure);
    return new PduFieldReader(structure, this.#bytes, at, at + length);
  }

  /** An error about the field before the cursor. */
  error(message: string): DicomDecodeError {
    return new DicomDecodeError(this.#structure, message, { offset: this.#position });
  }

  #advance(length: number, field: string): number {
    const at = this.#position;
    if (length > this.#end - at) {
      throw new DicomDecodeError(
        this.#structure,
        `${field} needs ${length} bytes where ${this.#end - at} remain`,
        { offset: at },
      );
    }
    this.#position = at + length;
    return at;
  }
}
