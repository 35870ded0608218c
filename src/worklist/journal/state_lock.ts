// Touches the world: the lock of the state folder.
/**
 * The lock of a state folder. Only one process at a time holds it.
 *
 * The operating system holds the lock, so it ends with the process, however that ends. The text in the file
 * only names the holder to a second process. The file can be removed, and another process can then lock a new
 * one. Therefore the holder checks before each commit that the file is still the one that it locked.
 *
 * @module
 */
import { checkSeal, sealJson } from "../../base/sealed_json.ts";
import { diskReason, isFull, StoreError } from "./store_error.ts";

/** The process that holds a state folder. */
export interface LockHolder {
  readonly pid: number;
  /** The name of its machine; empty without the permission to read it. */
  readonly host: string;
  /** The time since which it holds the folder: RFC 3339, UTC. */
  readonly since: string;
}

/** The error of a process whose state folder is now held by another. */
export class LockLostError extends StoreError {
  override readonly name = "LockLostError";
}

/** A held state folder. It is released with the lock. */
export class StateLock {
  readonly #folder: string;
  readonly #holder: LockHolder;
  #file: Deno.FsFile;
  #verifying: Promise<boolean> | undefined;

  private constructor(folder: string, holder: LockHolder, file: Deno.FsFile) {
    this.#folder = folder;
    this.#holder = holder;
    this.#file = file;
  }

  /**
   * Locks a state folder, and makes the folder at the first time.
   *
   * @param stateFolder The state folder.
   * @param since The present time: RFC 3339, UTC.
   * @throws {StoreError} If another process holds the folder, which the message names, or if the folder
   * cannot be made.
   */
  static async take(stateFolder: string, since: string): Promise<StateLock> {
    const holder = { pid: Deno.pid, host: hostName(), since };
    const file = await lock(stateFolder, holder);
    if (file !== undefined) return new StateLock(stateFolder, holder, file);
    throw heldError(lockPath(stateFolder), await readHolder(stateFolder));
  }

  /**
   * Checks that this process still holds the folder. A lock file that was removed is locked again, unless
   * another process was faster.
   *
   * @returns True if the file had been removed or replaced and is locked again.
   * @throws {LockLostError} If another process holds the folder now.
   */
  verify(): Promise<boolean> {
    this.#verifying ??= this.#verify().finally(() => this.#verifying = undefined);
    return this.#verifying;
  }

  async #verify(): Promise<boolean> {
    const path = lockPath(this.#folder);
    const [held, there] = await Promise.all([this.#file.stat(), statIfThere(path)]);
    if (there?.ino === held.ino && there.dev === held.dev) return false;
    const file = await lock(this.#folder, this.#holder);
    if (file === undefined) throw lostError(path, await readHolder(this.#folder));
    this.#file.close();
    this.#file = file;
    return true;
  }

  /** Releases the folder. */
  release(): void {
    this.#file.close();
  }

  /** Releases the folder. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Reads which process holds a state folder, or held it last.
 *
 * @param stateFolder The state folder.
 * @returns The holder; undefined if no process ever held the folder.
 */
export async function readHolder(stateFolder: string): Promise<LockHolder | undefined> {
  try {
    const bytes = await Deno.readFile(lockPath(stateFolder));
    if (checkSeal(bytes.subarray(0, -1)) === "damaged") return undefined;
    const { pid, host, since }: LockHolder = JSON.parse(new TextDecoder().decode(bytes));
    return { pid, host, since };
  } catch {
    return undefined;
  }
}

/** Locks the file and writes the holder into it; undefined if another process has locked it. */
async function lock(stateFolder: string, holder: LockHolder): Promise<Deno.FsFile | undefined> {
  const path = lockPath(stateFolder);
  for (;;) {
    const file = await openLock(stateFolder, path);
    try {
      if (!await file.tryLock(true)) {
        file.close();
        return undefined;
      }
      const [locked, there] = await Promise.all([file.stat(), statIfThere(path)]);
      // The file was removed between opening and locking, so this lock protects nothing.
      if (there?.ino !== locked.ino || there.dev !== locked.dev) {
        file.close();
        continue;
      }
      await writeHolder(file, holder);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes the holder. The lock holds even if a full disk prevents this. */
async function writeHolder(file: Deno.FsFile, holder: LockHolder): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${sealJson(JSON.stringify(holder))}\n`));
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

function hostName(): string {
  const permission = { name: "sys", kind: "hostname" } as const;
  return Deno.permissions.querySync(permission).state === "granted" ? Deno.hostname() : "";
}

function lockPath(stateFolder: string): string {
  return `${stateFolder}/lock`;
}

async function openLock(stateFolder: string, path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(stateFolder, { recursive: true, mode: 0o700 });
    return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new StoreError(`Cannot open ${path}: ${diskReason(cause)}`, {
      path,
      hint: "check the rights of the state folder and of the folder above it",
      cause,
    });
  }
}

function heldError(path: string, holder: LockHolder | undefined): StoreError {
  return new StoreError(`Cannot hold ${path}: it is held by ${nameOf(holder)}`, {
    path,
    hint: "stop the other worklistd, or give this one another state_dir",
  });
}

function lostError(path: string, holder: LockHolder | undefined): LockLostError {
  return new LockLostError(
    `Cannot commit: ${path} was removed or replaced, and ${
      nameOf(holder)
    } holds the state folder now`,
    {
      path,
      hint: "two daemons must not share a state folder: stop one, and never remove the lock",
    },
  );
}

function nameOf(holder: LockHolder | undefined): string {
  return holder
    ? `process ${holder.pid}${holder.host && ` on ${holder.host}`} since ${holder.since}`
    : "another process";
}
