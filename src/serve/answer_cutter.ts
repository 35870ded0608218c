/**
 * Cuts the answer to a station out of the bytes of an item, without decoding them.
 *
 * The bytes are those of `encodeItem`: Explicit VR Little Endian, ascending tags, defined lengths. The result
 * equals that of `StationKeys.select` and `encodeDataSet`, at a fraction of the cost. If it would not, the
 * cutter returns undefined, and these functions make the answer.
 *
 * @module
 */
import { ByteWriter } from "../dicom/byte_writer.ts";
import type { DataSet } from "../dicom/data_set.ts";
import { isPrivateTag, Tag } from "../dicom/tag.ts";
import { TransferSyntax } from "../dicom/uid.ts";
import { type Vr, vrRule } from "../dicom/vr.ts";
import type { StationKeys } from "./station_keys.ts";

/** The instruction for one attribute. */
interface Cut {
  readonly tag: number;
  /** The VR of the empty element for an absent attribute; `undefined`: the attribute is left out. */
  readonly emptyVr: Vr | undefined;
  /** For a sequence, the instructions for its items; `undefined`: everything is copied. */
  readonly inside: readonly Cut[] | undefined;
  /** True if each item of a sequence is returned, whatever it holds. */
  readonly takesEachItem: boolean;
}

const itemHeaderLength = 8;
const undefinedLength = 0xFFFF_FFFF;

/** Cuts the answers to one question. */
export class AnswerCutter {
  readonly #cuts: readonly Cut[];
  readonly #isImplicit: boolean;
  readonly #asked: string;
  readonly #writer = new ByteWriter();

  private constructor(cuts: readonly Cut[], isImplicit: boolean, asked: string) {
    this.#cuts = cuts;
    this.#isImplicit = isImplicit;
    this.#asked = asked;
  }

  /**
   * Prepares the cuts of a question.
   *
   * @param identifier The Identifier of the station.
   * @param keys The compiled keys of the Identifier.
   * @param characterSet The character set that it names; empty: that of the item.
   * @param transferSyntaxUid The transfer syntax of the answer.
   * @returns The cutter; `undefined` if the answer cannot be cut.
   */
  static of(
    identifier: DataSet,
    keys: StationKeys,
    characterSet: readonly string[],
    transferSyntaxUid: string,
  ): AnswerCutter | undefined {
    const isImplicit = transferSyntaxUid === TransferSyntax.ImplicitVrLittleEndian;
    if (!isImplicit && transferSyntaxUid !== TransferSyntax.ExplicitVrLittleEndian) {
      return undefined;
    }
    const cuts = cutsOf(identifier, keys, true);
    return cuts && new AnswerCutter(cuts, isImplicit, characterSet.join("\\"));
  }

  /**
   * Cuts the answer for one item that matches.
   *
   * @param bytes The encoded item.
   * @returns The encoded answer; `undefined` if it cannot be cut.
   */
  cut(bytes: Uint8Array): Uint8Array | undefined {
    const writer = this.#writer;
    writer.clear();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!this.#cutElements(view, bytes, 0, bytes.length, this.#cuts)) return undefined;
    const answer = writer.bytes.slice();
    return this.#asked !== "" && needsOtherText(answer, bytes, this.#asked) ? undefined : answer;
  }

