/**
 * Finds an attribute that changes in every item at every poll, such as a time stamp of the answer.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import type { Draft } from "./draft.ts";
import type { PollRecord } from "../journal/journal.ts";
import type { ReconcileInput } from "./reconciliation.ts";
import { ignoreLine } from "./renewed.ts";
import type { Volatile } from "../worklist.ts";

/** The number of complete polls in a row after which the attribute is reported. */
const tellingPolls = 3;

/**
 * Finds an attribute that changed in every item.
 *
 * @param input The poll.
 * @param poll The record of the poll.
 * @param draft The changes of the poll.
 * @returns The attribute, and the number of polls at which it changed; undefined if there is none.
 */
export function volatileAfter(
  { worklist, answer }: ReconcileInput,
  poll: PollRecord,
  draft: Draft,
): Volatile | undefined {
  const { volatile: before } = worklist.pollState;
  if (!poll.complete) return before;
  const changed = draft.events.flatMap((event) => event.kind === "changed" ? [event.changes] : []);
  const added = draft.events.filter(({ kind }) => kind === "added").length;
  if (changed.length < 2 || changed.length + added < answer.accepted - answer.duplicates) {
    return undefined;
  }
  const paths = changed.map((changes) => new Set(changes.map(({ path }) => path)));
  const [first = new Set<string>(), ...others] = paths;
  const common = [...first].filter((path) => others.every((other) => other.has(path)));
  const path = common.find((one) => one === before?.path) ?? common[0];
  if (path === undefined) return undefined;
  const polls = path === before?.path ? Math.min(before.polls + 1, tellingPolls) : 1;
  return { path, polls };
}

/**
 * True if an attribute has changed often enough to be reported.
 *
 * @param volatile The attribute; undefined if there is none.
 */
export function isReported(volatile: Volatile | undefined): boolean {
  return (volatile?.polls ?? 0) >= tellingPolls;
}

/**
 * Writes the message that says what to do about an attribute that changes at every poll.
 *
 * @param volatile The attribute.
 * @param answer The answer.
 */
export function volatileMessage({ path }: Volatile, { question }: Answer): string {
  const line = ignoreLine(question.configuration.ignore, [path]);
  return `${path} changes in every item at every poll: if that says nothing about the items, put into the query: ` +
    line;
}
