/**
 * Files of the state folder that are read and replaced whole.
 *
 * @module
 */
import type { Disk } from "./disk.ts";

/**
 * Replaces a file. After a power failure it has its old or its new content: the new file is synced before it is
 * renamed over the old one, and the folder after that.
 *
 * @param disk The file system.
 * @param folder The folder.
 * @param name The name of the file in it.
 * @param chunks The new content.
 */
export async function replaceFile(
  disk: Disk,
  folder: string,
  name: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const path = `${folder}/${name}`;
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  const file = await disk.openToAppend(temporary);
  try {
    for (const chunk of chunks) await file.write(chunk);
    await file.sync();
  } finally {
    file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(folder);
}

/**
 * Reads a file as text.
 *
 * @param disk The file system.
 * @param path The file.
 * @returns The text; undefined if there is no file.
 */
export async function readWholeText(disk: Disk, path: string): Promise<string | undefined> {
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    file.close();
  }
}
