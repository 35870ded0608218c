// Touches the world: through the disk.
/**
 * Reads the whereabouts of items from the journal and the snapshot of a query.
 *
 * @module
 */
import { type Whereabouts, WhereaboutsReader } from "../whereabouts.ts";
import { type Disk, localDisk } from "./disk.ts";
import { readCommits, readStoredQuery } from "./history.ts";
import { findWanted } from "./time_machine.ts";

/** The items of one query that a text finds, with their whereabouts. */
export interface FoundWhereabouts {
  readonly items: readonly Whereabouts[];
  /** The time at which the journal begins; undefined if nothing was ever committed. */
  readonly begins: string | undefined;
}

/**
 * Reads the whereabouts of items that match a text now or matched it before.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param text A name, a patient ID, an accession number, a step id, a UID or a subject.
 * @param disk The file system.
 * @throws {StoreError} If a file is damaged.
 */
export async function readWhereabouts(
  stateFolder: string,
  query: string,
  text: string,
  disk: Disk = localDisk,
): Promise<FoundWhereabouts> {
  const wanted = await findWanted(stateFolder, query, { find: text }, disk);
  const reader = new WhereaboutsReader(query, wanted);
  for await (const { lines, commit } of readCommits(stateFolder, query, 0, disk)) {
    reader.take(wanted.isEmpty ? [] : lines, commit);
    if (wanted.isEmpty) break;
  }
  const { items, missed } = await readStoredQuery(stateFolder, query, disk);
  const entries = items.map((item) => ({ item, missed: missed.get(item.id) ?? 0 }));
  return { items: reader.finish(entries), begins: reader.begins };
}
