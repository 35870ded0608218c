/**
 * Events as CloudEvents 1.0 in JSON: the lines of the journal, and what sinks deliver.
 *
 * A line is put together from texts that exist already, so that a data set is never parsed to be told.
 *
 * @module
 */
import type { EventNoun } from "../query/model.ts";
import type { Kind } from "./judge/change_kind.ts";
import type { AttributeChange } from "./judge/diff.ts";
import type { FailureClass, Item, PollRecord } from "./journal/journal.ts";

/** What proves that an item was removed or left its window. Stands in the event as it is. */
export interface Evidence {
  /**
   * `missing`: complete polls no longer returned it. `window`: its data set does not match the keys as
   * resolved now. `found-elsewhere`: the peer returned it with values that do not match the keys.
   * `keys-changed`, `peer-changed`: the query's configuration is another one.
   */
  readonly reason: "missing" | "window" | "found-elsewhere" | "keys-changed" | "peer-changed";
  /** Complete polls in a row that missed it, this one included. */
  readonly polls: number;
  /** The path of the key that does not match. */
  readonly unmatched?: string;
  /** The key paths by which a targeted C-FIND asked for it, what came, and whether it was among that. */
  readonly verified?: {
    readonly keys: readonly string[];
    readonly matches: number;
    readonly found: boolean;
  };
  /** Why a held loss was believed: further polls agreed, or a person approved it. */
  readonly brake?: "confirmed" | "approved";
}

/** Something that happened, before it has a sequence. */
export type PendingEvent =
  | { readonly kind: "added"; readonly after: Item }
  | {
    readonly kind: "changed";
    readonly before: Item;
    readonly after: Item;
    readonly changes: readonly AttributeChange[];
    readonly kinds: readonly Kind[];
  }
  | { readonly kind: "removed" | "left_window"; readonly before: Item; readonly evidence: Evidence }
  | { readonly kind: "failed"; readonly reason: FailureClass; readonly words: string }
  | { readonly kind: "recovered"; readonly reason: FailureClass; readonly words: string }
  | { readonly kind: "suspect"; readonly reason: SuspectReason; readonly words: string };

/**
 * Why a complete answer is not believed.
 *
 * `brake`: it loses too much at once. `limit`: the peer may have cut it. `duplicates`: matches repeat while items
 * are missing. `clock`: the dates that were asked for may be wrong. `identity`: the peer makes identities anew.
 */
export type SuspectReason = typeof suspectReasons[number];

/** Every reason for which a complete answer is not believed. */
export const suspectReasons = ["brake", "limit", "duplicates", "clock", "identity"] as const;

/** Where events come from. */
export interface EventSource {
  /** The name of the query. */
  readonly query: string;
  /** The name of the peer. */
  readonly peer: string;
  /** The name of the model. */
  readonly model: string;
  /** What an event about one of its matches is called. */
  readonly noun: EventNoun;
}

/** The digits of a sequence in text; they make ids sort as their sequences do. */
const sequenceDigits = 16;

/**
 * Writes a sequence as it stands in events and file names.
 *
 * @param sequence The sequence.
 * @returns 16 decimal digits.
 */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(sequenceDigits, "0");
}

/**
 * Makes the writer of the events of one poll.
 *
 * @param source Where they come from.
 * @param poll The poll that found them.
 * @param time When they are committed: RFC 3339, UTC.
 * @returns A function from event and sequence to the CloudEvent as JSON text, without a line end.
 */
export function eventWriter(
  source: EventSource,
  poll: PollRecord,
  time: string,
): (event: PendingEvent, sequence: number) => string {
  const { query, peer, model, noun } = source;
  const uri = `/worklistd/${encodeURIComponent(peer)}/${encodeURIComponent(query)}`;
  const id = `{"specversion":"1.0","id":${JSON.stringify(`${query}.`).slice(0, -1)}`;
  const from = `","source":${JSON.stringify(uri)},"type":"dicom.`;
  const at = `","time":${JSON.stringify(time)}`;
  const data = `"data":${JSON.stringify({ query, peer, model }).slice(0, -1)}`;
  const pollText = `"poll":${JSON.stringify(poll)}`;
  return (event, sequence) => {
    const digits = formatSequence(sequence);
    const item = itemOf(event);
    const type = item ? `${noun}.${event.kind}` : `poll.${event.kind}`;
    const subject = item ? `,"subject":"${item.subject}"` : "";
    const key = item ? `"key":${item.id},` : "";
    return `${id}${digits}${from}${type}${at}${subject},"datacontenttype":"application/json",` +
      `"sequence":"${digits}",${data},${key}${pollText}${detailsOf(event)}}}`;
  };
}

/**
 * Reads the sequence of an event's line without parsing it.
 *
 * @param line A line of a journal.
 * @param query The name of the journal's query.
 * @returns The sequence; undefined if the line is not an event of that query.
 */
export function sequenceOf(line: string, query: string): number | undefined {
  const start = `{"specversion":"1.0","id":${JSON.stringify(`${query}.`).slice(0, -1)}`;
  if (!line.startsWith(start)) return undefined;
  const digits = line.slice(start.length, start.length + sequenceDigits);
  return /^\d{16}$/.test(digits) ? Number(digits) : undefined;
}

/**
 * Cuts the text of the item's new data set out of an event's line.
 *
 * @param line The line of an event.
 * @returns DICOM JSON text, and the rest of the event, which is JSON too; undefined if it has no `after`.
 */
export function cutAfter(line: string): { json: string; rest: string } | undefined {
  const at = line.lastIndexOf(afterMark);
  if (at < 0) return undefined;
  return { json: line.slice(at + afterMark.length - 1, -2), rest: `${line.slice(0, at)}}}` };
}

/**
 * Cuts the text of the item's old data set out of an event's line.
 *
 * @param line The line of an event.
 * @returns DICOM JSON text; undefined if it has no `before`.
 */
export function cutBefore(line: string): string | undefined {
  const rest = cutAfter(line)?.rest ?? line;
  const at = rest.lastIndexOf(beforeMark);
  return at < 0 ? undefined : rest.slice(at + beforeMark.length - 1, -2);
}

/** Only members of `data` read so: tags are the names in data sets, and lists follow in `changes`. */
const afterMark = ',"after":{';
const beforeMark = ',"before":{';

function itemOf(event: PendingEvent): Item | undefined {
  switch (event.kind) {
    case "added":
    case "changed":
      return event.after;
    case "removed":
    case "left_window":
      return event.before;
    default:
      return undefined;
  }
}

function detailsOf(event: PendingEvent): string {
  switch (event.kind) {
    case "added":
      return `,"after":${event.after.json}`;
    case "changed":
      return `,"kinds":${JSON.stringify(event.kinds)},"changes":${JSON.stringify(event.changes)}` +
        `,"before":${event.before.json},"after":${event.after.json}`;
    case "removed":
    case "left_window":
      return `,"evidence":${JSON.stringify(event.evidence)},"before":${event.before.json}`;
    default:
      return `,"reason":${JSON.stringify(event.reason)},"words":${JSON.stringify(event.words)}`;
  }
}
