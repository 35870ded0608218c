/**
 * Reads the end of a file of events: what a crash tore, and which events are there.
 *
 * @module
 */
import { idOf } from "./cloud_event.ts";
import type { OutgoingEvent } from "./sink.ts";

/** The end of an event file. */
export interface EventFileTail {
  /** So many bytes at the end are no whole line and are to be cut off. */
  readonly tornBytes: number;
  /** For each query, the last event in this part of the file. */
  readonly last: ReadonlyMap<string, OutgoingEvent>;
}

const lineFeed = 0x0A;
const opening = new TextEncoder().encode('{"specversion":');

/**
 * Judges the end of an event file.
 *
 * A line that was being written when the power failed has no end, or is filled with zeros.
 *
 * @param bytes The last bytes of the file.
 * @param isWhole Whether they are all of it.
 * @returns What is there; undefined if this is no file of events, which must not be touched.
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

/** Where each whole line is; `end` is behind its line feed. */
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

/** Whether the only line of a file is the beginning of one of ours, or zeros. */
function isTorn(bytes: Uint8Array): boolean {
  return bytes[0] === 0 || opening.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}
