/**
 * Reads a journal file commit by commit.
 *
 * @module
 */
import { concat } from "../../base/concat.ts";
import type { ReadableFile } from "./disk.ts";
import type { CommitLine } from "./journal_lines.ts";
import { isCommitLine, isIntact, parseCommitLine } from "./journal_replay.ts";

/** The lines of one poll in a file. */
export interface ScannedCommit {
  /** The lines that the commit closes. They are decoded at each access. */
  readonly lines: readonly string[];
  readonly commit: CommitLine;
  /** The offset at which they begin, and the offset at which the commit line ends. */
  readonly start: number;
  readonly end: number;
}

/** The result of a scan besides the commits. */
export interface ScanEnd {
  /** The end of the last commit. */
  readonly end: number;
  /** The number of bytes after it that belong to no commit. A crash or another process left them. */
  readonly tornBytes: number;
  /** The offset of bytes that are no commit although a commit follows. Then the file is damaged. */
  readonly damagedAt: number | undefined;
}

const firstReadLength = 1 << 18;
const lineEnd = 0x0A;
const decoder = new TextDecoder();

/**
 * Reads a journal file commit by commit.
 *
 * @param file The file.
 * @param from The offset to begin at: 0 or the end of a commit.
 */
export async function* scanJournal(
  file: ReadableFile,
  from: number,
): AsyncGenerator<ScannedCommit, ScanEnd> {
  let start = from;
  let bytes = new Uint8Array();
  let searched = 0;
  let suspectAt: number | undefined;
  for (;;) {
    const line = nextCommitLine(bytes, searched);
    if (line === undefined) {
      searched = lastLineStart(bytes);
      const more = await file.read(start + bytes.length, Math.max(firstReadLength, bytes.length));
      if (more.length === 0) break;
      bytes = concat([bytes, more]);
      continue;
    }
    const text = decoder.decode(bytes.subarray(line.start, line.end));
    const commit = parseCommitLine(text);
    if (commit && isIntact(bytes.subarray(0, line.start), text, commit)) {
      if (suspectAt !== undefined) return { end: suspectAt, tornBytes: 0, damagedAt: suspectAt };
      const closed = bytes.subarray(0, line.start);
      const end = start + line.end + 1;
      yield {
        get lines(): string[] {
          return linesOf(closed);
        },
        commit,
        start,
        end,
      };
      start = end;
      bytes = bytes.subarray(line.end + 1);
      searched = 0;
    } else {
      suspectAt ??= start;
      start += line.end + 1;
      bytes = bytes.subarray(line.end + 1);
      searched = 0;
    }
  }
  const end = suspectAt ?? start;
  return { end, tornBytes: start + bytes.length - end, damagedAt: undefined };
}

/** Finds the next whole line that may be a commit line. */
function nextCommitLine(
  bytes: Uint8Array,
  from: number,
): { start: number; end: number } | undefined {
  for (let start = from;;) {
    const end = bytes.indexOf(lineEnd, start);
    if (end < 0) return undefined;
    if (isCommitLine(decoder.decode(bytes.subarray(start, Math.min(end, start + 16))))) {
      return { start, end };
    }
    start = end + 1;
  }
}

function linesOf(bytes: Uint8Array): string[] {
  return decoder.decode(bytes).split("\n").slice(0, -1);
}

function lastLineStart(bytes: Uint8Array): number {
  return bytes.lastIndexOf(lineEnd) + 1;
}
