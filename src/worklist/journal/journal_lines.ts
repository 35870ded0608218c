/**
 * From what a poll changes to the lines of the journal; `journal_replay.ts` is the way back.
 *
 * A commit line closes the lines of one poll. It has their length and a checksum over them and itself, so
 * that what a crash left half-written is told from what was committed, whatever blocks reached the disk.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { concat } from "../../base/concat.ts";
import type { QueryConfiguration } from "../configuration.ts";
import { type EventSource, eventWriter, formatSequence } from "../event.ts";
import { goneLine, takenLine } from "./item_line.ts";
import { idOf, type ItemKey } from "../item.ts";
import type { Item, PollRecord } from "./journal.ts";
import type { Reconciliation } from "../judge/reconciliation.ts";
import type { Batch, PollState } from "../worklist.ts";

/** What of a poll is written down. */
export type CommitChanges =
  & Pick<
    Reconciliation,
    | "poll"
    | "time"
    | "events"
    | "taken"
    | "dropped"
    | "missed"
    | "pollState"
    | "configuration"
  >
  & {
    /** Where its events come from, if there are any. */
    readonly source: EventSource | undefined;
    /** Who approves what was held back, if that is what is committed. */
    readonly approval?: Approval;
  };

/** A commit on its way to the disk: what to write, and what it changes in memory. */
export interface Commit {
  /** Everything to append, in order; the commit line is the end of the last. */
  readonly chunks: Iterable<Uint8Array>;
  readonly batch: Batch;
}

/** A person's acceptance of what was held back, as it is recorded. */
export interface Approval {
  /** Who approved it: a user name, or where the command came from. */
  readonly who: string;
  /** Why, in that person's words. */
  readonly why?: string;
}

/** What stands in a commit line. */
export interface CommitLine {
  /** The last sequence committed with it, 16 digits. */
  readonly commit: string;
  /** The number of the commit, from 1, without gaps. */
  readonly number: number;
  readonly time: string;
  readonly poll: PollRecord;
  /** For each event that has an `after`, in order: what only the daemon needs of the item. */
  readonly items?: readonly { readonly fingerprint: string; readonly characterSet?: string }[];
  /** The number of complete polls in a row that missed an item, where that changed. */
  readonly missed?: readonly { readonly key: ItemKey; readonly polls: number }[];
  readonly standing: PollState;
  /** Present if this commit is an approval and it is known whose. */
  readonly approval?: Approval;
  /** The number of the configuration in force. */
  readonly configuration: number;
  /** That configuration, where it is new. */
  readonly configurations?: Readonly<Record<string, QueryConfiguration>>;
  /** The length of the lines that it closes. */
  readonly bytes: number;
  /** CRC-32 of those lines and of this one up to the checksum, 8 hex digits. */
  readonly crc: string;
}

const chunkCharacters = 1 << 19;
/** Before the checksum at the end of a commit line. */
export const checksumMark = ',"crc":"';
const encoder = new TextEncoder();

/**
 * Puts together what is to be appended for a poll.
 *
 * @param changes What the poll changes.
 * @param last The last sequence and commit so far.
 * @param isNewConfiguration Whether the configuration is to be written down.
 */
export function makeCommit(
  changes: CommitChanges,
  last: { readonly sequence: number; readonly number: number },
  isNewConfiguration: boolean,
): Commit {
  const sequence = last.sequence + changes.events.length;
  const number = last.number + 1;
  const batch = batchOf(changes, { sequence: last.sequence, number });
  const after = changes.events.flatMap((event) => "after" in event ? [event.after] : []);
  const { configuration } = changes;
  const line: Omit<CommitLine, "bytes" | "crc"> = {
    commit: formatSequence(sequence),
    number,
    time: changes.time,
    poll: changes.poll,
    ...(after.length > 0 && {
      items: after.map(({ fingerprint, characterSet }) => ({
        fingerprint,
        ...(characterSet !== undefined && { characterSet }),
      })),
    }),
    ...(changes.missed.size > 0 && {
      missed: [...changes.missed].map(([id, polls]) => ({ key: JSON.parse(id), polls })),
    }),
    standing: changes.pollState,
    ...(changes.approval && { approval: changes.approval }),
    configuration: configuration.number,
    ...(isNewConfiguration && {
      configurations: { [configuration.number]: configuration.value },
    }),
  };
  return { batch, chunks: chunksOf(changes, last.sequence, JSON.stringify(line)) };
}

function* chunksOf(
  changes: CommitChanges,
  lastSequence: number,
  commitText: string,
): Generator<Uint8Array> {
  let text = "";
  let bytes = 0;
  let checksum = 0;
  for (const line of linesOf(changes, lastSequence)) {
    text += line + "\n";
    if (text.length < chunkCharacters) continue;
    const chunk = encoder.encode(text);
    text = "";
    bytes += chunk.length;
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  const rest = encoder.encode(text);
  bytes += rest.length;
  const head = encoder.encode(`${commitText.slice(0, -1)},"bytes":${bytes}`);
  checksum = crc32(head, crc32(rest, checksum));
  const tail = encoder.encode(`${checksumMark}${hex(checksum)}"}\n`);
  yield concat([rest, head, tail]);
}

function* linesOf(changes: CommitChanges, lastSequence: number): Generator<string> {
  for (const item of changes.dropped) yield goneLine(item);
  for (const taken of changes.taken) yield takenLine(taken);
  if (changes.source === undefined) return;
  const write = eventWriter(changes.source, changes.poll, changes.time);
  let sequence = lastSequence;
  for (const event of changes.events) yield write(event, ++sequence);
}

/** What a poll changes in memory. */
function batchOf(
  changes: CommitChanges,
  last: { readonly sequence: number; readonly number: number },
): Batch {
  const dropped = changes.dropped.map(({ id }) => id);
  for (const { was } of changes.taken) if (was) dropped.push(idOf(was));
  const items: Item[] = changes.taken.map(({ item }) => item);
  const removed: string[] = [];
  let { sequence } = last;
  for (const event of changes.events) {
    sequence++;
    if ("after" in event) items.push({ ...event.after, sequence });
    else if ("before" in event) removed.push(event.before.id);
  }
  const { missed, pollState, configuration, poll } = changes;
  return {
    number: last.number,
    sequence,
    dropped,
    items,
    removed,
    missed,
    pollState,
    configuration,
    poll,
  };
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
