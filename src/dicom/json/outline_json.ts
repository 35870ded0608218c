/**
 * The DICOM JSON Model of a data set straight from its encoded bytes: what `json.ts` makes of the decoded one, byte
 * for byte, without making one.
 *
 * A value of ASCII is copied; only others become text first.
 *
 * @module
 */
import type { ByteWriter } from "../byte_writer.ts";
import { DataElement } from "../data_set.ts";
import { encodeAttribute } from "./json.ts";
import { closing, frameOf, type JsonFrame, utf8 } from "./json_frame.ts";
import { stringValue } from "./json_value.ts";
import type { Outline, OutlineEntry } from "../outline.ts";
import { writeUint16s } from "./outline_numbers.ts";
import { Tag } from "../tag.ts";
import { asciiIsItself, isPadding } from "../value.ts";
import { vrRule } from "../vr.ts";

/**
 * Writes a data set as UTF-8 text in the DICOM JSON Model.
 *
 * @param out The destination.
 * @param outline The data set.
 */
export function writeJson(out: ByteWriter, outline: Outline): void {
  writeItem(out, outline, 0);
}

/** Writes the data set or an item, by its index. */
function writeItem(out: ByteWriter, outline: Outline, index: number): void {
  const { span } = outline.at(index);
  const before = out.length;
  for (let at = index + 1; at < index + span; at += outline.at(at).span) {
    const { tag, vr } = outline.at(at);
    if ((tag & 0xffff) === 0) continue;
    if (vr === "SQ") writeSequence(out, outline, at);
    else writeAttribute(out, outline.at(at));
  }
  if (out.length === before) out.writeText("{");
  // The comma before the first attribute.
  else out.space(0)[before] = OPENING_BRACE;
  out.writeText("}");
}

function writeSequence(out: ByteWriter, outline: Outline, index: number): void {
  const { tag, vr, size, span } = outline.at(index);
  const { empty, opening } = frameOf(tag, vr);
  if (size === 0) return out.writeText(empty);
  out.writeText(opening);
  if (tag === Tag.SpecificCharacterSet) {
    out.writeText(utf8);
  } else {
    for (let at = index + 1; at < index + span; at += outline.at(at).span) {
      if (at > index + 1) out.writeText(",");
      writeItem(out, outline, at);
    }
  }
  out.writeText(closing);
}

/** Writes an attribute that is no sequence, comma first. */
function writeAttribute(out: ByteWriter, element: OutlineEntry): void {
  const { tag, vr, origin, start, end } = element;
  const frame = frameOf(tag, vr);
  if (start === end) {
    out.writeText(frame.empty);
  } else if (isAscii(element)) {
    writeAscii(out, element, frame);
  } else if (vr === "US" && (end - start) % 2 === 0 && tag !== Tag.SpecificCharacterSet) {
    out.writeText(frame.opening);
    writeUint16s(out, element, ",");
    out.writeText(closing);
  } else {
    out.writeText(encodeAttribute(new DataElement(tag, vr, undefined, origin, start, end)));
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const TILDE = 0x7e;

/** Returns true if each byte of an element's text is its ASCII character and nothing needs an escape. */
function isAscii({ vr, origin, start, end }: OutlineEntry): boolean {
  const { kind, characterSet, multiple } = vrRule(vr);
  if (kind !== "text") return false;
  const { bytes } = origin.encoded;
  let textEnd = end;
  while (textEnd > start && isPadding(bytes[textEnd - 1])) textEnd--;
  for (let at = start; at < textEnd; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < SPACE || byte > TILDE || byte === QUOTE) return false;
    if (byte === BACKSLASH && !multiple) return false;
    if (byte === EQUALS && vr === "PN") return false;
  }
  return !characterSet || textEnd === start || asciiIsItself(origin);
}

function writeAscii(out: ByteWriter, element: OutlineEntry, frame: JsonFrame): void {
  const { tag, vr, origin } = element;
  const { multiple, leadingPadding } = vrRule(vr);
  const { bytes } = origin.encoded;
  let { start, end } = element;
  while (end > start && isPadding(bytes[end - 1])) end--;
  if (leadingPadding) { while (start < end && bytes[start] === SPACE) start++; }
  if (start === end) return out.writeText(frame.empty);
  out.writeText(frame.opening);
  if (tag === Tag.SpecificCharacterSet) {
    out.writeText(utf8);
  } else {
    for (let from = start; from <= end;) {
      let to = from;
      while (to < end && !(multiple && bytes[to] === BACKSLASH)) to++;
      if (from > start) out.writeText(",");
      writeValue(out, element, frame, from, to);
      from = to + 1;
    }
  }
  out.writeText(closing);
}

/** Writes one of the values of text, without what pads it. */
function writeValue(
  out: ByteWriter,
  { vr, origin }: OutlineEntry,
  { before, after }: JsonFrame,
  from: number,
  to: number,
): void {
  const { bytes } = origin.encoded;
  let [start, end] = [from, to];
  while (end > start && bytes[end - 1] === SPACE) end--;
  if (vrRule(vr).leadingPadding) { while (start < end && bytes[start] === SPACE) start++; }
  if (start === end) return out.writeText("null");
  if (vr === "DS" || vr === "IS") {
    return out.writeText(stringValue(vr, asciiText(bytes, start, end)));
  }
  out.writeText(before);
  out.writeRange(bytes, start, end);
  out.writeText(after);
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}
