/** The file operations that change something, as `Deno` has them; writing is treated apart. */
const operations = ["rename", "remove", "mkdir", "truncate", "chmod"] as const;
const fileOperations = ["sync", "syncData", "truncate"] as const;

/**
 * Plays a power cut: from a chosen file operation on, none succeeds any more, and a write that the cut
 * hits reaches the disk by half. Ends, and lets operations succeed again, when it is disposed of.
 */
export class PowerCut implements Disposable {
  /** How many operations there were. */
  count = 0;
  readonly #at: number;
  readonly #happened = Promise.withResolvers<void>();
  readonly #restore: (() => void)[] = [];

  /** @param at The number of the operation that the cut hits, from 1. */
  constructor(at: number) {
    this.#at = at;
    for (const name of operations) this.#patch(Deno, name);
    for (const name of fileOperations) this.#patch(Deno.FsFile.prototype, name);
    this.#patchOpen();
    this.#patchWrite();
  }

  /** Resolves when it has happened. */
  get happened(): Promise<void> {
    return this.#happened.promise;
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #patch<K extends string>(
    owner: Record<K, (...args: never[]) => Promise<unknown>>,
    name: K,
  ): void {
    const original = owner[name];
    const strike = (): Strike => this.#strike();
    const patched = function (this: unknown, ...args: never[]): Promise<unknown> {
      if (strike() !== "none") return Promise.reject(new Error("the power is off"));
      return original.apply(this, args);
    };
    this.#replace(owner, name, original, patched);
  }

  /** Opening a file changes something if it makes the file or cuts it. */
  #patchOpen(): void {
    const original = Deno.open;
    const strike = (): Strike => this.#strike();
    const patched = (path: string | URL, options: Deno.OpenOptions): Promise<Deno.FsFile> => {
      const changes = options.create || options.createNew || options.truncate;
      if (changes && strike() !== "none") return Promise.reject(new Error("the power is off"));
      return original(path, options);
    };
    this.#replace(Deno, "open", original, patched);
  }

  #patchWrite(): void {
    const original = Deno.FsFile.prototype.write;
    const strike = (): Strike => this.#strike();
    const patched = async function (this: Deno.FsFile, bytes: Uint8Array): Promise<number> {
      const struck = strike();
      if (struck === "none") return await original.call(this, bytes);
      if (struck === "now") await original.call(this, bytes.subarray(0, bytes.length >> 1));
      throw new Error("the power is off");
    };
    this.#replace(Deno.FsFile.prototype, "write", original, patched);
  }

  #replace(owner: object, name: string, original: unknown, patched: unknown): void {
    const set = (value: unknown): void => {
      Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    };
    set(patched);
    this.#restore.push(() => set(original));
  }

  #strike(): Strike {
    this.count++;
    if (this.count < this.#at) return "none";
    this.#happened.resolve();
    return this.count === this.#at ? "now" : "before";
  }
}

/** Whether the cut hits an operation now, or came before it. */
type Strike = "none" | "now" | "before";
