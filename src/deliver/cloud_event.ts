/**
 * Committed events, as sinks read them.
 *
 * A sink copies the text of an event. It parses the text only to choose, cut or merge events.
 *
 * @module
 */
import type { AttributeChange } from "../worklist/judge/diff.ts";

/** A CloudEvent of the journal, parsed. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  /** The keyed hash of the item's identity; absent if the event is about a poll. */
  readonly subject?: string;
  readonly datacontenttype: string;
  readonly sequence: string;
  readonly data: EventData;
}

/** The data of an event. The type of the event decides which fields are present. */
export interface EventData {
  readonly query: string;
  readonly peer: string;
  readonly model: string;
  readonly key?: Readonly<Record<string, string>>;
  readonly kinds?: readonly string[];
  readonly changes?: readonly AttributeChange[];
  readonly evidence?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
  /** The ids of the events that were merged into this one. */
  readonly sources?: readonly string[];
}

/**
 * Parses the line of an event.
 *
 * @param line The JSON text from the journal.
 * @returns The event, in the form that our own journal wrote.
 * @throws {SyntaxError} If it is no JSON; the message does not quote it.
 */
export function parseEvent(line: string): CloudEvent {
  try {
    return JSON.parse(line);
  } catch {
    // The engine's own message quotes the text, which is patient data.
    throw new SyntaxError("Cannot read a committed event: it is no JSON. Check the disk");
  }
}

/**
 * Reads the `id` of an event without parsing all of it.
 *
 * @param line The JSON text from the journal, or a line that came from one.
 * @returns The id, or undefined if the line is not such an event.
 */
export function idOf(line: string): string | undefined {
  const id = /^\{"specversion":"1\.0","id":("(?:[^"\\]|\\.)*"),/.exec(line.slice(0, 2048))?.[1];
  try {
    return id === undefined ? undefined : JSON.parse(id);
  } catch {
    return undefined;
  }
}

/**
 * Returns the last part of an event's type, which names the change.
 *
 * @param type The event's type, such as `dicom.worklist.item.left_window`.
 * @returns The part after the last dot: `left_window`.
 */
export function changeOf(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}
