/**
 * The dump of a data set straight from its encoded bytes: what `dump.ts` makes of the decoded one, byte for
 * byte, without making one.
 *
 * A value of ASCII is copied; only others become text first.
 *
 * @module
 */

import type { ByteWriter } from "../byte_writer.ts";
import { DataElement } from "../data_set.ts";
import {
  beginLine,
  endLine,
  writeItemEnd,
  writeItemStart,
  writeSequenceEnd,
  writeSequenceStart,
} from "./dump_line.ts";
import { dumpName } from "./dump_name.ts";
import { showValue } from "./dump_value.ts";
import type { Outline, OutlineEntry } from "../outline.ts";
import { writeUint16s } from "../json/outline_numbers.ts";
import { isStandardUid } from "../dictionary/uid_names.ts";
import { isPadding } from "../value.ts";
import { vrRule } from "../vr.ts";

/**
 * Writes a data set as UTF-8 text, an element a line, items indented.
 *
 * @param out The destination.
 * @param outline The data set.
 */
export function dumpOutline(out: ByteWriter, outline: Outline): void {
  writeElements(out, outline, 0, 0);
}

/** Writes the elements of an item, by its index. */
function writeElements(out: ByteWriter, outline: Outline, index: number, indent: number): void {
  const { origin, span } = outline.at(index);
  const end = index + span;
  for (let at = index + 1; at < end;) {
    const element = outline.at(at);
    const name = dumpName(element.tag, origin);
    if (element.vr === "SQ") {
      writeSequence(out, outline, at, indent, name);
    } else {
      const start = beginLine(out, indent, element.tag, element.vr);
      const multiplicity = writeValue(out, element);
      endLine(out, start, element.end - element.start, multiplicity, name);
    }
    at += element.span;
  }
}

function writeSequence(
  out: ByteWriter,
  outline: Outline,
  index: number,
  indent: number,
  name: string,
): void {
  const { tag, length, size, span } = outline.at(index);
  writeSequenceStart(out, indent, tag, length, size, name);
  for (let at = index + 1; at < index + span;) {
    const item = outline.at(at);
    const { length } = item.origin;
    writeItemStart(out, indent + 2, length, item.size);
    writeElements(out, outline, at, indent + 4);
    writeItemEnd(out, indent + 2, length);
    at += item.span;
  }
  writeSequenceEnd(out, indent, length);
}

/** Writes the value of an element that is not a sequence and returns its number of values. */
function writeValue(out: ByteWriter, element: OutlineEntry): number {
  const { tag, vr, origin, start, end } = element;
  const count = vr === "US" ? writeUint16s(out, element, "\\") : copyAscii(out, element);
  if (count >= 0) return count;
  const decoded = new DataElement(tag, vr, undefined, origin, start, end);
  const { text, multiplicity } = showValue(decoded, [], false);
  out.writeText(text);
  return multiplicity;
}

const SPACE = 0x20;
const OPENING = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING = 0x5d;
/** The last character that reads the same in every character set: a tilde is an overline in one. */
const LAST_PLAIN = 0x7d;

/** Copies text if each byte is the character that it is in ASCII. Returns the number of values, or -1 if it is not. */
function copyAscii(out: ByteWriter, { vr, origin, start, end }: OutlineEntry): number {
  const rule = vrRule(vr);
  if (rule.kind !== "text") return -1;
  const { bytes } = origin.encoded;
  let textEnd = end;
  while (textEnd > start && isPadding(bytes[textEnd - 1])) textEnd--;
  if (textEnd === start) {
    out.writeText("(no value available)");
    return 0;
  }
  let count = 1;
  for (let at = start; at < textEnd; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < SPACE || byte > LAST_PLAIN) return -1;
    if (byte !== BACKSLASH) continue;
    if (rule.characterSet) return -1;
    if (rule.multiple) count++;
  }
  if (vr === "UI" && isStandardUid(bytes, start, textEnd)) return -1;
  const length = textEnd - start + 2;
  const at = out.length;
  const line = out.space(length);
  line[at] = OPENING;
  const shift = at + 1 - start;
  for (let from = start; from < textEnd; from++) line[shift + from] = bytes[from] ?? 0;
  line[at + length - 1] = CLOSING;
  out.wrote(length);
  return count;
}
