/**
 * One file of a journal. Committed events are read from it.
 *
 * @module
 */
import type { ReadableFile } from "./disk.ts";
import { sequenceOf } from "../event.ts";
import type { CommittedEvent } from "./journal.ts";

/** One file of a journal. */
export interface Segment {
  path: string;
  /** The first sequence in the file or, if it has none, the first that it will have. */
  readonly first: number;
  /** Offsets at which lines of some events begin, ascending. They are found while reading. */
  readonly marks: { readonly sequence: number; readonly offset: number }[];
  /** The offset up to which bytes have not been checked against their checksums since the start. */
  uncheckedBytes: number;
}

/** The range to read of a segment. */
export interface SegmentRange {
  /** The name of the journal's query. */
  readonly query: string;
  /** The end of its committed bytes; Infinity: the end of the file. */
  readonly end: number;
  /** The sequence before the first event to read. */
  readonly after: number;
  /** The most events. */
  readonly limit: number;
}

const readLength = 1 << 18;
/** The number of events between two marks. */
const markEvery = 256;
/**
 * The length that covers all members before the sequence of an event, except with absurdly long names of
 * queries.
 */
const headLength = 1024;
const lineEnd = 0x0A;
const decoder = new TextDecoder();

/**
 * Makes a segment of which nothing has been read yet.
 *
 * @param path Its path.
 * @param first Its first sequence.
 */
export function segmentOf(path: string, first: number): Segment {
  return { path, first, marks: [], uncheckedBytes: 0 };
}

/**
 * Reads committed events of a segment.
 *
 * @param file The segment's file.
 * @param segment The segment. It gets marks, by which later reads are faster.
 * @param range The range to read.
 * @param events Receives the events, up to the limit.
 */
export async function readSegment(
  file: ReadableFile,
  segment: Segment,
  range: SegmentRange,
  events: CommittedEvent[],
): Promise<void> {
  const { end, after, limit } = range;
  let { offset } = lastMarkUpTo(segment, after + 1);
  let length = readLength;
  while (offset < end && events.length < limit) {
    const bytes = await file.read(offset, Math.min(length, end - offset));
    const whole = bytes.lastIndexOf(lineEnd) + 1;
    if (whole === 0) {
      if (bytes.length < length) break;
      length *= 2;
      continue;
    }
    takeLines(segment, offset, bytes.subarray(0, whole), range, events);
    offset += whole;
    length = readLength;
  }
}

function takeLines(
  segment: Segment,
  offset: number,
  bytes: Uint8Array,
  { query, after, limit }: SegmentRange,
  events: CommittedEvent[],
): void {
  for (let start = 0; start < bytes.length && events.length < limit;) {
    const end = bytes.indexOf(lineEnd, start);
    const head = decoder.decode(bytes.subarray(start, Math.min(end, start + headLength)));
    const sequence = sequenceOf(head, query);
    if (sequence !== undefined) {
      mark(segment, sequence, offset + start);
      if (sequence > after) {
        events.push({ sequence, line: decoder.decode(bytes.subarray(start, end)) });
      }
    }
    start = end + 1;
  }
}

function lastMarkUpTo({ marks }: Segment, sequence: number): { offset: number } {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1] ?? { offset: 0 };
}

function mark({ marks }: Segment, sequence: number, offset: number): void {
  const last = marks.at(-1)?.sequence ?? -markEvery;
  if (sequence >= last + markEvery) marks.push({ sequence, offset });
}
