// Touches the world: writes, renames and deletes worklist files.
/**
 * The `worklist-folder` sink: one `.wl` file for each item, as DCMTK's wlmscpfs and Orthanc serve them.
 *
 * Only files named `wl-`, the hash of the sink's name, `-`, the item's keyed hash, `.wl` are ours; no other
 * file is touched. Each is written whole under another name in its folder, synced and renamed. Each folder
 * has the `lockfile` that wlmscpfs needs. Folders that become empty stay.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { open as openFile } from "node:fs/promises";
import { parseJson } from "../../dicom/json/json_decode.ts";
import type { Item } from "../../worklist/journal/journal.ts";
import {
  folderOf,
  isTemporary,
  removeIfThere,
  syncFolder,
  writeFileAtomically,
} from "../../base/atomic_file.ts";
import { DeliveryError } from "../delivery_error.ts";
import { foldersOf, type FolderTemplate, parseFolderTemplate } from "../folder_template.ts";
import type { QueryState, SinkContext, StateSink } from "../sink.ts";
import { messageOf } from "../message.ts";
import { encodeWorklistFile } from "../worklist_file.ts";

/** The options of the `worklist-folder` sink. */
export interface WorklistFolderOptions {
  readonly type: "worklist-folder";
  /**
   * The absolute path of the folder. A segment may hold `${Keyword}`, which is replaced by the value of that
   * attribute. An item with several values gets several folders.
   */
  readonly path: string;
  /**
   * The Specific Character Set of the files, values joined by `\`; undefined: the one in which the peer sent
   * the item.
   */
  readonly characterSet?: string | undefined;
}

/** The number of files that are written at the same time, so that their syncs share the disk's journal. */
const writersAtOnce = 16;

/**
 * The time after which the folder is checked even if no item changed, because others may have deleted files
 * in it.
 */
const refreshMs = 60_000;

/** The files of one item, as they were written. */
interface Written {
  readonly version: string;
  readonly paths: readonly string[];
}

class WorklistFolderSink implements StateSink {
  readonly kind = "state";
  readonly refreshMs = refreshMs;
  readonly #name: string;
  readonly #template: FolderTemplate;
  readonly #characterSet: readonly string[] | undefined;
  readonly #prefix: string;
  readonly #written = new Map<string, Written>();
  /** The folders that this update has prepared. */
  readonly #ready = new Set<string>();
  /** The folders in which this update changed a file. */
  readonly #touched = new Set<string>();

  constructor(options: WorklistFolderOptions, { name }: SinkContext) {
    this.#name = name;
    this.#template = parseFolderTemplate(options.path);
    this.#characterSet = options.characterSet?.split("\\");
    this.#prefix = `wl-${createHash("sha256").update(name).digest("hex").slice(0, 8)}-`;
  }

