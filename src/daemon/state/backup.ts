// Touches the world: copies the state folder.
/**
 * Backups of the state folder: one folder, consistent, taken while the daemon runs.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { syncFolder } from "../../base/atomic_file.ts";
import { localDisk } from "../../worklist/journal/disk.ts";
import { loadState } from "../../worklist/journal/load.ts";
import { StoreError } from "../../worklist/journal/store_error.ts";
import { beginGeneration, type Generation, readGeneration } from "./generation.ts";

/** The number of attempts to copy a query whose files the daemon rewrites meanwhile. */
const attempts = 10;
const manifestName = "backup.json";

/** A file of a backup beside the state. */
interface Manifest {
  readonly format: "worklistd-backup-1";
  readonly time: string;
  /** SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Copies a state folder. The daemon may go on: files are appended to or replaced whole, and a query whose copy does not
 * load is copied again.
 *
 * The progress of sinks is copied before the journals. So a restored sink is never ahead of its journal, and
 * repeats a few events under their ids.
 *
 * @param stateDir The state folder.
 * @param target The folder to make; it must not exist.
 * @param time Now: RFC 3339, UTC.
 * @returns The number of queries.
 * @throws {StoreError} If the folder exists, or the state cannot be read.
 */
export async function backUp(stateDir: string, target: string, time: string): Promise<number> {
  if (await exists(target)) {
    throw new StoreError(`Cannot write a backup to ${target}: it exists`, {
      path: target,
      hint: "name a folder that does not exist",
    });
  }
  const partial = `${target}.partial`;
  await Deno.remove(partial, { recursive: true }).catch(() => {});
  await Deno.mkdir(partial, { recursive: true, mode: 0o700 });
  for (const name of await namesIn(stateDir)) {
    if (!isState(name)) continue;
    const { isFile } = await Deno.stat(`${stateDir}/${name}`);
    if (isFile) await copyFile(`${stateDir}/${name}`, `${partial}/${name}`);
  }
  await copyFolder(`${stateDir}/sinks`, `${partial}/sinks`);
  const queries = await namesIn(`${stateDir}/queries`);
  await Deno.mkdir(`${partial}/queries`, { mode: 0o700 });
  for (const query of queries) {
    await copyQuery(`${stateDir}/queries/${query}`, `${partial}/queries/${query}`);
  }
  const manifest: Manifest = { format: "worklistd-backup-1", time, files: await sumsOf(partial) };
  await Deno.writeTextFile(`${partial}/${manifestName}`, `${JSON.stringify(manifest, null, 1)}\n`);
  await syncFolder(partial);
  await Deno.rename(partial, target);
  return queries.length;
}

/**
 * Puts a backup in the place of the state, which is kept beside it, and begins a new generation.
 *
 * @param backup The backup.
 * @param stateDir The state folder; held by this process, or new.
 * @param now The present.
 * @returns The new generation, and where the earlier state is now.
 * @throws {StoreError} If the backup is not as it was written.
 */
export async function restore(
  backup: string,
  stateDir: string,
  now: Temporal.Instant,
): Promise<{ generation: Generation; kept: string | undefined }> {
  await verifyBackup(backup);
  const before = await readGeneration(backup);
  const current = await readGeneration(stateDir).catch(() => before);
  const kept = await setAside(stateDir, now);
  for (const name of await namesIn(backup)) {
    if (name === manifestName) continue;
    const { isDirectory } = await Deno.stat(`${backup}/${name}`);
    if (isDirectory) await copyFolder(`${backup}/${name}`, `${stateDir}/${name}`);
    else await copyFile(`${backup}/${name}`, `${stateDir}/${name}`);
  }
  const latest = current.after > before.after ? current : before;
  const generation = await beginGeneration(stateDir, latest, now.epochMilliseconds);
  await syncFolder(stateDir);
  return { generation, kept };
}

/**
 * Checks that a backup is as it was written.
 *
 * @param backup The backup.
 * @throws {StoreError} If a file is missing, changed or not one of the backup.
 */
export async function verifyBackup(backup: string): Promise<void> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await Deno.readTextFile(`${backup}/${manifestName}`));
  } catch (cause) {
    throw new StoreError(`Cannot read ${backup}: it has no ${manifestName}`, {
      path: backup,
      hint: "name a folder that `worklistd state backup` wrote",
      cause,
    });
  }
  const found = await sumsOf(backup);
  const paths = new Set([...Object.keys(found), ...Object.keys(manifest.files)]);
  const wrong = [...paths].find((path) => found[path] !== manifest.files[path]);
  if (wrong === undefined) return;
  throw new StoreError(`Cannot use ${backup}: ${wrong} is not as it was written`, {
    path: `${backup}/${wrong}`,
    hint: "take another backup",
  });
}

/** Moves what is in the state folder, but for its lock, into a folder of its own. */
async function setAside(stateDir: string, now: Temporal.Instant): Promise<string | undefined> {
  const names = (await namesIn(stateDir)).filter(isState);
  if (names.length === 0) return undefined;
  const kept = `${stateDir}/replaced-${
    now.toString({ smallestUnit: "second" }).replaceAll(":", "")
  }`;
  await Deno.mkdir(kept, { mode: 0o700 });
  for (const name of names) await Deno.rename(`${stateDir}/${name}`, `${kept}/${name}`);
  return kept;
}

function isState(name: string): boolean {
  return name !== "lock" && name !== "control.sock" && !name.startsWith("replaced-");
}

async function copyQuery(from: string, to: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await copyFolder(from, to);
      await loadState(localDisk, to);
      return;
    } catch (error) {
      await Deno.remove(to, { recursive: true }).catch(() => {});
      const isOfFiles = error instanceof StoreError || error instanceof Deno.errors.NotFound;
      if (!isOfFiles || attempt === attempts) throw error;
    }
  }
}

/** The snapshot first: what the journal has after it is never missing then. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  const names = await namesIn(from);
  names.sort((a, b) => Number(b === "snapshot.json") - Number(a === "snapshot.json"));
  for (const name of names) {
    if (name.endsWith(".tmp")) continue;
    const { isDirectory } = await Deno.lstat(`${from}/${name}`);
    const copy = isDirectory ? copyFolder : copyFile;
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
  await syncFolder(to);
}

async function copyFile(from: string, to: string): Promise<void> {
  using target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  using source = await Deno.open(from, { read: true });
  await source.readable.pipeTo(target.writable, { preventClose: true });
  await target.sync();
}

async function sumsOf(folder: string, below = ""): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${below}${name}`;
    if (isDirectory) Object.assign(sums, await sumsOf(`${folder}/${name}`, `${path}/`));
    else if (path !== manifestName) {
      const hash = createHash("sha256");
      using file = await Deno.open(`${folder}/${name}`);
      for await (const chunk of file.readable) hash.update(chunk);
      sums[path] = hash.digest("hex");
    }
  }
  return sums;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    return names.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
