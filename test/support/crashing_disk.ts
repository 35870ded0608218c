import type { AppendableFile, Disk, ReadableFile } from "../../src/worklist/journal/disk.ts";

/** What a power loss leaves of what was not made durable; of names, removals alone may be kept. */
export type Loss = "everything-kept" | "everything-lost" | "half-written" | "removals-kept";

/** The machine stopped. */
export class PowerLoss extends Error {
  override readonly name = "PowerLoss";
}

interface Content {
  bytes: Uint8Array;
  /** What is durable of it. */
  synced: Uint8Array;
  modified: number;
  readonly identity: string;
}

/** A file system in memory that stops, or fails, at any operation; it keeps what was made durable. */
export class CrashingDisk implements Disk {
  /** Operations so far: those that write. */
  operations = 0;
  /** The operation at which the machine stops. */
  crashAt = Infinity;
  /** Operations that fail with an error of the system, such as a full disk. */
  failing: ((operation: string, path: string) => Error | undefined) | undefined;
  /** What clocks say, in milliseconds since 1970. */
  now = 0;
  /** Files made so far. */
  #files = 0;
  #names: Map<string, Content>;
  #durableNames: Map<string, Content>;

  constructor(names: ReadonlyMap<string, Content> = new Map()) {
    this.#names = new Map(names);
    this.#durableNames = new Map(names);
  }

  /** The disk as the next start finds it. */
  afterPowerLoss(loss: Loss): CrashingDisk {
    const left = new Map(Array.from(this.#namesAfter(loss), ([path, content]) => {
      const bytes = remains(content, loss);
      return [path, { ...content, bytes, synced: bytes }];
    }));
    const disk = new CrashingDisk(left);
    disk.now = this.now;
    return disk;
  }

  #namesAfter(loss: Loss): ReadonlyMap<string, Content> {
    if (loss === "everything-kept") return this.#names;
    if (loss !== "removals-kept") return this.#durableNames;
    const contents = new Set(this.#names.values());
    return new Map(
      Array.from(this.#durableNames).filter(([path, content]) =>
        this.#names.has(path) || contents.has(content)
      ),
    );
  }

  /** The text of a file. */
  text(path: string): string | undefined {
    const content = this.#names.get(path);
    return content && new TextDecoder().decode(content.bytes);
  }

  /** The bytes of a file. */
  bytes(path: string): Uint8Array {
    return this.#content(path).bytes;
  }

  /** The paths of all files. */
  paths(): string[] {
    return [...this.#names.keys()];
  }

  /** Puts bytes into a file as if another hand had. */
  put(path: string, bytes: Uint8Array): void {
    this.#names.set(path, { ...this.#empty(), bytes, synced: bytes });
    this.#durableNames.set(path, this.#content(path));
  }

  list(folder: string): Promise<string[]> {
    const names = [...this.#names.keys()].filter((path) => parentOf(path) === folder);
    return Promise.resolve(names.map((path) => path.slice(folder.length + 1)));
  }

  listFolders(folder: string): Promise<string[]> {
    const below = [...this.#names.keys()].filter((path) => path.startsWith(`${folder}/`));
    const names = below.map((path) => path.slice(folder.length + 1).split("/"));
    return Promise.resolve([...new Set(names.flatMap(([name = "", rest]) => rest ? [name] : []))]);
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  modified(path: string): Promise<number | undefined> {
    return Promise.resolve(this.#names.get(path)?.modified);
  }

  identify(path: string): Promise<{ identity: string; size: number } | undefined> {
    const content = this.#names.get(path);
    return Promise.resolve(content && { identity: content.identity, size: content.bytes.length });
  }

  openToRead(path: string): Promise<ReadableFile | undefined> {
    const content = this.#names.get(path);
    if (content === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      size: content.bytes.length,
      read: (offset, length) => Promise.resolve(content.bytes.slice(offset, offset + length)),
      close: () => {},
    });
  }

  async openToAppend(path: string): Promise<AppendableFile> {
    await this.#operate("open", path);
    if (!this.#names.has(path)) this.#names.set(path, this.#empty());
    const content = this.#content(path);
    return {
      identity: content.identity,
      write: async (bytes) => {
        const half = bytes.subarray(0, bytes.length >> 1);
        await this.#operate("write", path, () => this.#append(content, half));
        this.#append(content, bytes);
      },
      truncate: async (size) => {
        await this.#operate("truncate", path);
        content.bytes = content.bytes.slice(0, size);
      },
      sync: async () => {
        await this.#operate("sync", path);
        content.synced = content.bytes;
      },
      close: () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operate("rename", from);
    this.#names.set(to, this.#content(from));
    this.#names.delete(from);
  }

  async remove(path: string): Promise<void> {
    if (!this.#names.has(path)) return;
    await this.#operate("remove", path);
    this.#names.delete(path);
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#operate("syncFolder", folder);
    for (const path of [...this.#durableNames.keys()]) {
      if (parentOf(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path);
    }
    for (const [path, content] of this.#names) {
      if (parentOf(path) === folder) this.#durableNames.set(path, content);
    }
  }

  /** Counts an operation; when it is the one that is not finished, does half of it and stops. */
  #operate(operation: string, path: string, half: () => void = () => {}): Promise<void> {
    if (this.operations >= this.crashAt) return Promise.reject(new PowerLoss());
    this.operations++;
    if (this.operations >= this.crashAt) {
      half();
      return Promise.reject(new PowerLoss());
    }
    const failure = this.failing?.(operation, path);
    if (failure === undefined) return Promise.resolve();
    half();
    return Promise.reject(failure);
  }

  #append(content: Content, bytes: Uint8Array): void {
    const joined = new Uint8Array(content.bytes.length + bytes.length);
    joined.set(content.bytes);
    joined.set(bytes, content.bytes.length);
    content.bytes = joined;
    content.modified = this.now;
  }

  #empty(): Content {
    const identity = `${this.#files++}`;
    return { bytes: new Uint8Array(), synced: new Uint8Array(), modified: this.now, identity };
  }

  #content(path: string): Content {
    const content = this.#names.get(path);
    if (content === undefined) throw new Error(`no such file: ${path}`);
    return content;
  }
}

/** Of what was not durable all, nothing, or its length with its first half missing. */
function remains({ bytes, synced }: Content, loss: Loss): Uint8Array {
  if (loss === "everything-kept") return bytes;
  if (loss === "everything-lost" || bytes.length <= synced.length) return synced;
  const left = bytes.slice();
  left.fill(0, synced.length, (synced.length + bytes.length) >> 1);
  return left;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
