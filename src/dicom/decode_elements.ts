/**
 * The structure of encoded data sets (PS3.5 section 7): where elements and items begin and end.
 *
 * Values stay where they are. Every length is checked against the bytes there are before it is believed; nesting
 * and the number of elements are limited.
 *
 * @module
 */
import {
  believableEncoding,
  type Encoding,
  hasLongLength,
  implicitLittle,
} from "./believable_encoding.ts";
import type { DataSetCursor } from "./data_set_cursor.ts";
import { dictionaryVr } from "./dictionary/dictionary_vr.ts";
import { DicomDecodeError } from "./errors.ts";
import { Origin } from "./origin.ts";
import type { OutlineEntry } from "./outline.ts";
import { Tag } from "./tag.ts";
import { type Vr, vrOfBytes, vrRule } from "./vr.ts";

/** The surroundings of a data set or an item. */
export interface Surroundings {
  /** The declared encoding. If the first element contradicts it, the element is believed. */
  readonly encoding: Encoding;
  /** Offset after the last byte that may belong to it. */
  readonly limit: number;
  /** Of an item: the data set around it. */
  readonly parent?: Origin;
  /** Of an item of undefined length: it ends with an Item Delimitation Item. */
  readonly delimited?: boolean;
  /** The number of sequences around it. */
  readonly depth?: number;
  /** The only group wanted: elements of another one end it. */
  readonly group?: number;
}

/** The surroundings of a sequence's items. */
type SequenceSurroundings = Surroundings & { readonly tag: number; readonly parent: Origin };

/** Sequences within sequences; the deepest of the standard have about ten. */
const undefinedLength = 0xFFFF_FFFF;
const headerLength = 8;
const longHeaderLength = 12;

/**
 * Finds the elements up to the end of what contains them, and adds them to the cursor's outline, after the data set or
 * item that has them: in order; of several with one tag, the first.
 *
 * @param cursor The offset of the first element; afterwards that of the end.
 * @param around Their surroundings.
 * @returns The entry of the data set or item.
 * @throws {DicomDecodeError} If lengths and delimiters do not fit together.
 */
export function outlineElements(cursor: DataSetCursor, around: Surroundings): OutlineEntry {
  const { outline, at: start } = cursor;
  const encoding = encodingFound(cursor, around);
  const run = encoding === around.encoding ? around : { ...around, encoding };
  const origin = new Origin(cursor.encoded, encoding.littleEndian, around.parent);
  const index = outline.length;
  const item = outline.add(Tag.Item, "UN", origin, start, start);
  let lastTag = -1;
  let ascending = true;
  while (reachElement(cursor, run, item.size === 0)) {
    const element = outlineElement(cursor, run, origin);
    const { tag } = element;
    origin.note(element);
    if (tag <= lastTag) ascending = false;
    lastTag = tag;
    item.size++;
  }
  item.end = cursor.at;
  if (!ascending) putInOrder(cursor, index);
  item.span = outline.length - index;
  return item;
}

/** Moves to the next element. If there is none, moves over what ends the elements and returns false. */
function reachElement(cursor: DataSetCursor, around: Surroundings, isFirst: boolean): boolean {
  const { limit, delimited, group } = around;
  const { littleEndian } = around.encoding;
  while (cursor.at < limit) {
    if (limit - cursor.at < headerLength) {
      cursor.skipPadding(limit);
      break;
    }
    const tag = cursor.tagAt(cursor.at, littleEndian);
    if (group !== undefined && tag >>> 16 !== group) return false;
    if (tag === 0 && !isFirst && cursor.isPadding(limit)) {
      cursor.skipPadding(limit);
    } else if (tag < Tag.Item) {
      return true;
    } else if (delimited) {
      endItem(cursor, tag);
      return false;
    } else {
      skipDelimiter(cursor, tag, littleEndian);
    }
  }
  if (delimited) throw cursor.failure("an item of undefined length has no end");
  return false;
}

/** Moves over the end of an item of undefined length, or stays where its sequence shows that it has ended. */
function endItem(cursor: DataSetCursor, tag: number): void {
  if (tag === Tag.ItemDelimitationItem) cursor.at += headerLength;
  else cursor.warn("delimiter", "an item of undefined length is not delimited");
}

/** Moves over a delimitation item that belongs to nothing. */
function skipDelimiter(cursor: DataSetCursor, tag: number, littleEndian: boolean): void {
  const length = cursor.view.getUint32(cursor.at + 4, littleEndian);
  if (tag === Tag.Item || length !== 0) {
    throw cursor.failure("an item begins where an element should");
  }
  cursor.warn("delimiter", "a delimitation item belongs to nothing");
  cursor.at += headerLength;
}

