/**
 * State folders in memory, and what they say: for tests that damage them.
 *
 * @module
 */
import { QueryStore } from "../../src/worklist/journal/store.ts";
import { CrashingDisk } from "./crashing_disk.ts";

/** The files of a folder by their paths in it. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Reads the files of a folder; sockets are left out. */
export function readFolder(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const walk = (path: string): void => {
    for (const entry of Deno.readDirSync(`${folder}${path}`)) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory) walk(below);
      else if (entry.isFile) files.set(below, Deno.readFileSync(`${folder}${below}`));
    }
  };
  walk("");
  return files;
}

/** Puts files onto a disk in memory, as the folder `state`. */
export function diskWith(files: Files): CrashingDisk {
  const disk = new CrashingDisk();
  for (const [path, bytes] of files) disk.put(`state${path}`, bytes);
  return disk;
}

/** All that a query's state says, and what was said about it when it was opened. */
export interface Opened {
  readonly items: readonly string[];
  readonly sequence: number;
  readonly usedSequence: number;
  /** The events that are kept; undefined where reading them fails. */
  readonly events: readonly string[] | undefined;
  readonly problems: readonly string[];
  readonly store: QueryStore;
}

/** Opens the state of a query and reads all of it. */
export async function openAll(disk: CrashingDisk, query: string): Promise<Opened> {
  const problems: string[] = [];
  const store = await QueryStore.open("state", query, {
    disk,
    onProblem: ({ message }) => problems.push(message),
  });
  const items = Array.from(
    store.worklist.entries(),
    ({ item, missed }) => JSON.stringify([item, missed]),
  ).sort();
  const events = await store.read(0, 10_000).then(
    (read) => read.map(({ line }) => line),
    (error) => {
      problems.push(String(error));
      return undefined;
    },
  );
  const { lastSequence: sequence, usedSequence } = store;
  return { items, sequence, usedSequence, events, problems, store };
}
