/**
 * The texts of attributes in the DICOM JSON Model that do not depend on their values.
 *
 * @module
 */
import { inOnePiece } from "../../base/one_piece.ts";
import { tagHex } from "../tag.ts";
import type { Vr } from "../vr.ts";

/** The JSON text around the values of an attribute; few pieces are put together faster than many. */
export interface JsonFrame {
  readonly vr: Vr;
  /** All of it where there is no value: `,"00100010":{"vr":"PN"}`. */
  readonly empty: string;
  /** The text before the values: `,"00100010":{"vr":"PN","Value":[`. */
  readonly opening: string;
  /** The text before a value that needs no escapes: `"`, or the beginning of a name. */
  readonly before: string;
  /** The text after such a value. */
  readonly after: string;
  /** The text before and after a single value; a number has no quotation marks in JSON. */
  readonly lone: readonly [before: string, after: string] | undefined;
}

/** The text after the last value. */
export const closing = "]}";

/** The value of Specific Character Set, where there is one: JSON is always UTF-8. */
export const utf8 = '"ISO_IR 192"';

/** Peers decide which tags there are: what is kept of them is bounded. */
const mostKept = 4096;
const frames = new Map<number, JsonFrame>();

/**
 * Makes the text around the values of an attribute.
 *
 * @param tag Its tag.
 * @param vr Its VR.
 */
export function frameOf(tag: number, vr: Vr): JsonFrame {
  const kept = frames.get(tag);
  if (kept?.vr === vr) return kept;
  const frame = makeFrame(tag, vr);
  if (frames.size >= mostKept) frames.clear();
  frames.set(tag, frame);
  return frame;
}

function makeFrame(tag: number, vr: Vr): JsonFrame {
  const start = `,"${tagHex(tag)}":{"vr":"${vr}"`;
  const empty = inOnePiece(`${start}}`);
  const opening = inOnePiece(`${start},"Value":[`);
  const [before, after] = vr === "PN" ? ['{"Alphabetic":"', '"}'] as const : ['"', '"'] as const;
  const isNumber = vr === "DS" || vr === "IS";
  const lone = isNumber ? undefined : [inOnePiece(opening + before), after + closing] as const;
  return { vr, empty, opening, before, after, lone };
}
