// Touches the world: renames, compresses and deletes files.
/**
 * Rotates a growing file: `path` becomes `path.1`, `path.1` becomes `path.2`, and so on.
 *
 * The file is renamed, never copied and truncated, so a program that follows it to its end loses no line.
 * Only `path.2` and older files are compressed, so that a reader of `path` can finish `path.1`.
 *
 * @module
 */
import { folderOf, removeIfThere, syncFolder, writeFileAtomically } from "../base/atomic_file.ts";

/** The number of rotated files to keep. */
export interface KeepOptions {
  /** The number of files to keep: `path.1`, the newest, to `path.N`. */
  readonly keep: number;
}

const compressedSuffix = ".gz";

/**
 * Rotates a file. A crash on the way leaves a gap in the numbers, which the next call closes.
 *
 * @param path The file. It need not exist.
 * @param options The number of files to keep.
 */
export async function rotateFile(path: string, { keep }: KeepOptions): Promise<void> {
  for (let n = Math.max(keep, 1); await removeNumbered(path, n); n++);
  for (let n = keep - 1; n >= 1; n--) {
    for (const suffix of ["", compressedSuffix]) {
      await renameIfThere(`${path}.${n}${suffix}`, `${path}.${n + 1}${suffix}`);
    }
  }
  if (keep === 0) await removeIfThere(path);
  else await renameIfThere(path, `${path}.1`);
  await syncFolder(folderOf(path));
}

/**
 * Compresses the files that {@linkcode rotateFile} renamed, except the newest.
 *
 * @param path The path of the file that grows.
 * @param options The number of files that are kept.
 */
export async function compressRotated(path: string, { keep }: KeepOptions): Promise<void> {
  for (let n = 2; n <= keep; n++) {
    const plain = `${path}.${n}`;
    const compressed = plain + compressedSuffix;
    const { isFile, mode } = await Deno.lstat(plain).catch(nothing);
    if (isFile && !(await exists(compressed))) {
      await writeFileAtomically(compressed, compressedBytesOf(plain), { mode: mode ?? 0o600 });
    }
    if (await exists(compressed)) await removeIfThere(plain);
  }
}

async function* compressedBytesOf(path: string): AsyncGenerator<Uint8Array> {
  const { readable } = await Deno.open(path, { read: true });
  yield* readable.pipeThrough(new CompressionStream("gzip"));
}

async function removeNumbered(path: string, n: number): Promise<boolean> {
  const plain = await removeIfThere(`${path}.${n}`);
  return await removeIfThere(`${path}.${n}${compressedSuffix}`) || plain;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function nothing(error: unknown): { isFile: false; mode: null } {
  if (error instanceof Deno.errors.NotFound) return { isFile: false, mode: null };
  throw error;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
