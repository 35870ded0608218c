/**
 * The past of a query's items, from the journal alone: its events, the items of a moment, and the history of
 * each attribute.
 *
 * @module
 */
import { type Attribute, type AttributeChange, attributesOf } from "./diff.ts";
import { type Disk, localDisk } from "./disk.ts";
import { cutAfter, cutBefore, sequenceOf } from "./event.ts";
import { readCommits, readStoredQuery } from "./history.ts";
import { idOf, type ItemKey } from "./item.ts";
import { cutDataSet } from "./item_line.ts";
import type { CommittedEvent } from "./journal.ts";

/** A committed event, and what of it readers choose by. */
export interface PastEvent extends CommittedEvent {
  /** When it was committed: RFC 3339, UTC. */
  readonly time: string;
  /** The last word of its type: `added`, `changed`, `removed`, `left_window`, `failed`, … */
  readonly change: string;
  /** Undefined for what is about a poll. */
  readonly subject: string | undefined;
  readonly key: ItemKey | undefined;
}

/** Which events are wanted; all where nothing is said. */
export interface EventFilter {
  /** Those with a higher sequence. */
  readonly after?: number | undefined;
  /** Those committed at this moment or later: RFC 3339. */
  readonly since?: Temporal.Instant | undefined;
  /** Those of items with this subject, or with this value in their key. */
  readonly key?: string | undefined;
}

/** An item as it was. */
export interface PastItem {
  readonly key: ItemKey;
  readonly subject: string;
  /** The data set in the DICOM JSON Model. */
  readonly json: string;
}

/** What an attribute was, from when on. */
export interface AttributeEvent {
  readonly sequence: number;
  readonly time: string;
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/** The history of one attribute of an item. */
export interface AttributeHistory {
  readonly path: string;
  readonly tag: string;
  readonly vr: string;
  /** Oldest first. */
  readonly events: readonly AttributeEvent[];
}

/**
 * Reads the events of a query, oldest first.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param filter Which ones.
 * @param disk The file system.
 */
export async function* readEvents(
  stateFolder: string,
  query: string,
  filter: EventFilter = {},
  disk: Disk = localDisk,
): AsyncGenerator<PastEvent> {
  const { after = 0, since, key } = filter;
  for await (const { lines, commit } of readCommits(stateFolder, query, after, disk)) {
    if (since && Temporal.Instant.compare(Temporal.Instant.from(commit.time), since) < 0) continue;
    for (const line of lines) {
      const sequence = sequenceOf(line, query);
      if (sequence === undefined || sequence <= after) continue;
      const event = pastEvent(line, sequence, commit.time);
      if (key === undefined || isAbout(event, key)) yield event;
    }
  }
}

/**
 * Tells the items of a query as they were at a moment.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param moment The moment.
 * @param disk The file system.
 * @throws {RangeError} If the journal no longer reaches back to it.
 */
export async function readItemsAt(
  stateFolder: string,
  query: string,
  moment: Temporal.Instant,
  disk: Disk = localDisk,
): Promise<PastItem[]> {
  // What was before the first later change of an item is what was then; what never changed later still is.
  const then = new Map<string, PastItem | undefined>();
  const { items } = await readStoredQuery(stateFolder, query, disk);
  let isFirst = true;
  for await (const { lines, commit } of readCommits(stateFolder, query, 0, disk)) {
    const isLater = Temporal.Instant.compare(Temporal.Instant.from(commit.time), moment) > 0;
    if (isFirst && isLater && commit.number > 1) {
      throw new RangeError(
        `Cannot tell the items of ${query} at ${moment}: its journal begins at ${commit.time}`,
      );
    }
    isFirst = false;
    if (!isLater) continue;
    for (const line of lines) undo(line, then);
  }
  for (const { id, key, subject, json } of items) {
    if (!then.has(id)) then.set(id, { key, subject, json });
  }
  return [...then.values()].filter((item) => item !== undefined);
}

/** Notes what an item was before a line, unless an earlier line told. */
function undo(line: string, then: Map<string, PastItem | undefined>): void {
  if (line.startsWith('{"item":')) {
    const { head, json = "" } = cutDataSet(line);
    const id = idOf(head.key);
    if (head.gone && !then.has(id)) then.set(id, { key: head.key, subject: head.item, json });
    if (head.new && !then.has(id)) then.set(id, undefined);
    return;
  }
  const { subject, data }: ParsedEvent = JSON.parse(cutAfter(line)?.rest ?? line);
  if (data.key === undefined || subject === undefined) return;
  const id = idOf(data.key);
  if (then.has(id)) return;
  const json = cutBefore(line);
  then.set(id, json === undefined ? undefined : { key: data.key, subject, json });
}

/**
 * Tells what each attribute of an item was from when on.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param key The item: its subject, or a value of its key.
 * @param disk The file system.
 * @returns By subject, the attributes in the order of their tags; without those of other items.
 */
export async function readAttributeHistory(
  stateFolder: string,
  query: string,
  key: string,
  disk: Disk = localDisk,
): Promise<Map<string, AttributeHistory[]>> {
  const bySubject = new Map<string, Map<string, MutableHistory>>();
  for await (const event of readEvents(stateFolder, query, { key }, disk)) {
    const { subject = "", sequence, time } = event;
    const histories = bySubject.get(subject) ?? new Map<string, MutableHistory>();
    bySubject.set(subject, histories);
    for (const { path, tag, vr, before, after } of changesOf(event)) {
      const history = histories.get(path) ?? { path, tag, vr, events: [] };
      histories.set(path, history);
      history.events.push({ sequence, time, before, after });
    }
  }
  return new Map(
    Array.from(bySubject, ([subject, histories]) => [subject, [...histories.values()].sort(byTag)]),
  );
}

type MutableHistory = AttributeHistory & { readonly events: AttributeEvent[] };

/** What replaying the past needs of an event. */
interface ParsedEvent {
  readonly type: string;
  readonly subject?: string;
  readonly data: { readonly key?: ItemKey; readonly changes?: readonly AttributeChange[] };
}

function pastEvent(line: string, sequence: number, time: string): PastEvent {
  const { type, subject, data }: ParsedEvent = JSON.parse(cutAfter(line)?.rest ?? line);
  const change = type.slice(type.lastIndexOf(".") + 1);
  return { sequence, line, time, change, subject, key: data.key };
}

function isAbout({ subject, key }: PastEvent, wanted: string): boolean {
  return subject === wanted || Object.values(key ?? {}).includes(wanted);
}

/** What an event did to attributes; that an item came or went is told of each of them. */
function changesOf({ change, line }: PastEvent): readonly AttributeChange[] {
  switch (change) {
    case "added":
      return attributesIn(cutAfter(line)?.json).map(({ values, ...attribute }) => ({
        ...attribute,
        before: [],
        after: values,
      }));
    case "removed":
    case "left_window":
      return attributesIn(cutBefore(line)).map(({ values, ...attribute }) => ({
        ...attribute,
        before: values,
        after: [],
      }));
    default: {
      const { data }: ParsedEvent = JSON.parse(line);
      return data.changes ?? [];
    }
  }
}

function attributesIn(json: string | undefined): Attribute[] {
  return json === undefined ? [] : attributesOf(JSON.parse(json));
}

function byTag(one: AttributeHistory, other: AttributeHistory): number {
  if (one.tag !== other.tag) return one.tag < other.tag ? -1 : 1;
  return one.path < other.path ? -1 : 1;
}
