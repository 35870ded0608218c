/**
 * Committed events as the status page shows them: what changed, with before and after side by side.
 *
 * @module
 */
import { cutAfter, cutBefore } from "../../worklist/event.ts";
import type { AttributeChange } from "../../worklist/judge/diff.ts";
import { sayEvidence } from "../presentation.js";
import { cellsOf, valueText } from "./item_rows.ts";

/** One attribute that changed. */
export interface ChangedValue {
  /** The keyword of the attribute. */
  readonly attribute: string;
  readonly before: string;
  readonly after: string;
}

/** One event. */
export interface ChangeView {
  readonly query: string;
  readonly sequence: number;
  /** When it was committed: RFC 3339, UTC. */
  readonly time: string;
  /** The last word of its type: `added`, `changed`, `removed`, `left_window`, `failed`, … */
  readonly change: string;
  /** Absent for what is about a poll. */
  readonly subject?: string;
  readonly kinds: readonly string[];
  readonly changes: readonly ChangedValue[];
  /** The item's cells after the event, or before it if it is gone; see `rowColumns`, from `when` on. */
  readonly cells?: readonly string[];
  /** Why the item is gone, or what happened to the poll. */
  readonly words?: string;
}

/** The fields that are read of an event's line, without its data sets. */
interface Head {
  readonly type: string;
  readonly time: string;
  readonly subject?: string;
  readonly data: {
    readonly query: string;
    readonly kinds?: readonly string[];
    readonly changes?: readonly AttributeChange[];
    readonly evidence?: Parameters<typeof sayEvidence>[0];
    readonly words?: string;
  };
}

/**
 * Makes what the page shows of a committed event.
 *
 * @param line The CloudEvent as JSON text.
 * @param sequence Its sequence.
 * @returns The view; it has patient data.
 */
export function changeView(line: string, sequence: number): ChangeView {
  const after = cutAfter(line);
  const before = cutBefore(line);
  const rest = after?.rest ?? line;
  const head: Head = JSON.parse(
    before === undefined ? rest : rest.slice(0, rest.lastIndexOf(',"before":{')) + "}}",
  );
  const { query, kinds = [], changes = [], evidence, words } = head.data;
  const shown = after?.json ?? before;
  return {
    query,
    sequence,
    time: head.time,
    change: head.type.slice(head.type.lastIndexOf(".") + 1),
    ...(head.subject !== undefined && { subject: head.subject }),
    kinds,
    changes: changes.map((change) => ({
      attribute: change.path.slice(change.path.lastIndexOf(".") + 1),
      before: valuesText(change.before),
      after: valuesText(change.after),
    })),
    ...(shown !== undefined && { cells: cellsOf(JSON.parse(shown)) }),
    ...(evidence !== undefined && { words: sayEvidence(evidence) }),
    ...(words !== undefined && { words }),
  };
}

function valuesText(values: readonly unknown[]): string {
  return values.map(valueText).join("\\");
}
