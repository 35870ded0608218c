/**
 * The format of a state folder, in its file `version`.
 *
 * Format 1 has no such file, and checksums only in the journal. Its files are read. Each is written in format
 * 2 with its next write.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { formatChecksum } from "../../base/sealed_json.ts";
import type { Disk } from "./disk.ts";
import { StoreError } from "./store_error.ts";
import { readWholeText, replaceFile } from "./whole_file.ts";

/** The format that this version writes, and the newest that it reads. */
const stateFormat = 2;
const fileName = "version";

/**
 * Checks that this version can use a state folder, and records the format that it writes.
 *
 * @param disk The file system.
 * @param stateFolder The state folder. This process must hold it.
 * @param onProblem Receives a message if the file is damaged and written again. That is safe, because each
 * other file names its own format.
 * @throws {StoreError} If a newer version wrote the folder.
 */
export async function takeStateVersion(
  disk: Disk,
  stateFolder: string,
  onProblem: (message: string) => void,
): Promise<void> {
  const path = `${stateFolder}/${fileName}`;
  const text = await readWholeText(disk, path);
  const format = text === undefined ? 1 : parseVersion(text);
  if (format !== undefined && format > stateFormat) {
    throw new StoreError(`Cannot use ${stateFolder}: it is of format ${format}`, {
      path,
      hint:
        `a newer version of worklistd wrote it: run that version; this one knows formats up to ${stateFormat}`,
    });
  }
  if (format === stateFormat) return;
  if (format === undefined) onProblem(`${path} is damaged and is written again`);
  try {
    await write(disk, stateFolder);
  } catch {
    // The start goes on with a full disk. The next start tries again.
  }
}

/** Parses the file; undefined if it is damaged. */
function parseVersion(text: string): number | undefined {
  const [, head = "", digits, checksum] =
    /^(worklistd-state-(\d{1,6})) ([0-9a-f]{8})\n$/.exec(text) ??
      [];
  return checksum === formatChecksum(crc32(head)) ? Number(digits) : undefined;
}

async function write(disk: Disk, stateFolder: string): Promise<void> {
  const head = `worklistd-state-${stateFormat}`;
  const text = `${head} ${formatChecksum(crc32(head))}\n`;
  await replaceFile(disk, stateFolder, fileName, [new TextEncoder().encode(text)]);
}