  async update(queries: readonly QueryState[], signal: AbortSignal): Promise<void> {
    const problems: Problem[] = [];
    const attempt = (task: Promise<void>, file?: string): Promise<void> =>
      task.catch((error) => void problems.push({ error, file }));
    this.#ready.clear();
    this.#touched.clear();
    const items = new Map<string, Item>();
    for (const query of queries) for (const item of query.items) items.set(item.subject, item);
    const there = await this.#filesThere(attempt);
    await inParallel(items.values(), writersAtOnce, async (item) => {
      if (!signal.aborted) await attempt(this.#write(item, there), this.#fileName(item));
    });
    signal.throwIfAborted();
    await attempt(this.#prepareAll());
    await attempt(this.#removeOthers(items, there, problems));
    for (const folder of this.#touched) await attempt(syncFolder(folder));
    if (problems.length > 0) throw this.#failure(problems);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes the files of an item that is new, has changed, or has lost a file. */
  async #write(item: Item, there: ReadonlySet<string>): Promise<void> {
    const version = `${item.fingerprint}.${item.sequence}.${item.configuration}`;
    const before = this.#written.get(item.subject);
    const isThere = before?.paths.every((path) => there.has(path)) ?? false;
    if (before?.version === version && isThere) return;
    const dataSet = parseJson(item.json);
    const terms = this.#characterSet ?? item.characterSet?.split("\\") ?? [];
    const folders = foldersOf(this.#template, dataSet);
    const paths = folders.map((folder) => `${folder}/${this.#fileName(item)}`);
    const file = encodeWorklistFile(dataSet, item.subject, terms);
    for (const folder of folders) await this.#prepare(folder);
    for (const path of paths) {
      if (before === undefined && await holds(path, file)) continue;
      await writeFileAtomically(path, [file], { syncsFolder: false, isTidied: true });
      this.#touched.add(folderOf(path));
    }
    this.#written.set(item.subject, { version, paths });
  }

  #fileName({ subject }: Item): string {
    return `${this.#prefix}${subject.replaceAll(/[^\w-]/g, "_")}.wl`;
  }

  /**
   * Removes our files that belong to no item. If the new file of an item could not be written, its old file
   * stays.
   */
  async #removeOthers(
    items: ReadonlyMap<string, Item>,
    there: ReadonlySet<string>,
    problems: readonly Problem[],
  ): Promise<void> {
    for (const subject of this.#written.keys()) {
      if (!items.has(subject)) this.#written.delete(subject);
    }
    const wanted = new Set([...this.#written.values()].flatMap(({ paths }) => paths));
    const unsettled = new Set(problems.map(({ file }) => file));
    for (const path of there) {
      const isUnsettled = unsettled.has(path.slice(path.lastIndexOf("/") + 1));
      if (wanted.has(path) || isUnsettled) continue;
      if (await removeIfThere(path)) this.#touched.add(folderOf(path));
    }
  }

  /** Finds all files with our names in the folders that the template can lead to. */
  async #filesThere(attempt: (task: Promise<void>) => Promise<void>): Promise<Set<string>> {
    const there = new Set<string>();
    const look = async (folder: string, depth: number): Promise<void> => {
      const entries = await entriesOf(folder);
      for (const { name, isDirectory, isFile } of entries) {
        const path = `${folder === "/" ? "" : folder}/${name}`;
        if (depth > 0 && isDirectory) await attempt(look(path, depth - 1));
        else if (isFile && this.#isOurs(name)) there.add(path);
      }
    };
    await attempt(look(this.#template.root, this.#template.segments.length));
    return there;
  }

  #isOurs(name: string): boolean {
    const file = /^.*?\.wl(?=$|\.)/.exec(name)?.[0] ?? "";
    return name.startsWith(this.#prefix) && (name === file || isTemporary(name, file));
  }

  /**
   * Prepares all folders with items. Without placeholders, the one folder is prepared also if there are no
   * items.
   */
  async #prepareAll(): Promise<void> {
    const { root, segments } = this.#template;
    if (segments.length === 0) await this.#prepare(root);
    const folders = [...this.#written.values()].flatMap(({ paths }) => paths.map(folderOf));
    for (const folder of new Set(folders)) await this.#prepare(folder);
  }

  /** Prepares a folder for serving. */
  async #prepare(folder: string): Promise<void> {
    if (this.#ready.has(folder)) return;
    await Deno.mkdir(this.#template.root, { recursive: true });
    await makeFolders(this.#template.root, folder);
    if (await makeLockfile(`${folder}/lockfile`)) this.#touched.add(folder);
    this.#ready.add(folder);
  }

  #failure(problems: readonly Problem[]): DeliveryError {
    const errors = problems.map(({ error }) => error);
    const problem = `${problems.length} files could not be brought up to date: ${
      messageOf(errors[0])
    }`;
    return new DeliveryError(this.#name, problem, { cause: new AggregateError(errors) });
  }
}

/** A failure during an update of the folder. */
interface Problem {
  readonly error: unknown;
  /** The name of the file that could not be written. */
  readonly file: string | undefined;
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Makes the folders between the root and a folder in it. None of them may be a link, because a link would
 * carry files with patient data to another place. The root may be a link, because the operator chose it.
 */
async function makeFolders(root: string, folder: string): Promise<void> {
  let path = root === "/" ? "" : root;
  for (const name of folder.slice(path.length).split("/").filter((each) => each !== "")) {
    path += `/${name}`;
    const there = await Deno.lstat(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (there?.isSymlink) {
      throw new Error(`${path} is a symbolic link, which is not followed. Make it a folder`);
    }
    if (there === undefined) await Deno.mkdir(path, { recursive: true });
  }
}

/** Makes the file that wlmscpfs locks while it reads. wlmscpfs opens it for writing, so everyone may write it. */
async function makeLockfile(path: string): Promise<boolean> {
  try {
    const file = await openFile(path, "wx", 0o666);
    try {
      // The mode is set on the open file. The name may lead elsewhere by now.
      await file.chmod(0o666);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const there = await Deno.readFile(path);
    return there.length === bytes.length && there.every((byte, index) => byte === bytes[index]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function inParallel<T>(
  all: Iterable<T>,
  workers: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const rest = Iterator.from(all);
  await Promise.all(Array.from({ length: workers }, async () => {
    for (const one of rest) await work(one);
  }));
}

/**
 * Makes a `worklist-folder` sink.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 * @throws {SyntaxError} If a placeholder in the path is no key path.
 */
export function makeWorklistFolderSink(
  options: WorklistFolderOptions,
  context: SinkContext,
): StateSink {
  return new WorklistFolderSink(options, context);
}