function outlineElement(
  cursor: DataSetCursor,
  around: Surroundings,
  origin: Origin,
): OutlineEntry {
  const { outline, view, at } = cursor;
  const { limit } = around;
  const { explicitVr, littleEndian } = around.encoding;
  const tag = cursor.tagAt(at, littleEndian);
  cursor.count();

  // 0-3 tag; with VR: 4-5 VR, 6-7 length, or 6-7 reserved and 8-11 length; without: 4-7 length
  let vr: Vr | undefined;
  let start = at + headerLength;
  let length: number;
  if (!explicitVr) {
    vr = dictionaryVr(tag, origin) ?? "UN";
    length = view.getUint32(at + 4, littleEndian);
  } else {
    vr = vrOfBytes(view.getUint8(at + 4), view.getUint8(at + 5));
    const isLong = vr === undefined
      ? hasLongLength(view, at, limit, littleEndian)
      : vrRule(vr).longLength;
    if (isLong) start = at + longHeaderLength;
    if (start > limit) throw cursor.failure("its header is cut off", tag);
    length = isLong ? view.getUint32(at + 8, littleEndian) : view.getUint16(at + 6, littleEndian);
  }
  if (vr === undefined) cursor.warn("vr", "its VR is not of the standard", tag);

  if (length === undefinedLength) {
    cursor.at = start;
    return outlineUndefinedLength(cursor, tag, vr ?? "UN", around, origin);
  }
  const end = start + length;
  if (end > limit) {
    throw cursor.failure(`the length ${length} is more than the ${limit - start} bytes left`, tag);
  }
  if (vr === "SQ") {
    cursor.at = start;
    return outlineSequence(cursor, itemsOf(tag, around, origin, { limit: end }), end - start);
  }
  if (explicitVr && (vr === "UN" || vr === undefined)) {
    cursor.at = start;
    return outlineUnknown(cursor, tag, end, dictionaryVr(tag, origin), around, origin);
  }
  cursor.checkValues(tag, vr ?? "UN", start, end);
  cursor.at = end;
  return outline.add(tag, vr ?? "UN", origin, start, end);
}

/** An element of undefined length: a sequence, or encapsulated fragments. */
function outlineUndefinedLength(
  cursor: DataSetCursor,
  tag: number,
  vr: Vr,
  around: Surroundings,
  origin: Origin,
): OutlineEntry {
  const start = cursor.at;
  if (vr === "OB" || vr === "OW") {
    const end = skipFragments(cursor, tag, around);
    return cursor.outline.add(tag, vr, origin, start, end);
  }
  if (vr !== "SQ" && vr !== "UN") {
    cursor.warn("vr", `undefined length is for sequences: it is no ${vr}`, tag);
  }
  // PS3.5 section 6.2.2: inside a UN of undefined length all is Implicit VR Little Endian
  const encoding = vr === "UN" ? implicitLittle : around.encoding;
  const inside = itemsOf(tag, around, origin, { encoding, delimited: true });
  return outlineSequence(cursor, inside, undefinedLength);
}

/**
 * A UN value as what the dictionary says the attribute is, in Implicit VR Little Endian as PS3.5 section
 * 6.2.2 says; as bytes if it cannot be.
 */
function outlineUnknown(
  cursor: DataSetCursor,
  tag: number,
  end: number,
  known: Vr | undefined,
  around: Surroundings,
  origin: Origin,
): OutlineEntry {
  const { outline, at: start } = cursor;
  if (known === "SQ") {
    const changes = { limit: end, encoding: implicitLittle };
    const sequence = trySequence(cursor, itemsOf(tag, around, origin, changes), end - start);
    if (sequence !== undefined) return sequence;
  }
  cursor.at = end;
  if (known === undefined || known === "SQ" || (end - start) % vrRule(known).size !== 0) {
    return outline.add(tag, "UN", origin, start, end);
  }
  cursor.checkValues(tag, known, start, end);
  const littleOrigin = origin.littleEndian ? origin : new Origin(cursor.encoded, true, origin);
  return outline.add(tag, known, littleOrigin, start, end);
}

function trySequence(
  cursor: DataSetCursor,
  around: SequenceSurroundings,
  length: number,
): OutlineEntry | undefined {
  const index = cursor.outline.length;
  try {
    return outlineSequence(cursor, around, length);
  } catch (error) {
    if (!(error instanceof DicomDecodeError)) throw error;
    cursor.outline.cut(index);
    const message = "an unknown value is no sequence, though the dictionary says so";
    cursor.warn("encoding", message, around.tag);
    return undefined;
  }
}

