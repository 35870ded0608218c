// Touches the world: looks at files; a timer.
/**
 * Notices that certificates and secrets were renewed.
 *
 * Files are looked at again and again instead of being watched by the kernel: certificates are often renewed by
 * exchanging a link, or on a network file system, and neither is reported.
 *
 * @module
 */

/** Options of {@linkcode watchFiles}. */
export interface FileWatchOptions {
  /** The files and folders to look at, now. */
  files(): readonly string[];
  /** The prints of the files when they were last read. */
  readonly since: FilePrints;
  /** Is called when something has changed and then stayed as it is for one interval. */
  onChange(): Promise<void>;
  /**
   * Milliseconds between two looks.
   *
   * @default {10_000}
   */
  readonly everyMs?: number | undefined;
}

/**
 * Looks at files until it is stopped.
 *
 * Example: a certificate is written at 12:00:03 and its key at 12:00:04. The look at 12:00:10 sees the change, the one
 * at 12:00:20 sees that it is complete and calls `onChange`.
 *
 * @param options The files, and what to do.
 * @returns Stops it.
 */
export function watchFiles(
  { files, since, onChange, everyMs = 10_000 }: FileWatchOptions,
): () => void {
  let taken = since;
  let seen = taken;
  let isBusy = false;
  const look = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      const found = filePrints(files());
      const isStable = areEqual(found, seen);
      seen = found;
      if (!isStable || areEqual(found, taken)) return;
      taken = found;
      await onChange();
      // Files that are used only now have just been read. What changed meanwhile in the others is found by the next look.
      taken = seen = new Map([...filePrints(files()), ...found]);
    } finally {
      isBusy = false;
    }
  };
  const id = setInterval(() => void look().catch(() => {}), everyMs);
  return () => clearInterval(id);
}

/** By path, a print that differs if the content may differ. */
export type FilePrints = ReadonlyMap<string, string>;

/** True if every path that is looked at now is as it was; paths that are no longer looked at do not count. */
function areEqual(now: FilePrints, before: FilePrints): boolean {
  return [...now].every(([path, print]) => before.get(path) === print);
}

/**
 * Notes what files are like now.
 *
 * @param paths Files and folders.
 * @returns By path, a print that differs if the content may differ.
 */
export function filePrints(paths: readonly string[]): FilePrints {
  return new Map(
    paths.flatMap((path) => [path, ...inFolder(path)]).map((path) => {
      try {
        const { mtime, size, ino, dev } = Deno.statSync(path);
        return [path, `${mtime?.getTime()} ${size} ${ino} ${dev}`];
      } catch {
        return [path, "-"];
      }
    }),
  );
}

function inFolder(path: string): string[] {
  try {
    if (!Deno.statSync(path).isDirectory) return [];
    return [...Deno.readDirSync(path)].map(({ name }) => `${path}/${name}`).sort();
  } catch {
    return [];
  }
}
