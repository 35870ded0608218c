/**
 * Data sets as text in the form of DCMTK's `dcmdump`, which people of the field read every day.
 *
 * Text is UTF-8. Where `dcmdump` would write a control character to the terminal its symbol stands
 * instead (U+2400 to U+2421, such as `␛`), and other characters that turn text round or break lines
 * show as `<U+202E>`. The way back is in `dump_parse.ts`.
 *
 * @module
 */

import { ByteWriter } from "../byte_writer.ts";
import type { DataElement, DataSet } from "../data_set.ts";
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
import { sequenceLength, UNDEFINED_LENGTH } from "../sequence_length.ts";

/** Options of a dump. */
export interface DumpOptions {
  /**
   * Cut values to 70 characters, as `dcmdump` does by default; cut values cannot be read
   * back.
   *
   * @default {false}
   */
  readonly isShortened?: boolean;
}

/**
 * Writes a data set as text, an element a line, items indented.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../data_set.ts";
 * import { dumpDataSet } from "./dump.ts";
 *
 * assertEquals(
 *   dumpDataSet(new DataSet([element(0x00100010, ["DOE^JANE"])])),
 *   "(0010,0010) PN [DOE^JANE]                               #   8, 1 PatientName\n",
 * );
 * ```
 *
 * @param dataSet The data set.
 * @param options The layout.
 * @returns The lines, each with a line feed; nothing for an empty data set.
 */
export function dumpDataSet(dataSet: DataSet, options: DumpOptions = {}): string {
  const { isShortened = false } = options;
  const out = new ByteWriter();
  writeElements(out, dataSet, { indent: 0, characterSet: [], isShortened });
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.bytes);
}

/** The context that an element's line depends on. */
interface Surroundings {
  /** The number of spaces that each line begins with. */
  readonly indent: number;
  /** The terms of the character set in force. */
  readonly characterSet: readonly string[];
  readonly isShortened: boolean;
}

function writeElements(out: ByteWriter, dataSet: DataSet, around: Surroundings): void {
  const own = dataSet.characterSet;
  const inside = own.length > 0 ? { ...around, characterSet: own } : around;
  for (const element of dataSet.elements()) {
    const name = dumpName(element.tag, dataSet);
    if (element.vr === "SQ") writeSequence(out, element, name, inside);
    else writePlain(out, element, name, inside);
  }
}

function writeSequence(
  out: ByteWriter,
  element: DataElement,
  name: string,
  around: Surroundings,
): void {
  const { tag, items } = element;
  const { indent } = around;
  const length = sequenceLength(element);
  writeSequenceStart(out, indent, tag, length, items.length, name);
  for (const item of items) {
    const { sentLength = UNDEFINED_LENGTH } = item;
    writeItemStart(out, indent + 2, sentLength, item.size);
    writeElements(out, item, { ...around, indent: indent + 4 });
    writeItemEnd(out, indent + 2, sentLength);
  }
  writeSequenceEnd(out, indent, length);
}

function writePlain(
  out: ByteWriter,
  element: DataElement,
  name: string,
  around: Surroundings,
): void {
  const { tag, vr } = element;
  const { indent, characterSet, isShortened } = around;
  const { text, length, multiplicity } = showValue(element, characterSet, isShortened);
  const start = beginLine(out, indent, tag, vr);
  out.writeText(text);
  endLine(out, start, length, multiplicity, name);
}
