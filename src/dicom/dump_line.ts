/**
 * How a line of a dump is laid out: DCMTK's columns.
 *
 * @module
 */

import { UNDEFINED_LENGTH } from "./sequence_length.ts";
import { formatTag, type Tag } from "./tag.ts";

const VALUE_WIDTH = 40;

/**
 * Lays out the line of an element, a sequence or an item.
 *
 * @param indent What the line begins with.
 * @param tag The tag.
 * @param vr The VR, `na` for items.
 * @param value The value as it is shown.
 * @param length The length field; {@linkcode UNDEFINED_LENGTH} shows as `u/l`.
 * @param multiplicity The number of values.
 * @param name What the tag is called.
 * @returns The line with its line feed.
 */
export function formatLine(
  indent: string,
  tag: Tag,
  vr: string,
  value: string,
  length: number,
  multiplicity: number,
  name: string,
): string {
  // DCMTK counts bytes, so that a dump of ours lies over one of its own.
  const bytes = isAscii(value) ? value.length : utf8.encode(value).length;
  const width = Math.min(bytes, VALUE_WIDTH);
  return indent + headOf(tag, vr) + value + tailOf(width, length, multiplicity, name);
}

/**
 * Lays out the line of a delimitation item, without indent.
 *
 * @param tag The tag.
 * @param name What the tag is called.
 * @param why What stands behind the name where the value would be.
 * @returns The line with its line feed.
 */
export function endLine(tag: Tag, name: string, why: string): string {
  const value = `(${name}${why})`;
  return flat(
    `${formatTag(tag)} na ${value}${makeTail(Math.min(value.length, VALUE_WIDTH), 0, 0, name)}`,
  );
}

/**
 * What stands before values and behind them is the same in thousands of lines: it is made once,
 * since text in a dozen small pieces takes longer to write than to find. Peers decide what there is
 * to be kept: it is bounded.
 */
const heads = new Map<string, Map<Tag, string>>();
const tails = new Map<string, Map<number, string>>();
const MOST_KEPT = 20_000;
let keptTails = 0;

function headOf(tag: Tag, vr: string): string {
  let ofVr = heads.get(vr);
  if (ofVr === undefined) heads.set(vr, ofVr = new Map());
  let head = ofVr.get(tag);
  if (head === undefined) {
    if (ofVr.size >= MOST_KEPT) ofVr.clear();
    ofVr.set(tag, head = flat(`${formatTag(tag)} ${vr} `));
  }
  return head;
}

function tailOf(width: number, length: number, multiplicity: number, name: string): string {
  if (multiplicity > 9 || length > 0xffff) return makeTail(width, length, multiplicity, name);
  let ofName = tails.get(name);
  if (ofName === undefined) tails.set(name, ofName = new Map());
  const key = (length * 10 + multiplicity) * (VALUE_WIDTH + 1) + width;
  let tail = ofName.get(key);
  if (tail === undefined) {
    if (++keptTails > MOST_KEPT) {
      tails.clear();
      keptTails = 0;
    }
    ofName.set(key, tail = flat(makeTail(width, length, multiplicity, name)));
  }
  return tail;
}

function makeTail(width: number, length: number, multiplicity: number, name: string): string {
  const size = length === UNDEFINED_LENGTH ? "u/l" : String(length).padStart(3);
  const values = multiplicity < 10 ? ` ${multiplicity}` : multiplicity;
  return `${" ".repeat(VALUE_WIDTH - width)} # ${size},${values} ${name}\n`;
}

/** The same text in one piece. */
function flat(text: string): string {
  return [text].join("");
}

const utf8 = new TextEncoder();
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
