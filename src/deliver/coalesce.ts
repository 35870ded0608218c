/**
 * Merges the changes of one item that wait for the same sink.
 *
 * @module
 */
import type { DicomJson } from "../dicom/json/json.ts";
import type { KeyPath } from "../query/key_path.ts";
import { kindsOf } from "../worklist/judge/change_kind.ts";
import { diffItems } from "../worklist/judge/diff.ts";
import { changeOf, type CloudEvent, type EventData } from "./cloud_event.ts";

/**
 * Merges events of one query so that each item is reported once.
 *
 * All events of an item from the first to its removal become one event:
 *
 * - Added and then changed: added, with the last state.
 * - Added and then removed: nothing is reported.
 * - Changed several times: one change from the first state to the last. Its attributes and kinds are those in
 *   which these two states differ. Example: a step moves from 12:00 to 13:00 and back, and its patient's name
 *   is corrected. The merged change has only the name. If both states are the same, nothing is reported.
 * - Changed and then removed: removed, with the state before the changes as `before`.
 *
 * An item that returns after its removal is reported separately. So is a change that begins in another state
 * than the last change left, as after a change of the configuration. A merged event names the ids of the
 * events it was made of as `sources` in its data. It takes the place of the last of them, and its own id is
 * made from the first and the last.
 *
 * @param events Events in commit order.
 * @param ignore Attributes that the query does not compare.
 * @returns Events in the order of their sequences.
 */
export function coalesce(
  events: readonly CloudEvent[],
  ignore: readonly KeyPath[] = [],
): CloudEvent[] {
  const stories: CloudEvent[][] = [];
  const open = new Map<string, CloudEvent[]>();
  for (const event of events) {
    const { subject } = event;
    const story = subject === undefined ? undefined : open.get(subject);
    if (story && continues(story, event, ignore)) story.push(event);
    else {
      const begun = [event];
      stories.push(begun);
      if (subject !== undefined) open.set(subject, begun);
    }
    if (subject !== undefined && isEnd(event)) open.delete(subject);
  }
  return stories.flatMap((story) => merge(story, ignore))
    .sort((a, b) => a.sequence < b.sequence ? -1 : 1);
}

function isEnd(event: CloudEvent): boolean {
  const change = changeOf(event.type);
  return change === "removed" || change === "left_window";
}

/** True unless a change begins in another state than the change before it left. */
function continues(
  story: readonly CloudEvent[],
  event: CloudEvent,
  ignore: readonly KeyPath[],
): boolean {
  const last = story.at(-1);
  if (last === undefined || changeOf(last.type) !== "changed") return true;
  if (changeOf(event.type) !== "changed" || changeOf(story[0]?.type ?? "") !== "changed") {
    return true;
  }
  return diffItems(stateOf(last.data.after), stateOf(event.data.before), { ignore }).length === 0;
}

function merge(story: readonly CloudEvent[], ignore: readonly KeyPath[]): CloudEvent[] {
  const first = story[0];
  const last = story.at(-1);
  if (first === undefined || last === undefined) return [];
  if (first === last) return [first];
  const begins = changeOf(first.type) === "added";
  if (begins && isEnd(last)) return [];
  const data = begins ? { ...first.data, after: last.data.after } : mergedData(first, last, ignore);
  if (data === undefined) return [];
  const sources = story.map((event) => event.id);
  const type = begins ? first.type : last.type;
  return [{ ...last, id: `${first.id}-${last.sequence}`, type, data: { ...data, sources } }];
}

/** The data of the last event, from the first state on; `undefined` if both states are the same. */
function mergedData(
  first: CloudEvent,
  last: CloudEvent,
  ignore: readonly KeyPath[],
): EventData | undefined {
  const { before } = first.data;
  if (isEnd(last)) return { ...last.data, before };
  const changes = diffItems(stateOf(before), stateOf(last.data.after), { ignore });
  if (changes.length === 0) return undefined;
  return { ...last.data, before, changes, kinds: kindsOf(changes) };
}

function stateOf(json: unknown): DicomJson {
  return (json ?? {}) as DicomJson;
}
