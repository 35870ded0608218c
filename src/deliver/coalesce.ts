/**
 * Merges the changes of one item that wait for the same sink.
 *
 * @module
 */
import type { AttributeChange } from "../worklist/judge/diff.ts";
import { changeOf, type CloudEvent, type EventData } from "./cloud_event.ts";

/**
 * Merges events of one query so that each item is told about once.
 *
 * From its first event to its removal the story of an item becomes one event: what was added and then
 * changed is added as it is now; changes become one change, and none where the last undoes the first;
 * what was added and removed meanwhile is not told. An item that returns after its removal begins a new
 * story. A merged event names the ids of its `sources` in its data, stands at the place of the last of
 * them, and has an id of its own, made from the first and the last.
 *
 * @param events Events in commit order.
 * @returns Events in the order of their sequences.
 */
export function coalesce(events: readonly CloudEvent[]): CloudEvent[] {
  const stories: CloudEvent[][] = [];
  const open = new Map<string, CloudEvent[]>();
  for (const event of events) {
    const { subject } = event;
    const story = subject === undefined ? undefined : open.get(subject);
    if (story) story.push(event);
    else {
      const begun = [event];
      stories.push(begun);
      if (subject !== undefined) open.set(subject, begun);
    }
    if (subject !== undefined && isEnd(event)) open.delete(subject);
  }
  return stories.flatMap(merge).sort((a, b) => a.sequence < b.sequence ? -1 : 1);
}

function isEnd(event: CloudEvent): boolean {
  const change = changeOf(event.type);
  return change === "removed" || change === "left_window";
}

function merge(story: readonly CloudEvent[]): CloudEvent[] {
  const first = story[0];
  const last = story.at(-1);
  if (first === undefined || last === undefined) return [];
  if (first === last) return [first];
  const begins = changeOf(first.type) === "added";
  if (begins && isEnd(last)) return [];
  const type = begins ? first.type : last.type;
  const data = begins
    ? { ...first.data, after: last.data.after }
    : { ...last.data, before: first.data.before, ...mergedChanges(story, last) };
  if (data.changes?.length === 0) return [];
  const sources = story.map((event) => event.id);
  return [{ ...last, id: `${first.id}-${last.sequence}`, type, data: { ...data, sources } }];
}

/** The net difference, attribute by attribute; nothing to add where the last event is a removal. */
function mergedChanges(
  story: readonly CloudEvent[],
  last: CloudEvent,
): Pick<EventData, "changes" | "kinds"> {
  if (isEnd(last)) return {};
  const changes = new Map<string, AttributeChange>();
  for (const change of story.flatMap((event) => event.data.changes ?? [])) {
    const before = changes.get(change.path)?.before ?? change.before;
    changes.set(change.path, { ...change, before });
  }
  const net = [...changes.values()].filter(({ before, after }) =>
    JSON.stringify(before) !== JSON.stringify(after)
  );
  const kinds = [...new Set(story.flatMap((event) => event.data.kinds ?? []))];
  return { changes: net, kinds };
}
