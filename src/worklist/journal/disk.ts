// Touches the world: the files of the state folder.
/**
 * The file operations that the state needs. They are few, so that tests can let each of them fail.
 *
 * @module
 */

import { openToAppend, removeIfThere, syncFolder, writeAll } from "../../base/atomic_file.ts";
import { WorklistdError } from "../../base/worklistd_error.ts";

/** The file system, limited to the operations that the state needs. */
export interface Disk {
  /** The names of the files in a folder; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** The names of the folders in a folder; none if there is no such folder. */
  listFolders(folder: string): Promise<string[]>;
  /** Makes a folder and those above it, readable by its owner only. */
  makeFolder(folder: string): Promise<void>;
  /** The time at which a file was last written, in milliseconds since 1970; undefined if there is no file. */
  modified(path: string): Promise<number | undefined>;
  /**
   * The identity of a file, which differs from that of another file under its name, and its size. Undefined
   * if there is no file.
   */
  identify(path: string): Promise<{ identity: string; size: number } | undefined>;
  /** Opens a file for reading; undefined if there is none. */
  openToRead(path: string): Promise<ReadableFile | undefined>;
  /**
   * Opens a file for appending, and makes it if there is none, readable by its owner only. A symbolic link is not
   * followed.
   *
   * @throws {FileInUseError} If another process has it open for appending.
   */
  openToAppend(path: string): Promise<AppendableFile>;
  /** Renames a file over another. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. It need not exist. */
  remove(path: string): Promise<void>;
  /** Syncs a folder, so that new, renamed and removed names in it survive a power failure. */
  syncFolder(folder: string): Promise<void>;
}

/** A file open for reading. */
export interface ReadableFile {
  readonly size: number;
  /** Reads a range. At the end of the file there are fewer bytes. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): void;
}

/** A file open for appending. */
export interface AppendableFile {
  /** The identity of the file, which differs from that of another file under its name. */
  readonly identity: string;
  /** Appends all of the bytes, or throws. */
  write(bytes: Uint8Array): Promise<void>;
  /** Cuts the file. The next write goes to its new end. */
  truncate(size: number): Promise<void>;
  /** Syncs the file, so that written bytes survive a power failure. */
  sync(): Promise<void>;
  close(): void;
}

/** The error of a file that another process has open for appending. */
export class FileInUseError extends WorklistdError {
  override readonly name = "FileInUseError";

  constructor() {
    super("another process writes to it");
  }
}

/** On Windows no other process can read a locked file, and neither can our own readers. */
const locksAreAdvisory = Deno.build.os !== "windows";
const ownerOnly = { file: 0o600, folder: 0o700 };

/** The file system of this machine. */
export const localDisk: Disk = {
  list: (folder) => namesIn(folder, (entry) => entry.isFile),
  listFolders: (folder) => namesIn(folder, (entry) => entry.isDirectory),

  async makeFolder(folder): Promise<void> {
    await Deno.mkdir(folder, { recursive: true, mode: ownerOnly.folder });
  },

  async modified(path): Promise<number | undefined> {
    const info = await ifThere(Deno.stat(path));
    return info?.mtime?.getTime();
  },

  async identify(path): Promise<{ identity: string; size: number } | undefined> {
    const info = await ifThere(Deno.stat(path));
    return info && { identity: identityOf(info), size: info.size };
  },

  async openToRead(path): Promise<ReadableFile | undefined> {
    const file = await ifThere(Deno.open(path, { read: true }));
    return file && openedToRead(file);
  },

  async openToAppend(path): Promise<AppendableFile> {
    const file = await openToAppend(path, { mode: ownerOnly.file });
    try {
      if (locksAreAdvisory && !await file.tryLock(true)) throw new FileInUseError();
      return appendable(file, identityOf(await file.stat()));
    } catch (error) {
      file.close();
      throw error;
    }
  },

  rename: (from, to) => Deno.rename(from, to),

  async remove(path): Promise<void> {
    await removeIfThere(path);
  },

  syncFolder,
};

async function namesIn(
  folder: string,
  isWanted: (entry: Deno.DirEntry) => boolean,
): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(isWanted).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function identityOf({ dev, ino }: Deno.FileInfo): string {
  return `${dev} ${ino}`;
}

async function openedToRead(file: Deno.FsFile): Promise<ReadableFile> {
  try {
    return readable(file, (await file.stat()).size);
  } catch (error) {
    file.close();
    throw error;
  }
}

function readable(file: Deno.FsFile, size: number): ReadableFile {
  return {
    size,
    async read(offset, length): Promise<Uint8Array> {
      const bytes = new Uint8Array(length);
      await file.seek(offset, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < length) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

function appendable(file: Deno.FsFile, identity: string): AppendableFile {
  return {
    identity,
    write: (bytes) => writeAll(file, bytes),
    truncate: (length) => file.truncate(length),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
