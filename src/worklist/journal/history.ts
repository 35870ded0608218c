// Touches the world: through the disk.
/**
 * Reads commits from the files alone, for `history`, `show --at` and `blame`.
 *
 * No lock is needed. While a daemon appends, compacts and trims, a reader sees a commit whole or not at all.
 *
 * @module
 */
import type { QueryConfiguration } from "../configuration.ts";
import { type Disk, localDisk, type ReadableFile } from "./disk.ts";
import type { Item, PollRecord } from "./journal.ts";
import { activePath, listJournal } from "./journal_files.ts";
import { scanJournal, type ScannedCommit } from "./journal_scan.ts";
import { loadState } from "./load.ts";
import type { Segment } from "./segment.ts";
import { queryFolder, queryOfFolder } from "./state_folder.ts";
import { StoreError } from "./store_error.ts";
import type { PollState } from "../worklist.ts";

/** The state of a query after its last commit. */
export interface StoredQuery {
  readonly query: string;
  readonly items: readonly Item[];
  /**
   * The number of complete answers in a row that lacked an item, by its id. Items that are not missing are
   * left out.
   */
  readonly missed: ReadonlyMap<string, number>;
  /** The number of missing items. */
  readonly missing: number;
  /** The last sequence; 0 before the first commit. */
  readonly sequence: number;
  /** The last poll that changed something. */
  readonly lastPoll: PollRecord | undefined;
  readonly pollState: PollState;
  /** The configuration of the state; undefined before the first commit. */
  readonly configuration: QueryConfiguration | undefined;
}

/** The number of attempts, if files are renamed while they are read. */
const attempts = 5;

/**
 * Lists the queries that have state, configured or not.
 *
 * @param stateFolder The state folder.
 * @param disk The file system.
 */
export async function listStoredQueries(
  stateFolder: string,
  disk: Disk = localDisk,
): Promise<string[]> {
  const names = await disk.listFolders(`${stateFolder}/queries`);
  return names.flatMap((name) => queryOfFolder(name) ?? []).sort();
}

/**
 * Reads the state of a query.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param disk The file system.
 * @throws {StoreError} If the state cannot be read.
 */
export async function readStoredQuery(
  stateFolder: string,
  query: string,
  disk: Disk = localDisk,
): Promise<StoredQuery> {
  const folder = queryFolder(stateFolder, query);
  for (let attempt = 1;; attempt++) {
    try {
      const { worklist, lastPoll } = await loadState(disk, folder);
      const entries = [...worklist.entries()];
      const items = entries.map(({ item }) => item);
      const missed = new Map(
        entries.flatMap((entry) => entry.missed > 0 ? [[entry.item.id, entry.missed]] : []),
      );
      const { sequence, pollState, configuration } = worklist;
      return {
        query,
        items,
        missed,
        missing: missed.size,
        sequence,
        lastPoll,
        pollState,
        configuration,
      };
    } catch (error) {
      if (!(error instanceof StoreError) || attempt === attempts) throw error;
    }
  }
}

/**
 * Reads the commits of a query, oldest first.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param after The sequence before the first event of interest. Commits without a later event may be left
 * out.
 * @param disk The file system.
 * @throws {StoreError} If a file is damaged.
 */
export async function* readCommits(
  stateFolder: string,
  query: string,
  after: number = 0,
  disk: Disk = localDisk,
): AsyncGenerator<ScannedCommit> {
  const folder = queryFolder(stateFolder, query);
  const { closed, active } = await openConsistently(disk, folder);
  try {
    for (const [index, segment] of closed.entries()) {
      if ((closed[index + 1]?.first ?? Infinity) <= after + 1) continue;
      const file = await disk.openToRead(segment.path);
      if (file === undefined) continue;
      try {
        yield* commitsIn(file, segment.path);
      } finally {
        file.close();
      }
    }
    if (active) yield* commitsIn(active, activePath(folder));
  } finally {
    active?.close();
  }
}

async function* commitsIn(file: ReadableFile, path: string): AsyncGenerator<ScannedCommit> {
  const { damagedAt } = yield* scanJournal(file, 0);
  if (damagedAt === undefined) return;
  throw new StoreError(`Cannot read ${path}: it is damaged at byte ${damagedAt}`, {
    path,
    hint: "restore it from a backup, or move it away: its events are then missing from the history",
  });
}

/**
 * Opens the active file together with the closed segments before it, although another process may rename them
 * meanwhile.
 */
async function openConsistently(
  disk: Disk,
  folder: string,
): Promise<{ closed: readonly Segment[]; active: ReadableFile | undefined }> {
  for (let attempt = 1;; attempt++) {
    const before = await listJournal(disk, folder);
    const active = await disk.openToRead(activePath(folder));
    const after = await listJournal(disk, folder);
    if (before.closed.length === after.closed.length || attempt === attempts) {
      return { closed: after.closed, active };
    }
    active?.close();
  }
}
