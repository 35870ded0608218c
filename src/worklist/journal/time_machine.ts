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
import { idOf, type ItemKey } from "../item.ts";
import type { CommittedEvent } from "./journal.ts";
import type { CommitLine } from "./journal_lines.ts";
import { textMatcher } from "../text_match.ts";
import { itemLineOf, Origins, WantedItems } from "./renamings.ts";

/** A committed event, with the fields by which readers choose events. */
export interface PastEvent extends CommittedEvent {
  /** The time of its commit: RFC 3339, UTC. */
  readonly time: string;
  /** The last part of its type: `added`, `changed`, `removed`, `left_window`, `failed`, … */
  readonly change: string;
  /** Undefined if the event is about a poll. */
  readonly subject: string | undefined;
  readonly key: ItemKey | undefined;
}

/** The events to read. If nothing is given, all are read. */
export interface EventFilter {
  /** Events with a higher sequence. */
  readonly after?: number | undefined;
  /** Events committed at this moment or later: RFC 3339. */
  readonly since?: Temporal.Instant | undefined;
  /** Events of items with this subject, or with this value in their key, now or under another identity. */
  readonly key?: string | undefined;
  /** Events of items that matched this text at any time; see `textMatcher`. */
  readonly find?: string | undefined;
  /**
   * True if approvals are read as well, each as an event of type `dicom.poll.approved`. No sink receives such
   * an event.
   */
  readonly approvals?: boolean | undefined;
}

/** An item at a moment of the past. */
export interface PastItem {
  readonly key: ItemKey;
  /** The data set in the DICOM JSON Model. */
  readonly json: string;
}

/** The values of an attribute after one event. */
export interface AttributeEvent {
  readonly sequence: number;
  /** The change of the item: `added`, `changed`, `removed` or `left_window`. */
  readonly change: string;
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
 * @param filter The events to read.
 * @param disk The file system.
 */
export async function* readEvents(
  stateFolder: string,
  query: string,
  filter: EventFilter = {},
  disk: Disk = localDisk,
): AsyncGenerator<PastEvent> {
  const wanted = filter.key === undefined && filter.find === undefined
    ? undefined
    : await findWanted(stateFolder, query, filter, disk);
  yield* selectEvents(stateFolder, query, { ...filter, wanted }, disk);
}

async function* selectEvents(
  stateFolder: string,
  query: string,
  { after = 0, since, wanted, approvals }: EventFilter & {
    readonly wanted?: WantedItems | undefined;
  },
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
    if (approvals && wanted === undefined && commit.approval) yield approvalEvent(query, commit);
  }
}

/**
 * Finds the items that a person asks for, in the whole journal and in the present.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param filter `key`: a subject or a value of a key. `find`: a text. An item must satisfy both.
 * @param disk The file system.
 */
export async function findWanted(
  stateFolder: string,
  query: string,
  { key, find }: Pick<EventFilter, "key" | "find">,
  disk: Disk = localDisk,
): Promise<WantedItems> {
  const byKey = new WantedItems(key);
  if (find === undefined) {
    for await (const { lines } of readCommits(stateFolder, query, 0, disk)) {
      for (const line of lines) byKey.observe(line);
    }
    return byKey;
  }
  const matches = textMatcher(find);
  const wanted = new WantedItems();
  const found = new Map<string, { subject: string | undefined; itemKey: ItemKey }>();
  const look = (
    subject: string | undefined,
    itemKey: ItemKey | undefined,
    texts: readonly (string | undefined)[],
  ): void => {
    if (itemKey === undefined || found.has(idOf(itemKey))) return;
    const isFound = subject === find ||
      texts.some((json) => json !== undefined && matches(JSON.parse(json)));
    if (isFound) found.set(idOf(itemKey), { subject, itemKey });
  };
  for await (const { lines } of readCommits(stateFolder, query, 0, disk)) {
    for (const line of lines) {
      byKey.observe(line);
      wanted.observe(line);
      const taken = itemLineOf(line);
      if (taken) {
        look(taken.head.item, taken.head.key, [taken.json]);
        continue;
      }
      const after = cutAfter(line);
      const { subject, data }: ParsedEvent = JSON.parse(withoutBefore(after?.rest ?? line));
      look(subject, data.key, [after?.json, cutBefore(line)]);
    }
  }
  for (
    const { subject, key: itemKey, json } of (await readStoredQuery(stateFolder, query, disk)).items
  ) {
    look(subject, itemKey, [json]);
  }
  for (const { subject, itemKey } of found.values()) {
    if (key === undefined || byKey.has(subject, itemKey)) wanted.want(itemKey);
  }
  return wanted;
}

/** Cuts the old data set off the text of an event, to parse it faster. */
function withoutBefore(line: string): string {
  const before = cutBefore(line);
  return before === undefined ? line : `${line.slice(0, -before.length - 2)}{}}}`;
}

/** Makes an event of an approval, for people and programs that read the history. */
function approvalEvent(query: string, { time, number, commit, approval }: CommitLine): PastEvent {
  const line = JSON.stringify({
    specversion: "1.0",
    id: `${query}.commit.${number}`,
    source: `/worklistd/${encodeURIComponent(query)}`,
    type: "dicom.poll.approved",
    time,
    datacontenttype: "application/json",
    data: { query, approval },
  });
  return {
    sequence: Number(commit),
    line,
    time,
    change: "approved",
    subject: undefined,
    key: undefined,
  };
}

/**
 * Reads the items of a query at a moment of the past.
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
  // The state before the first later change of an item is its state at the moment. An item without a later
  // change is unchanged.
  const then = new Map<string, PastItem | undefined>();
  const origins = new Origins();
  const { items } = await readStoredQuery(stateFolder, query, disk);
  let isFirst = true;
  for await (const { lines, commit } of readCommits(stateFolder, query, 0, disk)) {
    const isLater = Temporal.Instant.compare(Temporal.Instant.from(commit.time), moment) > 0;
    if (isFirst && isLater && commit.number > 1) {
      throw new RangeError(
        `Cannot show the items of ${query} at ${moment}: its journal begins at ${commit.time}`,
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

/** Records the state of an item before a line, unless an earlier line did. */
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
 * Reads the history of each attribute of an item.
 *
 * @param stateFolder The state folder.
 * @param query The query's name.
 * @param key The item: its subject, or a value of its key.
 * @param disk The file system.
 * @returns The attributes in the order of their tags, by the last subject of each item.
 */
export async function readAttributeHistory(
  stateFolder: string,
  query: string,
  key: string,
  disk: Disk = localDisk,
): Promise<Map<string, AttributeHistory[]>> {
  const wanted = await findWanted(stateFolder, query, { key }, disk);
  const byItem = new Map<string, { subject: string; histories: Map<string, MutableHistory> }>();
  for await (const event of selectEvents(stateFolder, query, { wanted }, disk)) {
    const { subject = "", key: itemKey = {}, sequence, time, change } = event;
    const id = wanted.firstNameOf(itemKey);
    const { histories } = byItem.get(id) ?? { histories: new Map<string, MutableHistory>() };
    byItem.set(id, { subject, histories });
    for (const { path, tag, vr, before, after } of changesOf(event)) {
      const history = histories.get(path) ?? { path, tag, vr, events: [] };
      histories.set(path, history);
      history.events.push({ sequence, change, time, before, after });
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

/** The members of an event that are read here. */
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

/**
 * The changes of attributes by an event. The coming or going of an item is a change of each of its
 * attributes.
 */
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
