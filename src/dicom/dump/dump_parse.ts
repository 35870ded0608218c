/**
 * Data sets from the text form of DCMTK's `dcmdump`, as `dump2dcm` reads it: written by hand, or by
 * a dump.
 *
 * A line has a tag, a VR that the dictionary can supply, a value, and a comment after `#`. File
 * meta information and group lengths are left out, since they are made again when a data set is
 * encoded. Nothing is read from other files.
 *
 * @module
 */

import { markAsOurs } from "../../base/worklistd_error.ts";
import { characterSetOf } from "../text/character_set.ts";
import { decodeText } from "../text/text.ts";
import { type DataElement, DataSet, element } from "../data_set.ts";
import { lookupTag } from "../dictionary/dictionary.ts";
import { decodeLatin1 } from "../text/latin1.ts";
import { Tag } from "../tag.ts";
import { uidOfName } from "../dictionary/uid_names.ts";
import { isVr, usesCharacterSet, type Vr, vrRule } from "../vr.ts";

/** Text that is no dump. */
export class DumpSyntaxError extends SyntaxError {
  static {
    markAsOurs(this);
  }

  override readonly name = "DumpSyntaxError";
  /** The number of the line, from 1. */
  readonly line: number;

  /**
   * @param line The number of the line.
   * @param message The fault, without values.
   * @param cause The error that led to this one.
   */
  constructor(line: number, message: string, cause?: unknown) {
    const options = cause === undefined ? undefined : { cause };
    super(`Cannot read dump at line ${line}: ${message}`, options);
    this.line = line;
  }
}

/**
 * An element as the text has it; its value is encoded once the character set of its data set is known.
 */
interface Line {
  readonly number: number;
  readonly tag: number;
  readonly vr: Vr;
  readonly value: string;
  readonly items: Line[][];
}

/** A sequence or an item that is not closed yet. */
interface Open {
  readonly sequence: Line;
  isInItem: boolean;
}

const MAX_DEPTH = 64;

/**
 * Reads a data set from a dump.
 *
 * Bytes are text in UTF-8; if they cannot be, or have escape sequences, each value is in the
 * character set that the dump itself names, as `dcmdump` writes it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseDump } from "./dump_parse.ts";
 *
 * const dataSet = parseDump(`
 * (0010,0010) PN [DOE*]           # PatientName
 * (0040,0100) SQ
 *   (fffe,e000) na
 *     (0008,0060) CS CT
 *   (fffe,e00d) na
 * (fffe,e0dd) na
 * `);
 * assertEquals(dataSet.string(0x00100010), "DOE*");
 * assertEquals(dataSet.items(0x00400100)[0]?.string(0x00080060), "CT");
 * ```
 *
 * @param dump The dump, as text or as the bytes of a file.
 * @returns The data set.
 * @throws {DumpSyntaxError} If a line is none of a dump; carries `line`.
 */
