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
   * @default as `syncs`
   */
  readonly syncsFolder?: boolean;
  /** False: what a power loss leaves is not worth the wait. @default {true} */
  readonly syncs?: boolean;
  /** True if the caller removes itself what a crash left in the folder. @default {false} */
  readonly isTidied?: boolean;
}

/**
 * True for a file that was still being written; if a crash left it, it is worthless.
 *
 * @param name The name of a file.
 * @param of The name of the file that it was to replace.
 */
export function isTemporary(name: string, of: string): boolean {
  return name.startsWith(of) && /^(\.[0-9a-f]{16})?\.tmp$/.test(name.slice(of.length));
}

/** Files of which this process has removed what a crash left. */
const tidied = new Set<string>();

/**
 * Replaces a file: writes beside it, syncs, renames, syncs the folder.
 *
 * The new file has a random name until it is complete, and is opened so that it must not exist: a link that somebody
 * planted is never followed.
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
  { mode, syncs = true, syncsFolder = syncs, isTidied = false }: AtomicWriteOptions = {},
): Promise<void> {
  if (!isTidied && !tidied.has(path)) {
    await removeLeftovers(path);
    tidied.add(path);
  }
  const temporary = `${path}.${crypto.getRandomValues(new Uint8Array(8)).toHex()}.tmp`;
  using file = await Deno.open(temporary, {
    write: true,
    createNew: true,
    ...(mode === undefined ? {} : { mode }),
  });
  try {
    for await (const chunk of chunks) await writeAll(file, chunk);
    if (syncs) await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary).catch(() => {});
    throw error;
  }
  if (syncsFolder) await syncFolder(folderOf(path));
}

/** Removes what a crash left of earlier writes. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = folderOf(path);
  const own = path.slice(path.lastIndexOf("/") + 1);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory && isTemporary(name, own)) await removeIfThere(`${folder}/${name}`);
  }
}

/**
 * Opens a file to append to it, and creates it if it is not there. A symbolic link is not followed.
 *
 * @param path The file.
 * @param options `read`: open it for reading, too; `mode`: permission bits of a new file.
 * @returns The open file.
 * @throws {Error} If it is a link, or cannot be opened.
 */
export async function openToAppend(
  path: string,
  options: { readonly read?: boolean; readonly mode?: number } = {},
): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { ...options, append: true, createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const there = await Deno.lstat(path);
  if (there.isSymlink) throw new Error(`it is a symbolic link. Name the file that it leads to`);
  const file = await Deno.open(path, { ...options, append: true });
  const opened = await file.stat();
  if (opened.ino === there.ino && opened.dev === there.dev) return file;
  file.close();
  throw new Error("another file took its place while it was opened");
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
