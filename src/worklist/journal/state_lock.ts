// Touches the world: the lock of the state folder.
/**
 * The lock by which one process holds a state folder.
 *
 * The operating system holds it, so that it is gone when the process is, however that ended. What is written
 * in the file only tells a second process who holds it. As the file can be removed, and another process can then lock a
 * new one, whoever holds the folder looks before each commit whether the file is still the one that it locked.
 *
 * @module
 */
import { checkSeal, sealJson } from "../../base/sealed_json.ts";
import { diskReason, isFull, StoreError } from "./store_error.ts";

/** Who holds a state folder. */
export interface LockHolder {
  readonly pid: number;
  /** The name of its machine; empty where the permission to read it was not given. */
  readonly host: string;
  /** Since when: RFC 3339, UTC. */
  readonly since: string;
}

/** Another process holds the state folder that this one held. */
export class LockLostError extends StoreError {
  override readonly name = "LockLostError";
}

/** A state folder that is held; it is released when the lock is. */
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
   * Takes hold of a state folder, and makes it at the first time.
   *
   * @param stateFolder The state folder.
   * @param since Now: RFC 3339, UTC.
   * @throws {StoreError} If another process holds it, saying which; or if it cannot be made.
   */
  static async take(stateFolder: string, since: string): Promise<StateLock> {
    const holder = { pid: Deno.pid, host: hostName(), since };
    const file = await lock(stateFolder, holder);
    if (file !== undefined) return new StateLock(stateFolder, holder, file);
    throw heldError(lockPath(stateFolder), await readHolder(stateFolder));
  }

  /**
   * Makes sure that this process still holds the folder. A lock file that was removed is locked again, unless another
   * process was faster.
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
    const bytes = await Deno.readFile(lockPath(stateFolder));
    if (checkSeal(bytes.subarray(0, -1)) === "damaged") return undefined;
    const { pid, host, since }: LockHolder = JSON.parse(new TextDecoder().decode(bytes));
    return { pid, host, since };
  } catch {
    return undefined;
  }
}

/** Locks the file, and says in it who holds it; undefined if another process has locked it. */
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
      // Removed between opening and locking: what is locked then protects nothing.
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

/** The lock holds also where a full disk keeps us from saying whose it is. */
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
      hint: "look at the rights of the state folder and of the folder it is in",
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