export function parseDump(dump: string | Uint8Array): DataSet {
  const text = typeof dump === "string" ? dump : decodeUtf8(dump);
  const isEncoded = text === undefined;
  const lines = parseLines(
    text ?? decodeLatin1(typeof dump === "string" ? new Uint8Array() : dump),
  );
  return buildDataSet(lines, [], isEncoded);
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0x1b)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const lineForm =
  /^\s*\(\s*([0-9a-f]{4})\s*,\s*([0-9a-f]{4})\s*\)\s*(?:([A-Za-z]{2}|\?\?|-)(?=[\s#[=(<]|$))?\s*(.*)$/is;

function parseLines(text: string): Line[] {
  const top: Line[] = [];
  const open: Open[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, source] of lines.entries()) {
    const number = index + 1;
    if (/^\s*(?:#.*)?$/s.test(source)) continue;
    const match = lineForm.exec(source);
    if (!match) throw new DumpSyntaxError(number, "it does not begin with a tag (gggg,eeee)");
    const tag = Number.parseInt(`${match[1]}${match[2]}`, 16);
    if (tag >= Tag.Item) {
      openOrClose(tag, number, open);
      continue;
    }
    const innermost = open.at(-1);
    // A sequence that is followed by something else than an item has none.
    if (innermost?.isInItem === false) open.pop();
    const siblings = open.at(-1)?.sequence.items.at(-1) ?? top;
    const vr = vrOf(tag, match[3], number);
    const value = withoutComment(match[4] ?? "", vr, number);
    const line: Line = { number, tag, vr, value, items: [] };
    if (tag >>> 16 === 0x0002 || (tag & 0xffff) === 0) continue;
    siblings.push(line);
    if (vr === "SQ") {
      if (open.length >= MAX_DEPTH) {
        throw new DumpSyntaxError(number, `sequences must not be nested deeper than ${MAX_DEPTH}`);
      }
      open.push({ sequence: line, isInItem: false });
    }
  }
  return top;
}

function openOrClose(tag: number, number: number, open: Open[]): void {
  const innermost = open.at(-1);
  if (innermost === undefined) throw new DumpSyntaxError(number, "it belongs to no sequence");
  if (tag === Tag.Item) {
    innermost.sequence.items.push([]);
    innermost.isInItem = true;
  } else if (tag === Tag.SequenceDelimitationItem) {
    open.pop();
  } else if (tag !== Tag.ItemDelimitationItem) {
    throw new DumpSyntaxError(number, "there is no such tag");
  } else if (!innermost.isInItem) {
    // The sequence within was not closed: its item's end closes it.
    open.pop();
    const around = open.at(-1);
    if (around?.isInItem !== true) throw new DumpSyntaxError(number, "it ends no item");
    around.isInItem = false;
  } else {
    innermost.isInItem = false;
  }
}

/** DCMTK's marks in place of a VR of which it knows none or several. */
const substitutes: Readonly<Record<string, Vr>> = {
  ox: "OW",
  xs: "US",
  lt: "OW",
  "??": "UN",
  na: "UN",
  up: "UL",
};

function vrOf(tag: number, written: string | undefined, number: number): Vr {
  if (written !== undefined && isVr(written)) return written;
  const vr = lookupTag(tag)?.vr ?? (written === undefined ? undefined : substitutes[written]);
  if (written !== undefined && substitutes[written] === undefined && written !== "-") {
    throw new DumpSyntaxError(number, "its VR is not of the standard");
  }
  if (vr === undefined) {
    throw new DumpSyntaxError(number, "the dictionary has no VR for it: give one");
  }
  return vr;
}

/** The value as the text has it, without brackets, names of UIDs and comments. */
function withoutComment(rest: string, vr: Vr, number: number): string {
  if (rest.startsWith("[")) {
    const end = rest.lastIndexOf("]");
    if (end < 0) throw new DumpSyntaxError(number, "its value has no closing bracket");
    return rest.slice(1, end);
  }
  const value = rest.replace(/#.*$/s, "").trim();
  if (vr === "SQ" || /^\((?:no value|empty)\b/.test(value)) return "";
  if (vr === "UI" && value.startsWith("=")) {
    const uid = uidOfName(value.slice(1));
    if (uid === undefined) throw new DumpSyntaxError(number, "no UID has this name");
    return uid;
  }
  if (value.startsWith("=") && vrRule(vr).kind === "bytes") {
    throw new DumpSyntaxError(number, "values are not read from files");
  }
  if (/^[(<]/.test(value) && vr !== "AT") {
    throw new DumpSyntaxError(
      number,
      "it has a remark in place of a value: put text in [brackets]",
    );
  }
  if (value.endsWith("...") && vrRule(vr).kind !== "text") {
    throw new DumpSyntaxError(number, "its value was cut");
  }
  return value;
}

function buildDataSet(
  lines: readonly Line[],
  inherited: readonly string[],
  isEncoded: boolean,
): DataSet {
  const own = lines.find(({ tag }) => tag === Tag.SpecificCharacterSet);
  const terms = own?.value ? own.value.split("\\").map((term) => term.trim()) : inherited;
  // Of several lines with one tag dump2dcm keeps the first, a DataSet the last.
  const elements = lines.map((line) => buildElement(line, terms, isEncoded));
  return new DataSet(elements.reverse());
}

function buildElement(line: Line, terms: readonly string[], isEncoded: boolean): DataElement {
  const { number, tag, vr, items } = line;
  try {
    if (vr === "SQ") {
      return element(tag, items.map((item) => buildDataSet(item, terms, isEncoded)), vr);
    }
    return element(tag, parseValue(line, terms, isEncoded), vr);
  } catch (cause) {
    if (cause instanceof DumpSyntaxError) throw cause;
    throw new DumpSyntaxError(number, `its value cannot be one of a ${vr}`, cause);
  }
}

function parseValue(
  line: Line,
  terms: readonly string[],
  isEncoded: boolean,
): readonly (string | number)[] | Uint8Array {
  const { number, vr } = line;
  const rule = vrRule(vr);
  if (rule.kind === "bytes") return parseBytes(line);
  if (rule.kind !== "text") {
    const numbers = line.value.replaceAll(/\s/g, "");
    if (numbers === "") return [];
    const isFloating = vr === "FL" || vr === "FD";
    return numbers.split("\\").map((each) => isFloating ? parseFloating(each, line) : each);
  }
  const text = isEncoded && usesCharacterSet(vr) ? decodeLine(line.value, terms, vr) : line.value;
  // What `dumpDataSet` shows of control characters.
  const value = text.replaceAll(
    /[\u2400-\u241F\u2421]/g,
    (symbol) => String.fromCharCode(symbol === "\u2421" ? 0x7f : symbol.charCodeAt(0) - 0x2400),
  );
  if (/^[\0 ]*$/.test(value)) return [];
  if (!value.isWellFormed()) throw new DumpSyntaxError(number, "its value is no text");
  const values = rule.multiple ? value.split("\\") : [value];
  return values.map((each) => each.replace(rule.leadingPadding ? /^ +|[\0 ]+$/g : /[\0 ]+$/, ""));
}

/** A number as C writes it. */
function parseFloating(text: string, { number, vr }: Line): number {
  const special = /^([-+]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special) return special[2] === undefined ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const parsed = text === "" ? NaN : Number(text);
  if (!Number.isNaN(parsed)) return parsed;
  throw new DumpSyntaxError(number, `its value cannot be one of a ${vr}`);
}

function decodeLine(latin1: string, terms: readonly string[], vr: Vr): string {
  const bytes = Uint8Array.from(latin1, (letter) => letter.charCodeAt(0));
  return decodeText(bytes, 0, bytes.length, characterSetOf(terms), vr);
}

/** Bytes and 16-bit words are hexadecimal; floating point and longer integers are decimal numbers. */
function parseBytes(line: Line): Uint8Array {
  const { vr, value } = line;
  const words = value.trim() === "" ? [] : value.split("\\").map((each) => each.trim());
  const { size } = vrRule(vr);
  const bytes = new Uint8Array(words.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) writeWord(view, index * size, word, line);
  return bytes;
}

function writeWord(view: DataView, at: number, word: string, line: Line): void {
  const { number, vr } = line;
  if (vr === "OF") return view.setFloat32(at, parseFloating(word, line), true);
  if (vr === "OD") return view.setFloat64(at, parseFloating(word, line), true);
  const isHexadecimal = vr === "OB" || vr === "OW" || vr === "UN";
  const isNumber = isHexadecimal ? /^[0-9a-f]{1,4}$/i.test(word) : /^\d{1,20}$/.test(word);
  const { size } = vrRule(vr);
  const parsed = isNumber ? BigInt(isHexadecimal ? `0x${word}` : word) : -1n;
  if (parsed < 0n || parsed >= 1n << BigInt(8 * size)) {
    throw new DumpSyntaxError(number, `its value cannot be one of a ${vr}`);
  }
  if (size === 8) view.setBigUint64(at, parsed, true);
  else if (size === 4) view.setUint32(at, Number(parsed), true);
  else if (size === 2) view.setUint16(at, Number(parsed), true);
  else view.setUint8(at, Number(parsed));
}
