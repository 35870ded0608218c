/**
 * Events as CloudEvents 1.0 in JSON, for the lines of the journal and for sinks.
 *
 * A line is composed of existing texts, so that no data set is parsed to write an event.
 *
 * @module
 */
import type { EventNoun } from "../query/model.ts";
import type { Kind } from "./judge/change_kind.ts";
import type { AttributeChange } from "./judge/diff.ts";
import type { FailureClass, Item, PollRecord } from "./journal/journal.ts";

/** The evidence that an item was removed or left its window, as events have it. */
export interface Evidence {
  /**
   * `missing`: complete polls no longer returned it. `window`: its data set does not match the keys as
   * resolved now. `found-elsewhere`: the peer returned it with values that do not match the keys.
   * `keys-changed`, `peer-changed`: the configuration of the query changed.
   */
  readonly reason: "missing" | "window" | "found-elsewhere" | "keys-changed" | "peer-changed";
  /** The number of complete polls in a row that missed it, this one included. */
  readonly polls: number;
  /** The path of the key that does not match. */
  readonly unmatched?: string;
  /**
   * The result of a targeted C-FIND: the key paths that it asked with, the number of matches, and if the item
   * was among them.
   */
  readonly verified?: {
    readonly keys: readonly string[];
    readonly matches: number;
    readonly found: boolean;
  };
  /** The reason for which a held loss was believed: more polls agreed, or a person approved it. */
  readonly brake?: "confirmed" | "approved";
}

/** An event that has no sequence yet. */
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
 * The reason why a complete answer is not believed.
 *
 * `brake`: it loses too much at once. `limit`: the peer may have cut it. `duplicates`: matches repeat while
 * items are missing. `clock`: the requested dates may be wrong. `identity`: the peer makes new identities for
 * each answer.
 */
export type SuspectReason = typeof suspectReasons[number];

/** Every reason for which a complete answer is not believed. */
export const suspectReasons = ["brake", "limit", "duplicates", "clock", "identity"] as const;

/** The origin of events. */
export interface EventSource {
  /** The name of the query. */
  readonly query: string;
  /** The name of the peer. */
  readonly peer: string;
  /** The name of the model. */
  readonly model: string;
  /** The part of the type that names the item, such as `worklist.item`. */
  readonly noun: EventNoun;
}

/** The number of digits of a sequence. With a fixed number, ids sort as their sequences do. */
const sequenceDigits = 16;

/**
 * Writes a sequence in the form of events and file names.
 *
 * @param sequence The sequence.
 * @returns 16 decimal digits.
 */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(sequenceDigits, "0");
}

/**
 * Makes a function that writes the events of one poll.
 *
 * @param source The origin of the events.
 * @param poll The poll that found them.
 * @param time The time of the commit: RFC 3339, UTC.
 * @returns A function from event and sequence to the CloudEvent as JSON text, without a line feed.
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
 * @returns DICOM JSON text, and the rest of the event, which is JSON as well; undefined if the event has no
 * `after`.
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

/**
 * Only members of `data` are written like this. In data sets, member names are tags, and lists follow in
 * `changes`.
 */
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
