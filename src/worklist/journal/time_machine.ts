// Touches the world: through the disk.
/**
 * The past of a query's items, from the journal alone: its events, the items of a moment, and the history of
 * each attribute.
 *
 * @module
 */
import { type Attribute, type AttributeChange, attributesOf } from "../judge/diff.ts";
import { type Disk, localDisk } from "./disk.ts";
import { cutAfter, cutBefore, sequenceOf } from "../event.ts";
import { readCommits, readStoredQuery } from "./history.ts";
import type { ItemKey } from "../item.ts";
import type { CommittedEvent } from "./journal.ts";
import { itemLineOf, Origins, WantedItems } from "./renamings.ts";

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
  /** Those of items with this subject, or with this value in their key, now or under another identity. */
  readonly key?: string | undefined;
}

/** An item as it was. */
export interface PastItem {
  readonly key: ItemKey;
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
  const { key } = filter;
  const wanted = key === undefined ? undefined : await findWanted(stateFolder, query, key, disk);
  yield* selectEvents(stateFolder, query, { ...filter, wanted }, disk);
}

async function* selectEvents(
  stateFolder: string,
  query: string,
  { after = 0, since, wanted }: EventFilter & { readonly wanted?: WantedItems | undefined },
  disk: Disk,
): AsyncGenerator<PastEvent> {
  for await (const { lines, commit } of readCommits(stateFolder, query, after, disk)) {
    if (since && Temporal.Instant.compare(Temporal.Instant.from(commit.time), since) < 0) continue;
    for (const line of lines) {
      const sequence = sequenceOf(line, query);
      if (sequence === undefined || sequence <= after) continue;
      const event = pastEvent(line, sequence, commit.time);
      if (wanted === undefined || wanted.has(event.subject, event.key)) yield event;
    }
  }
}

async function findWanted(
  stateFolder: string,
  query: string,
  key: string,
  disk: Disk,
): Promise<WantedItems> {
  const wanted = new WantedItems(key);
  for await (const { lines } of readCommits(stateFolder, query, 0, disk)) {
    for (const line of lines) wanted.observe(line);
  }
  return wanted;
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
  const origins = new Origins();
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
    origins.follow(lines);
    for (const line of lines) undo(line, origins, then);
  }
  for (const { key, json } of items) noteThen(origins.of(key), json, then);
  return [...then.values()].filter((item) => item !== undefined);
}

/** Notes what an item was before a line, unless an earlier line told. */
function undo(line: string, origins: Origins, then: Map<string, PastItem | undefined>): void {
  const taken = itemLineOf(line);
  if (taken) {
    const { key, gone, new: isNew } = taken.head;
    if (gone || isNew) noteThen(origins.of(key), isNew ? undefined : taken.json, then);
    return;
  }
  const { data }: ParsedEvent = JSON.parse(cutAfter(line)?.rest ?? line);
  if (data.key !== undefined) noteThen(origins.of(data.key), cutBefore(line), then);
}

function noteThen(
  id: string | undefined,
  json: string | undefined,
  then: Map<string, PastItem | undefined>,
): void {
  if (id === undefined || then.has(id)) return;
  then.set(id, json === undefined ? undefined : { key: JSON.parse(id), json });
}

/**
 * Tells what each attribute of an item was from when on.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param key The item: its subject, or a value of its key.
 * @param disk The file system.
 * @returns By the last subject of each item, its attributes in the order of their tags.
 */
export async function readAttributeHistory(
  stateFolder: string,
  query: string,
  key: string,
  disk: Disk = localDisk,
): Promise<Map<string, AttributeHistory[]>> {
  const wanted = await findWanted(stateFolder, query, key, disk);
  const byItem = new Map<string, { subject: string; histories: Map<string, MutableHistory> }>();
  for await (const event of selectEvents(stateFolder, query, { wanted }, disk)) {
    const { subject = "", key: itemKey = {}, sequence, time } = event;
    const id = wanted.firstNameOf(itemKey);
    const { histories } = byItem.get(id) ?? { histories: new Map<string, MutableHistory>() };
    byItem.set(id, { subject, histories });
    for (const { path, tag, vr, before, after } of changesOf(event)) {
      const history = histories.get(path) ?? { path, tag, vr, events: [] };
      histories.set(path, history);
      history.events.push({ sequence, time, before, after });
    }
  }
  return new Map(
    Array.from(
      byItem.values(),
      ({ subject, histories }) => [subject, [...histories.values()].sort(byTag)],
    ),
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
