/**
 * The structure of encoded data sets (PS3.5 section 7): where elements and items begin and end.
 *
 * Values stay where they are. Every length is checked against the bytes there are before it is believed;
 * nesting and the number of elements are limited.
 *
 * @module
 */
import {
  believableEncoding,
  type Encoding,
  explicitLittle,
  hasLongLength,
  implicitLittle,
} from "./believable_encoding.ts";
import { DataElement, DataSet } from "./data_set.ts";
import { knowsPrivateAttributes, lookupTag } from "./dictionary.ts";
import { type DecodeWarning, DicomDecodeError } from "./errors.ts";
import { type EncodedBytes, Origin } from "./origin.ts";
import { isPrivateTag, Tag } from "./tag.ts";
import { type Vr, vrOfBytes, vrRule } from "./vr.ts";

/** Sequences within sequences; the deepest of the standard have about ten. */
const maximumDepth = 64;
/** Elements and items of one data set: each costs some hundred bytes, however short it is. */
const maximumElements = 500_000;
const undefinedLength = 0xFFFF_FFFF;
const headerLength = 8;
const longHeaderLength = 12;

/** What stands around a run of elements. */
interface Surroundings {
  readonly encoding: Encoding;
  readonly parent: Origin | undefined;
  /** Where the bytes end that may belong to it. */
  readonly limit: number;
  /** An item of undefined length: it must end with an Item Delimitation Item. */
  readonly delimited: boolean;
  readonly depth: number;
  /** The only group wanted: elements of another one end the run. */
  readonly group?: number;
}

/** A cursor over one encoded data set. */
export class DataSetDecoder {
  readonly #encoded: EncodedBytes;
  readonly #view: DataView;
  #at = 0;
  #elementsLeft = maximumElements;
  #nonZeroAt = -1;

