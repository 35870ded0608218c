/**
 * Turns the changes of a poll into lines of the journal. `journal_replay.ts` is the reverse.
 *
 * A commit line closes the lines of one poll. It has their length and a checksum over them and itself. So a
 * half-written commit is recognised after a crash, whichever blocks reached the disk.
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

/** The changes of a poll that are written to the journal. */
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
    /** The origin of its events, if it has any. */
    readonly source: EventSource | undefined;
    /** The person who approved a held loss, if the commit is such an approval. */
    readonly approval?: Approval;
  };

/** A commit to write: its lines, and its changes in memory. */
export interface Commit {
  /** The bytes to append, in order. They end with the commit line. */
  readonly chunks: Iterable<Uint8Array>;
  readonly batch: Batch;
}

/** A person's approval of changes that were held back. */
export interface Approval {
  /** The person: a user name, or the origin of the command. */
  readonly who: string;
  /** The reason, as that person wrote it. */
  readonly why?: string;
}

/** The members of a commit line. */
export interface CommitLine {
  /** The last sequence committed with it, 16 digits. */
  readonly commit: string;
  /** The number of the commit, from 1, without gaps. */
  readonly number: number;
  readonly time: string;
  readonly poll: PollRecord;
  /** For each event that has an `after`, in order: the facts about the item that only the daemon needs. */
  readonly items?: readonly { readonly fingerprint: string; readonly characterSet?: string }[];
  /** The number of complete polls in a row that missed an item, for items where it changed. */
  readonly missed?: readonly { readonly key: ItemKey; readonly polls: number }[];
  readonly standing: PollState;
  /** Present if this commit is an approval by a known person. */
  readonly approval?: Approval;
  /** The number of the configuration in force. */
  readonly configuration: number;
  /** That configuration, if it is new. */
  readonly configurations?: Readonly<Record<string, QueryConfiguration>>;
  /** The length of the lines that the commit closes. */
  readonly bytes: number;
  /** CRC-32 of those lines and of this one up to the checksum, 8 hex digits. */
  readonly crc: string;
}

const chunkCharacters = 1 << 19;
/** The text before the checksum at the end of a commit line. */
export const checksumMark = ',"crc":"';
const encoder = new TextEncoder();

/**
 * Makes the commit of a poll.
 *
 * @param changes The changes of the poll.
 * @param last The last sequence and commit so far.
 * @param isNewConfiguration True if the configuration must be written.
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

/** The changes of a poll in memory. */
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
