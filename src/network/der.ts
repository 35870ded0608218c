/**
 * Reads DER: the encoding of certificates. ITU-T X.690, section 10.
 *
 * Strict on purpose. The TLS stack does not check the signature of a handshake when it cannot read the peer's
 * certificate. Whatever it cannot read must therefore be refused here: long tags, lengths that are not minimal
 * or of more than 65,534 bytes, and bytes after the end.
 *
 * @module
 */

/** Tags of the types that certificates use. */
export const DerTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** One element of DER. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
}

const longestContent = 0xfffe;

/** Reads elements one after the other. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param bytes The bytes to read. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True if everything has been read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /**
   * Reads the next element.
   *
   * @param expected Its tag; left out: any.
   * @returns The element.
   * @throws {SyntaxError} If it has another tag or is not DER.
   */
  read(expected?: number): DerElement {
    const start = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new SyntaxError("Cannot read DER: a tag of several bytes");
    if (expected !== undefined && tag !== expected) {
      throw new SyntaxError(`Cannot read DER: tag ${tag} where ${expected} must be`);
    }
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new SyntaxError("Cannot read DER: it ends too early");
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag, content, whole: this.#bytes.subarray(start, end) };
  }

  /**
   * Reads the next element if it has a tag.
   *
   * @param tag The tag.
   * @returns The element; undefined if another one comes next, or none.
   */
  readIf(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.read(tag) : undefined;
  }

  /** Makes sure that nothing is left. */
  end(): void {
    if (!this.atEnd) throw new SyntaxError("Cannot read DER: there are bytes after the end");
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new SyntaxError("Cannot read DER: it ends too early");
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    if (first > 0x82 || first === 0x80) {
      throw new SyntaxError("Cannot read DER: a length that is too long");
    }
    const length = first === 0x81 ? this.#byte() : (this.#byte() << 8) | this.#byte();
    if (length < (first === 0x81 ? 0x80 : 0x100) || length > longestContent) {
      throw new SyntaxError("Cannot read DER: a length that is not allowed");
    }
    return length;
  }
}

/**
 * Reads bytes that are one element and nothing more.
 *
 * @param bytes The bytes.
 * @param tag The element's tag.
 * @returns A reader of its content.
 */
export function readOnly(bytes: Uint8Array, tag: number = DerTag.sequence): DerReader {
  const reader = new DerReader(bytes);
  const { content } = reader.read(tag);
  reader.end();
  return new DerReader(content);
}

/**
 * Writes an object identifier with dots.
 *
 * @param content The content of the element.
 * @returns Such as `2.5.29.19`.
 */
export function formatObjectIdentifier(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)));
    arcs.push(arcs.length === 1 && arcs[0] !== undefined ? arc - arcs[0] * 40 : arc);
    arc = 0;
  }
  return arcs.join(".");
}

/**
 * Reads a BIT STRING of whole bytes.
 *
 * @param content The content of the element.
 * @returns Its bytes.
 * @throws {SyntaxError} If it does not end with a byte.
 */
export function wholeBits(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new SyntaxError("Cannot read DER: a BIT STRING of broken bytes");
  return content.subarray(1);
}

/**
 * Compares bytes.
 *
 * @param a Some bytes.
 * @param b Other bytes.
 * @returns True if they are the same.
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