  /** @param encoded The bytes; the data set that is decoded refers to them. */
  constructor(encoded: EncodedBytes) {
    const { buffer, byteOffset, byteLength } = encoded.bytes;
    this.#encoded = encoded;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /**
   * Decodes all the bytes as one data set.
   *
   * @param encoding How it is encoded; where the first element contradicts it, the element is believed.
   * @returns The data set.
   * @throws {DicomDecodeError} If lengths and delimiters do not fit together.
   */
  decode(encoding: Encoding): DataSet {
    const limit = this.#view.byteLength;
    return this.#readElements({ encoding, parent: undefined, limit, delimited: false, depth: 0 });
  }

  /**
   * Decodes the elements of one group, in Explicit VR Little Endian: the File Meta Information.
   *
   * @param group The group's number.
   * @returns The elements up to the first of another group, where {@linkcode offset} then points.
   * @throws {DicomDecodeError} If lengths and delimiters do not fit together.
   */
  decodeGroup(group: number): DataSet {
    const limit = this.#view.byteLength;
    const encoding = explicitLittle;
    return this.#readElements({
      encoding,
      parent: undefined,
      limit,
      delimited: false,
      depth: 0,
      group,
    });
  }

  /** Offset of the first byte that was not decoded. */
  get offset(): number {
    return this.#at;
  }

  #readElements(around: Surroundings): DataSet {
    const { limit, depth } = around;
    const encoding = this.#encodingFound(around);
    const { explicitVr, littleEndian } = encoding;
    const view = this.#view;
    const origin = new Origin(this.#encoded, littleEndian, around.parent);
    const elements: DataElement[] = [];
    let lastTag = -1;
    let ascending = true;
    let ended = !around.delimited;
    while (this.#at < limit) {
      const at = this.#at;
      if (limit - at < headerLength) {
        this.#endWithPadding(limit);
        break;
      }
      const tag = view.getUint16(at, littleEndian) * 0x1_0000 +
        view.getUint16(at + 2, littleEndian);
      if (around.group !== undefined && tag >>> 16 !== around.group) break;
      if (tag >= Tag.Item) {
        if (this.#atDelimiter(tag, around)) continue;
        ended = true;
        break;
      }
      if (tag === 0 && elements.length > 0 && this.#isPadding(at, limit)) {
        this.#endWithPadding(limit);
        break;
      }
      this.#count(at);

      // 0-3 tag; explicit: 4-5 VR, 6-7 length or reserved, 8-11 length; implicit: 4-7 length
      let vr: Vr | undefined;
      let start = at + headerLength;
      let length: number;
      if (!explicitVr) {
        vr = dictionaryVr(tag, elements);
        length = view.getUint32(at + 4, littleEndian);
      } else {
        vr = vrOfBytes(view.getUint8(at + 4), view.getUint8(at + 5));
        const isLong = vr === undefined
          ? hasLongLength(view, at, limit, littleEndian)
          : vrRule(vr).longLength;
        if (!isLong) {
          length = view.getUint16(at + 6, littleEndian);
        } else {
          if (limit - at < longHeaderLength) throw this.#failure(at, tag, "its header is cut off");
          length = view.getUint32(at + 8, littleEndian);
          start = at + longHeaderLength;
        }
        if (vr === undefined) this.#warn("vr", "its VR is not of the standard", at, tag);
      }
      this.#at = start;
      if (length !== undefinedLength && length > limit - start) {
        const message = `the length ${length} is more than the ${limit - start} bytes left`;
        throw this.#failure(at, tag, message);
      }

      let element: DataElement;
      if (vr === "SQ" || length === undefinedLength || (vr ?? "UN") === "UN") {
        const inside = { ...around, encoding, parent: origin, depth: depth + 1 };
        element = this.#readSpecial(tag, vr ?? "UN", length, elements, inside);
      } else {
        this.#at = start + length;
        element = new DataElement(tag, vr ?? "UN", undefined, origin, start, this.#at);
        if (tag === Tag.SpecificCharacterSet) origin.ownTerms = element.strings;
      }
      if (tag <= lastTag) ascending = false;
      lastTag = tag;
      elements.push(element);
    }
    if (!ended) throw this.#failure(this.#at, undefined, "an item of undefined length has no end");
    return new DataSet(ascending ? elements : this.#inOrder(elements), origin);
  }

  /** Reads what stands behind the header of a sequence, an unknown or an element of undefined length. */
  #readSpecial(
    tag: Tag,
    vr: Vr,
    length: number,
    before: readonly DataElement[],
    inside: Surroundings & { readonly parent: Origin },
  ): DataElement {
    const start = this.#at;
    const { parent } = inside;
    if (length === undefinedLength) {
      if (vr === "OB" || vr === "OW") {
        const end = this.#skipFragments(tag, inside);
        return new DataElement(tag, vr, undefined, parent, start, end);
      }
      if (vr !== "SQ" && vr !== "UN") {
        this.#warn("vr", `undefined length is for sequences: it is no ${vr}`, start, tag);
      }
      // PS3.5 section 6.2.2, note 2: inside a UN of undefined length all is Implicit VR Little Endian
      const encoding = vr === "UN" ? implicitLittle : inside.encoding;
      const items = this.#readItems(tag, { ...inside, encoding, delimited: true });
      return new DataElement(tag, "SQ", items, parent, start, this.#at);
    }
    const limit = start + length;
    if (vr === "SQ") {
      const items = this.#readItems(tag, { ...inside, limit, delimited: false });
      return new DataElement(tag, vr, items, parent, start, limit);
    }
    const known = inside.encoding.explicitVr ? dictionaryVr(tag, before) : undefined;
    if (known === "SQ") {
      const items = this.#tryItems(tag, { ...inside, limit, delimited: false });
      if (items !== undefined) return new DataElement(tag, "SQ", items, parent, start, limit);
    }
    this.#at = limit;
    if (known === undefined || known === "SQ" || length % vrRule(known).size !== 0) {
      return new DataElement(tag, "UN", undefined, parent, start, limit);
    }
    const origin = parent.littleEndian ? parent : new Origin(this.#encoded, true, parent);
    return new DataElement(tag, known, undefined, origin, start, limit);
  }

  /** The items that a UN value has if it is a sequence in Implicit VR Little Endian, as PS3.5 6.2.2 says. */
  #tryItems(tag: Tag, inside: Surroundings): DataSet[] | undefined {
    const start = this.#at;
    try {
      return this.#readItems(tag, { ...inside, encoding: implicitLittle });
    } catch (error) {
      if (!(error instanceof DicomDecodeError)) throw error;
      this.#warn("encoding", "an unknown value is no sequence as the dictionary says", start, tag);
      return undefined;
    }
  }

  /** Reads items up to the limit, or to the Sequence Delimitation Item where the sequence is delimited. */
  #readItems(tag: Tag, around: Surroundings): DataSet[] {
    const { limit, delimited, depth } = around;
    const { littleEndian } = around.encoding;
    const view = this.#view;
    const items: DataSet[] = [];
    if (depth > maximumDepth) {
      throw this.#failure(this.#at, tag, `sequences are nested deeper than ${maximumDepth}`);
    }
    while (this.#at < limit) {
      const at = this.#at;
      if (limit - at < headerLength) {
        if (delimited) break;
        this.#endWithPadding(limit);
        return items;
      }
      // 0-3 tag, 4-7 length
      const itemTag = view.getUint16(at, littleEndian) * 0x1_0000 +
        view.getUint16(at + 2, littleEndian);
      const length = view.getUint32(at + 4, littleEndian);
      this.#at = at + headerLength;
      if (itemTag === Tag.SequenceDelimitationItem) {
        if (delimited) return items;
        this.#warn("delimiter", "a sequence of defined length is delimited", at, tag);
      } else if (itemTag === Tag.ItemDelimitationItem) {
        this.#warn("delimiter", "an item is delimited twice", at, tag);
      } else if (itemTag !== Tag.Item) {
        throw this.#failure(at, tag, "where an item should begin there is none");
      } else if (length === undefinedLength) {
        this.#count(at);
        items.push(this.#readElements({ ...around, delimited: true }));
      } else if (length > limit - this.#at) {
        const left = limit - this.#at;
        throw this.#failure(
          at,
          tag,
          `an item's length ${length} is more than the ${left} bytes left`,
        );
      } else {
        this.#count(at);
        items.push(
          this.#readElements({ ...around, limit: this.#at + length, delimited: false }),
        );
      }
    }
    if (delimited) throw this.#failure(this.#at, tag, "a sequence of undefined length has no end");
    return items;
  }

  /** Moves behind encapsulated fragments (PS3.5 Annex A.4); tells where their delimiter begins. */
  #skipFragments(tag: Tag, { limit, encoding }: Surroundings): number {
    const { littleEndian } = encoding;
    while (limit - this.#at >= headerLength) {
      const at = this.#at;
      const itemTag = this.#view.getUint16(at, littleEndian) * 0x1_0000 +
        this.#view.getUint16(at + 2, littleEndian);
      const length = this.#view.getUint32(at + 4, littleEndian);
      this.#at = at + headerLength;
      if (itemTag === Tag.SequenceDelimitationItem) return at;
      if (itemTag !== Tag.Item || length > limit - this.#at) break;
      this.#at += length;
    }
    throw this.#failure(this.#at, tag, "encapsulated fragments have no end");
  }

  /**
   * Handles an item tag where an element should begin.
   *
   * @returns Whether the elements go on behind it.
   */
  #atDelimiter(tag: Tag, { delimited, encoding }: Surroundings): boolean {
    const at = this.#at;
    if (tag === Tag.ItemDelimitationItem && delimited) {
      this.#at = at + headerLength;
      return false;
    }
    if (delimited) {
      this.#warn("delimiter", "an item of undefined length is not delimited", at);
      return false;
    }
    const length = this.#view.getUint32(at + 4, encoding.littleEndian);
    if (tag === Tag.Item || length !== 0) {
      throw this.#failure(at, undefined, "an item begins where an element should");
    }
    this.#warn("delimiter", "a delimitation item belongs to nothing", at);
    this.#at = at + headerLength;
    return true;
  }

  #encodingFound({ encoding, limit }: Surroundings): Encoding {
    const found = believableEncoding(this.#view, this.#at, limit, encoding);
    if (found.explicitVr !== encoding.explicitVr) {
      const message = found.explicitVr
        ? "its elements have a VR though they should not"
        : "its elements have no VR though they should";
      this.#warn("encoding", message, this.#at);
    }
    return found;
  }

  #endWithPadding(limit: number): void {
    if (!this.#isPadding(this.#at, limit)) {
      const message = `${limit - this.#at} bytes are too few for an element`;
      throw this.#failure(this.#at, undefined, message);
    }
    this.#warn("padding", `${limit - this.#at} bytes of padding at the end`, this.#at);
    this.#at = limit;
  }

  /** Whether there are only zeros from here to a limit. */
  #isPadding(at: number, limit: number): boolean {
    const { bytes } = this.#encoded;
    // found once for all the zeros before it, so that long runs of zeros are not searched again and again
    if (this.#nonZeroAt < at) {
      this.#nonZeroAt = at;
      while (bytes[this.#nonZeroAt] === 0) this.#nonZeroAt++;
    }
    return this.#nonZeroAt >= limit;
  }

  #inOrder(elements: readonly DataElement[]): DataElement[] {
    const sorted = elements.toSorted((a, b) => a.tag - b.tag);
    const unique = sorted.filter((element, index) => element.tag !== sorted[index - 1]?.tag);
    const doubled = sorted.length - unique.length;
    this.#warn("order", `elements are not in ascending order, ${doubled} come twice`, this.#at);
    return unique;
  }

  #count(at: number): void {
    this.#elementsLeft--;
    if (this.#elementsLeft >= 0) return;
    throw this.#failure(at, undefined, `it has more than ${maximumElements} elements`);
  }

  #warn(kind: DecodeWarning["kind"], message: string, offset: number, tag?: Tag): void {
    this.#encoded.warn?.({ kind, message, offset, tag });
  }

  #failure(offset: number, tag: Tag | undefined, message: string): DicomDecodeError {
    return new DicomDecodeError("data set", message, { offset, tag });
  }
}

/** The VR that the dictionary gives, for private elements by their creator; undefined if it gives none. */
function dictionaryVr(tag: Tag, before: readonly DataElement[]): Vr | undefined {
  if (!isPrivateTag(tag) || !knowsPrivateAttributes()) return lookupTag(tag)?.vr;
  const creatorTag = ((tag & 0xFFFF_0000) >>> 0) + ((tag & 0xFFFF) >>> 8);
  const nearest = before.findLast((element) => element.tag <= creatorTag);
  const creator = nearest?.tag === creatorTag ? nearest.strings[0] : undefined;
  return lookupTag(tag, creator)?.vr;
}