  #cutElements(
    view: DataView,
    bytes: Uint8Array,
    start: number,
    end: number,
    cuts: readonly Cut[],
  ): boolean {
    let at = start;
    let next = 0;
    while (at < end && next < cuts.length) {
      const tag = view.getUint16(at, true) * 0x1_0000 + view.getUint16(at + 2, true);
      const isLong = isLongAt(bytes, at + 4);
      const valueAt = at + (isLong ? 12 : 8);
      const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
      if (length === undefinedLength || valueAt + length > end) return false;
      for (let cut = cuts[next]; cut !== undefined && cut.tag < tag; cut = cuts[++next]) {
        this.#writeEmpty(cut);
      }
      const cut = cuts[next];
      if (cut?.tag === tag) {
        next++;
        const isSequence = bytes[at + 4] === letterS && bytes[at + 5] === letterQ;
        if (isSequence) {
          if (!this.#cutSequence(view, bytes, tag, valueAt, valueAt + length, cut)) return false;
        } else this.#copyElement(bytes, at, valueAt, length);
      }
      at = valueAt + length;
    }
    for (; next < cuts.length; next++) this.#writeEmpty(cuts[next]);
    return true;
  }

  #writeEmpty(cut: Cut | undefined): void {
    if (cut?.emptyVr === undefined) return;
    this.#writeHeader(cut.tag, cut.emptyVr, 0);
  }

  #writeHeader(tag: number, vr: Vr, length: number): void {
    const writer = this.#writer;
    writer.writeUint16(tag >>> 16, true);
    writer.writeUint16(tag & 0xFFFF, true);
    if (this.#isImplicit) {
      writer.writeUint32(length, true);
      return;
    }
    writer.writeUint8(vr.charCodeAt(0));
    writer.writeUint8(vr.charCodeAt(1));
    writer.writeUint16(vrRule(vr).longLength ? 0 : length, true);
    if (vrRule(vr).longLength) writer.writeUint32(length, true);
  }

  #copyElement(bytes: Uint8Array, at: number, valueAt: number, length: number): void {
    const writer = this.#writer;
    if (!this.#isImplicit) {
      writer.writeRange(bytes, at, valueAt + length);
      return;
    }
    writer.writeRange(bytes, at, at + 4);
    writer.writeUint32(length, true);
    writer.writeRange(bytes, valueAt, valueAt + length);
  }

  #cutSequence(
    view: DataView,
    bytes: Uint8Array,
    tag: number,
    start: number,
    end: number,
    { inside, takesEachItem }: Cut,
  ): boolean {
    const writer = this.#writer;
    this.#writeHeader(tag, "SQ", 0);
    const contentAt = writer.length;
    let count = 0;
    for (let at = start; at < end;) {
      const length = view.getUint32(at + 4, true);
      const itemAt = at + itemHeaderLength;
      if (length === undefinedLength || itemAt + length > end) return false;
      // Of several items only those that match are returned. That needs decoding.
      if (++count > 1 && !takesEachItem) return false;
      writer.writeRange(bytes, at, itemAt);
      const cutAt = writer.length;
      if (inside !== undefined) {
        if (!this.#cutElements(view, bytes, itemAt, itemAt + length, inside)) return false;
      } else if (!this.#copyElements(view, bytes, itemAt, itemAt + length)) return false;
      writer.patchUint32(cutAt - 4, writer.length - cutAt, true);
      at = itemAt + length;
    }
    writer.patchUint32(contentAt - 4, writer.length - contentAt, true);
    return true;
  }

  /** Copies a whole item. */
  #copyElements(view: DataView, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#isImplicit) {
      this.#writer.writeRange(bytes, start, end);
      return true;
    }
    for (let at = start; at < end;) {
      const isLong = isLongAt(bytes, at + 4);
      const valueAt = at + (isLong ? 12 : 8);
      const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
      if (length === undefinedLength || valueAt + length > end) return false;
      if (bytes[at + 4] === letterS && bytes[at + 5] === letterQ) {
        const tag = view.getUint16(at, true) * 0x1_0000 + view.getUint16(at + 2, true);
        const whole = { tag, emptyVr: undefined, inside: undefined, takesEachItem: true };
        if (!this.#cutSequence(view, bytes, tag, valueAt, valueAt + length, whole)) return false;
      } else this.#copyElement(bytes, at, valueAt, length);
      at = valueAt + length;
    }
    return true;
  }
}

const letterS = 0x53;
const letterQ = 0x51;

/** For each VR, by its two letters: 1 if its length field has four bytes. */
const longVrs = new Uint8Array(26 * 26);
for (const vr of ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]) {
  longVrs[(vr.charCodeAt(0) - 65) * 26 + vr.charCodeAt(1) - 65] = 1;
}

function isLongAt(bytes: Uint8Array, at: number): boolean {
  return longVrs[((bytes[at] ?? 0) - 65) * 26 + (bytes[at + 1] ?? 0) - 65] === 1;
}

/** The cuts of an identifier or of an item in it; `undefined` if its answer cannot be cut. */
function cutsOf(asked: DataSet, keys: StationKeys, isTop: boolean): Cut[] | undefined {
  const cuts: Cut[] = isTop
    ? [{
      tag: Tag.SpecificCharacterSet,
      emptyVr: undefined,
      inside: undefined,
      takesEachItem: true,
    }]
    : [];
  for (const key of asked.elements()) {
    const { tag } = key;
    if (isPrivateTag(tag)) return undefined;
    if (tag === Tag.SpecificCharacterSet || (tag & 0xFFFF) === 0) continue;
    const below = keys.inside(tag);
    const items = key.items.filter(({ size }) => size > 0);
    if (items.length > 1 || (below !== undefined && below.length > 1)) return undefined;
    const [item] = items;
    const [inner] = below ?? [];
    const inside = item === undefined
      ? undefined
      : inner === undefined
      ? null
      : cutsOf(item, inner, false) ?? null;
    if (inside === null) return undefined;
    cuts.push({
      tag,
      emptyVr: keys.returnsEmpty(key) ? key.vr : undefined,
      inside,
      takesEachItem: inner?.isUniversal ?? true,
    });
  }
  return cuts;
}

/** True if an answer has text outside ASCII and the station names another character set than that of the item. */
function needsOtherText(answer: Uint8Array, bytes: Uint8Array, asked: string): boolean {
  const own = ownTerms(bytes);
  if (own === asked) return false;
  // In ISO_IR 13 two ASCII codes are other characters.
  if (/13(\\|$)/.test(own)) return true;
  return answer.some((byte) => byte >= 0x80 || byte === 0x1B);
}

/** Specific Character Set (0008,0005), which is the first element if present. */
function ownTerms(bytes: Uint8Array): string {
  const isFirst = bytes[0] === 8 && bytes[1] === 0 && bytes[2] === 5 && bytes[3] === 0;
  if (!isFirst) return "";
  const length = (bytes[6] ?? 0) + 256 * (bytes[7] ?? 0);
  return String.fromCharCode(...bytes.subarray(8, 8 + length)).trimEnd();
}
