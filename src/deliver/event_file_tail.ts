/**
 * Reads the end of an event file: the bytes that a crash tore, and the last event of each query.
 *
 * @module
 */
import { idOf } from "./cloud_event.ts";
import type { OutgoingEvent } from "./sink.ts";

/** The end of an event file. */
export interface EventFileTail {
  /** The number of bytes at the end that are no whole line. They are to be cut off. */
  readonly tornBytes: number;
  /** For each query, the last event in this part of the file. */
  readonly last: ReadonlyMap<string, OutgoingEvent>;
}

const lineFeed = 0x0A;
const opening = new TextEncoder().encode('{"specversion":');

/**
 * Reads the end of an event file.
 *
 * A line that was being written at a power failure has no line feed, or is filled with zeros.
 *
 * @param bytes The last bytes of the file.
 * @param isWhole True if they are the whole file.
 * @returns The end of the file; undefined if this is no file of events. Such a file must not be changed.
 */
export function readEventFileTail(bytes: Uint8Array, isWhole: boolean): EventFileTail | undefined {
  const lines = linesOf(bytes, isWhole);
  let end = lines.at(-1)?.end ?? (isWhole ? 0 : bytes.length);
  if (lines.length === 0 && bytes.length > 0 && !isTorn(bytes)) return undefined;
  while (lines.length > 0 && bytes[lines.at(-1)?.start ?? 0] === 0) {
    end = lines.pop()?.start ?? end;
  }
  const last = new Map<string, OutgoingEvent>();
  for (const { start, end } of lines.toReversed()) {
    const line = new TextDecoder().decode(bytes.subarray(start, end - 1));
    const id = idOf(line);
    if (id === undefined) return undefined;
    const dot = id.lastIndexOf(".");
    const query = id.slice(0, dot);
    if (!last.has(query)) last.set(query, { id, sequence: Number(id.slice(dot + 1)), line });
  }
  return { tornBytes: bytes.length - end, last };
}

/** Finds the whole lines; `end` is the offset after the line feed. */
function linesOf(bytes: Uint8Array, isWhole: boolean): { start: number; end: number }[] {
  const lines: { start: number; end: number }[] = [];
  let start = isWhole ? 0 : bytes.indexOf(lineFeed) + 1;
  for (;;) {
    const end = bytes.indexOf(lineFeed, start) + 1;
    if (end === 0) return lines;
    lines.push({ start, end });
    start = end;
  }
}

/** True if the only line of a file is the beginning of an event, or zeros. */
function isTorn(bytes: Uint8Array): boolean {
  return bytes[0] === 0 || opening.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}
