// Touches the world: writes files.
/**
 * Files that are replaced whole: whoever reads one, or finds it after a power loss, has the old one or
 * the new one.
 *
 * @module
 */

/** Options of replacing a file. */
export interface AtomicWriteOptions {
  /** Permission bits of the new file. @default as the umask says */
  readonly mode?: number;
  /**
   * Sync the folder too. A caller that replaces many files does it once, with {@linkcode syncFolder}.
   *
   * @default {true}
   */
  readonly syncsFolder?: boolean;
}

/** The ending of files that are still being written; what a crash leaves of them is worthless. */
export const temporarySuffix = ".tmp";

/**
 * Replaces a file: writes beside it, syncs, renames, syncs the folder.
 *
 * @param path The file.
 * @param chunks Its new content.
 * @param options Mode and sync.
 * @throws {Error} If the operating system refuses. The file is then the old one, or the new one if only
 * the last sync failed.
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { mode, syncsFolder = true }: AtomicWriteOptions = {},
): Promise<void> {
  const temporary = path + temporarySuffix;
  try {
    using file = await Deno.open(temporary, {
      write: true,
      create: true,
      truncate: true,
      ...(mode === undefined ? {} : { mode }),
    });
    for await (const chunk of chunks) await writeAll(file, chunk);
    await file.sync();
  } catch (error) {
    await removeIfThere(temporary).catch(() => {});
    throw error;
  }
  await Deno.rename(temporary, path);
  if (syncsFolder) await syncFolder(folderOf(path));
}

/**
 * Writes all of the bytes.
 *
 * @param file The destination.
 * @param bytes The bytes.
 */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/**
 * Makes renames and deletions in a folder survive a power loss.
 *
 * @param path The folder.
 */
export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/**
 * Deletes a file; one that is not there is fine.
 *
 * @param path The file.
 * @returns True if it existed.
 */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Takes the folder out of a path.
 *
 * @param path A path with forward slashes.
 * @returns All before the last slash.
 */
export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at > 0 ? path.slice(0, at) : at === 0 ? "/" : ".";
}