/** Makes the surroundings of a sequence's items in a run of elements. */
function itemsOf(
  tag: number,
  { encoding, limit, depth = 0 }: Surroundings,
  parent: Origin,
  changes: Partial<Surroundings>,
): SequenceSurroundings {
  return { encoding, limit, parent, depth: depth + 1, tag, ...changes };
}

/** A sequence: its items up to the limit, or to the Sequence Delimitation Item where it is delimited. */
function outlineSequence(
  cursor: DataSetCursor,
  around: SequenceSurroundings,
  length: number,
): OutlineEntry {
  const { outline, at: start } = cursor;
  const { tag, parent } = around;
  const index = outline.length;
  const sequence = outline.add(tag, "SQ", parent, start, start);
  sequence.length = length;
  sequence.size = outlineItems(cursor, around);
  sequence.end = length === undefinedLength ? cursor.at : start + length;
  sequence.span = outline.length - index;
  return sequence;
}

/** Adds the items of a sequence to the outline and returns their number. */
function outlineItems(cursor: DataSetCursor, around: SequenceSurroundings): number {
  const { tag, limit, delimited, depth = 0 } = around;
  const { littleEndian } = around.encoding;
  const most = cursor.limits.depth;
  if (depth > most) {
    throw cursor.failure(`sequences are nested deeper than ${most}`, tag);
  }
  let count = 0;
  while (cursor.at < limit) {
    if (limit - cursor.at < headerLength) {
      cursor.skipPadding(limit);
      break;
    }
    // 0-3 tag, 4-7 length
    const itemTag = cursor.tagAt(cursor.at, littleEndian);
    const length = cursor.view.getUint32(cursor.at + 4, littleEndian);
    if (itemTag === Tag.Item) {
      outlineItem(cursor, length, around).origin.length = length;
      count++;
    } else if (itemTag === Tag.SequenceDelimitationItem) {
      if (!delimited) cursor.warn("delimiter", "a sequence of defined length is delimited", tag);
      cursor.at += headerLength;
      if (delimited) return count;
    } else if (itemTag === Tag.ItemDelimitationItem) {
      cursor.warn("delimiter", "an item is delimited twice", tag);
      cursor.at += headerLength;
    } else {
      throw cursor.failure("where an item should begin there is none", tag);
    }
  }
  if (delimited) throw cursor.failure("a sequence of undefined length has no end", tag);
  return count;
}

function outlineItem(
  cursor: DataSetCursor,
  length: number,
  around: SequenceSurroundings,
): OutlineEntry {
  const { tag, limit } = around;
  const left = limit - cursor.at - headerLength;
  cursor.count();
  if (length === undefinedLength) {
    cursor.at += headerLength;
    return outlineElements(cursor, { ...around, delimited: true });
  }
  if (length > left) {
    throw cursor.failure(`an item's length ${length} is more than the ${left} bytes left`, tag);
  }
  cursor.at += headerLength;
  return outlineElements(cursor, { ...around, limit: cursor.at + length, delimited: false });
}

/** Moves past encapsulated fragments (PS3.5 section A.4) and returns the offset of their delimiter. */
function skipFragments(
  cursor: DataSetCursor,
  tag: number,
  { limit, encoding }: Surroundings,
): number {
  while (limit - cursor.at >= headerLength) {
    const { at } = cursor;
    const itemTag = cursor.tagAt(at, encoding.littleEndian);
    const length = cursor.view.getUint32(at + 4, encoding.littleEndian);
    cursor.at = at + headerLength;
    if (itemTag === Tag.SequenceDelimitationItem) return at;
    if (itemTag !== Tag.Item || length > limit - cursor.at) break;
    cursor.at += length;
  }
  throw cursor.failure("encapsulated fragments have no end", tag);
}

function encodingFound(cursor: DataSetCursor, { encoding, limit }: Surroundings): Encoding {
  const found = believableEncoding(cursor.view, cursor.at, limit, encoding);
  if (found.explicitVr !== encoding.explicitVr) {
    const message = found.explicitVr
      ? "its elements have a VR though they should not"
      : "its elements have no VR though they should";
    cursor.warn("encoding", message);
  }
  return found;
}

function putInOrder(cursor: DataSetCursor, index: number): void {
  const doubled = cursor.outline.sort(index);
  cursor.warn("order", `elements are not in ascending order, ${doubled} come twice`);
}
