/**
 * The format of a state folder, in its file `version`.
 *
 * Format 1 has no such file and no checksums but those of the journal. Its files are read; each is written in format 2
 * with its next write.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { formatChecksum } from "../../base/sealed_json.ts";
import type { Disk } from "./disk.ts";
import { StoreError } from "./store_error.ts";

/** The format that this version writes, and the newest that it reads. */
const stateFormat = 2;

/**
 * Checks that this version can work on a state folder, and notes the format that it writes.
 *
 * @param disk The file system.
 * @param stateFolder The state folder; held by this process.
 * @param onProblem Is told of a file that is damaged and written again: each other file names its own format too.
 * @throws {StoreError} If a newer version wrote the folder.
 */
export async function takeStateVersion(
  disk: Disk,
  stateFolder: string,
  onProblem: (message: string) => void,
): Promise<void> {
  const path = `${stateFolder}/version`;
  const text = await readText(disk, path);
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
    await write(disk, stateFolder, path);
  } catch {
    // A full disk is no reason not to start: the next start tries again.
  }
}

/** Undefined if the text is damaged. */
function parseVersion(text: string): number | undefined {
  const [, head = "", digits, checksum] =
    /^(worklistd-state-(\d{1,6})) ([0-9a-f]{8})\n$/.exec(text) ??
      [];
  return checksum === formatChecksum(crc32(head)) ? Number(digits) : undefined;
}

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    file.close();
  }
}

async function write(disk: Disk, stateFolder: string, path: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const head = `worklistd-state-${stateFormat}`;
  await disk.remove(temporary);
  const file = await disk.openToAppend(temporary);
  try {
    await file.write(new TextEncoder().encode(`${head} ${formatChecksum(crc32(head))}\n`));
    await file.sync();
  } finally {
    file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(stateFolder);
}
