/**
 * The layout of a dump's lines: DCMTK's columns.
 *
 * @module
 */

import type { ByteWriter } from "../byte_writer.ts";
import { UNDEFINED_LENGTH } from "../sequence_length.ts";
import { Tag } from "../tag.ts";

/** DCMTK counts bytes, so that a dump of ours lies over one of its own. */
const VALUE_WIDTH = 40;

/**
 * Begins the line of an element, a sequence or an item; its value is to be written next.
 *
 * @param out The destination.
 * @param indent The number of spaces that the line begins with.
 * @param tag The tag.
 * @param vr The VR, `na` for items.
 * @returns The offset of the value, for {@linkcode endLine}.
 */
export function beginLine(out: ByteWriter, indent: number, tag: number, vr: string): number {
  let at = out.length;
  const line = out.space(indent + HEAD_LENGTH);
  for (const end = at + indent; at < end; at++) line[at] = SPACE;
  line[at] = OPENING;
  writeHex(line, at + 1, tag >>> 16);
  line[at + 5] = COMMA;
  writeHex(line, at + 6, tag & 0xffff);
  line[at + 10] = CLOSING;
  line[at + 11] = SPACE;
  line[at + 12] = vr.charCodeAt(0);
  line[at + 13] = vr.charCodeAt(1);
  line[at + 14] = SPACE;
  out.wrote(indent + HEAD_LENGTH);
  return out.length;
}

/**
 * Writes the comment after a value.
 *
 * @param out The destination.
 * @param valueStart The offset of the value.
 * @param length The length field; {@linkcode UNDEFINED_LENGTH} shows as `u/l`.
 * @param multiplicity The number of values.
 * @param name The name of the attribute.
 */
export function endLine(
  out: ByteWriter,
  valueStart: number,
  length: number,
  multiplicity: number,
  name: string,
): void {
  const padding = Math.max(0, valueStart + VALUE_WIDTH - out.length);
  const line = out.space(padding + 1);
  let at = out.length;
  for (const end = at + padding + 1; at < end; at++) line[at] = SPACE;
  out.wrote(padding + 1);
  out.writeText("# ");
  if (length === UNDEFINED_LENGTH) out.writeText("u/l");
  else out.writeDecimal(length, 3);
  out.writeText(",");
  out.writeDecimal(multiplicity, 2);
  out.writeText(" ");
  out.writeText(name);
  out.writeText("\n");
}

/** Writes the line that a sequence begins with. */
export function writeSequenceStart(
  out: ByteWriter,
  indent: number,
  tag: number,
  length: number,
  items: number,
  name: string,
): void {
  const start = beginLine(out, indent, tag, "SQ");
  writeContents(out, "(Sequence with ", length, items);
  endLine(out, start, length, 1, name);
}

/** Writes the line that a sequence ends with. */
export function writeSequenceEnd(out: ByteWriter, indent: number, length: number): void {
  const why = length === UNDEFINED_LENGTH ? ")" : " for re-encod.)";
  writeDelimiter(out, indent, Tag.SequenceDelimitationItem, "SequenceDelimitationItem", why);
}

/** Writes the line that an item begins with. */
export function writeItemStart(
  out: ByteWriter,
  indent: number,
  length: number,
  elements: number,
): void {
  const start = beginLine(out, indent, Tag.Item, "na");
  writeContents(out, "(Item with ", length, elements);
  endLine(out, start, length, 1, "Item");
}

/** Writes the line that an item ends with. */
export function writeItemEnd(out: ByteWriter, indent: number, length: number): void {
  const why = length === UNDEFINED_LENGTH ? ")" : " for re-encoding)";
  writeDelimiter(out, indent, Tag.ItemDelimitationItem, "ItemDelimitationItem", why);
}

function writeContents(out: ByteWriter, what: string, length: number, count: number): void {
  out.writeText(what);
  out.writeText(length === UNDEFINED_LENGTH ? "undefined length #=" : "explicit length #=");
  out.writeDecimal(count);
  out.writeText(")");
}

function writeDelimiter(
  out: ByteWriter,
  indent: number,
  tag: number,
  name: string,
  why: string,
): void {
  const start = beginLine(out, indent, tag, "na");
  out.writeText("(");
  out.writeText(name);
  out.writeText(why);
  endLine(out, start, 0, 0, name);
}

/** The text before a value: the tag in brackets and the VR, each with a space after it. */
const HEAD_LENGTH = 15;

const SPACE = 0x20;
const OPENING = 0x28;
const CLOSING = 0x29;
const COMMA = 0x2c;
const DIGIT_ZERO = 0x30;
const LETTER_A = 0x61;

/** Writes four hexadecimal digits. */
function writeHex(line: Uint8Array, start: number, value: number): void {
  let rest = value;
  for (let at = start + 3; at >= start; at--) {
    const digit = rest & 0xf;
    line[at] = digit < 10 ? DIGIT_ZERO + digit : LETTER_A - 10 + digit;
    rest >>>= 4;
  }
}
