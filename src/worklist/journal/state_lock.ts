// Touches the world: the lock of the state folder.
/**
 * The lock by which one process holds a state folder.
 *
 * The operating system holds it, so that it is gone when the process is, however that ended. What is written
 * in the file only tells a second process who holds it.
 *
 * @module
 */
import { diskReason, isFull, StoreError } from "./store_error.ts";

/** Who holds a state folder. */
export interface LockHolder {
  readonly pid: number;
  /** The name of its machine; empty where the permission to read it was not given. */
  readonly host: string;
  /** Since when: RFC 3339, UTC. */
  readonly since: string;
}

/** A state folder that is held; it is released when the lock is. */
export class StateLock {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Takes hold of a state folder, and makes it at the first time.
   *
   * @param stateFolder The state folder.
   * @param since Now: RFC 3339, UTC.
   * @throws {StoreError} If another process holds it, saying which; or if it cannot be made.
   */
  static async take(stateFolder: string, since: string): Promise<StateLock> {
    const path = lockPath(stateFolder);
    const file = await openLock(stateFolder, path);
    try {
      if (!await file.tryLock(true)) throw heldError(path, await readHolder(stateFolder));
      await writeHolder(file, { pid: Deno.pid, host: hostName(), since });
      return new StateLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Lets go of the folder. */
  release(): void {
    this.#file.close();
  }

  /** Lets go of the folder. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Tells who holds a state folder, or held it last.
 *
 * @param stateFolder The state folder.
 * @returns The holder; undefined if nobody ever did.
 */
export async function readHolder(stateFolder: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(lockPath(stateFolder)));
  } catch {
    return undefined;
  }
}

/** The lock holds also where a full disk keeps us from saying whose it is. */
async function writeHolder(file: Deno.FsFile, holder: LockHolder): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${JSON.stringify(holder)}\n`));
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
      hint: "look at the rights of the state folder and of the folder it is in",
      cause,
    });
  }
}

function heldError(path: string, holder: LockHolder | undefined): StoreError {
  const who = holder
    ? `process ${holder.pid}${holder.host && ` on ${holder.host}`} since ${holder.since}`
    : "another process";
  return new StoreError(`Cannot hold ${path}: it is held by ${who}`, {
    path,
    hint: "stop the other worklistd, or give this one another state_dir",
  });
}
