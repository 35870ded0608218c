/**
 * Reads files line by line, whatever their length.
 *
 * @module
 */
import { concat } from "../../base/concat.ts";
import type { ReadableFile } from "./disk.ts";

const readLength = 1 << 20;
const lineEnd = 0x0A;

/**
 * Reads the whole lines of a file. Bytes after the last line feed are left out.
 *
 * @param file The file.
 * @returns The bytes of each line, without its line feed.
 */
export async function* readLines(file: ReadableFile): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for (let offset = 0; offset < file.size;) {
    const chunk = await file.read(
      offset,
      Math.max(readLength, rest.length),
    );
    if (chunk.length === 0) break;
    offset += chunk.length;
    const bytes = rest.length === 0 ? chunk : concat([rest, chunk]);
    let start = 0;
    for (let end; (end = bytes.indexOf(lineEnd, start)) >= 0; start = end + 1) {
      yield bytes.subarray(start, end);
    }
    rest = bytes.subarray(start);
  }
}
