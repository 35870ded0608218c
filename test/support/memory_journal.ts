import { Pulse } from "../../src/deliver/pulse.ts";
import { eventWriter, type PendingEvent } from "../../src/worklist/event.ts";
import type {
  CommittedEvent,
  Item,
  JournalSource,
  PollRecord,
} from "../../src/worklist/journal/journal.ts";

/** A journal in memory, for those who read one. Its lines are written by the real writer of events. */
export class MemoryJournal implements JournalSource {
  readonly query: string;
  lastPoll: PollRecord | undefined = poll;
  revision = 0;
  oldestSequence = 1;
  /** Sequences up to this one were given to sinks and are gone from the journal. */
  lostUpTo = 0;
  ignore: readonly string[] = [];
  readonly #lines: string[] = [];
  readonly #items = new Map<string, Item>();
  readonly #committed = new Pulse();

  constructor(query = "ct-today") {
    this.query = query;
  }

  get lastSequence(): number {
    return this.#lines.length;
  }

  get usedSequence(): number {
    return Math.max(this.lostUpTo, this.lastSequence);
  }

  read(after: number, limit: number): Promise<CommittedEvent[]> {
    const from = Math.max(after, this.oldestSequence - 1);
    const lines = this.#lines.slice(from, from + limit);
    return Promise.resolve(lines.map((line, at) => ({ sequence: from + at + 1, line })));
  }

  async whenCommitted(after: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.lastSequence <= after) await this.#committed.next(signal);
  }

  async whenRevised(revision: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.revision <= revision) await this.#committed.next(signal);
  }

  items(): Iterable<Item> {
    return this.#items.values();
  }

  /** Commits events, and the items that they are about. */
  commit(time: Temporal.Instant, ...events: readonly PendingEvent[]): void {
    const source = {
      query: this.query,
      peer: "ris",
      model: "worklist",
      noun: "worklist.item",
    } as const;
    const write = eventWriter(source, poll, time.toString({ smallestUnit: "millisecond" }));
    for (const event of events) {
      this.#lines.push(write(event, this.lastSequence + 1));
      if ("after" in event) this.#items.set(event.after.id, event.after);
      else if ("before" in event) this.#items.delete(event.before.id);
    }
    this.#tell();
  }

  /** Takes items over without an event. */
  takeOver(...items: readonly Item[]): void {
    for (const item of items) this.#items.set(item.id, item);
    this.#tell();
  }

  #tell(): void {
    this.revision++;
    this.#committed.beat();
  }
}

const poll: PollRecord = {
  id: "p1",
  started: "2026-11-21T11:59:59.000Z",
  matches: 1,
  complete: true,
  status: "0000",
};

/** An item that can be told from others by its number; `json` are further attributes. */
export function itemOf(number: number, json: Record<string, unknown> = {}): Item {
  const step = `SPS${number}`;
  const dataset = {
    "00100010": { vr: "PN", Value: [{ Alphabetic: `MARKER^${number}` }] },
    "00400009": { vr: "SH", Value: [step] },
    ...json,
  };
  const text = JSON.stringify(dataset);
  return {
    id: JSON.stringify({ ScheduledProcedureStepID: step }),
    key: { ScheduledProcedureStepID: step },
    subject: `k1-${number.toString(16).padStart(32, "0")}`,
    fingerprint: fingerprintOf(text),
    json: text,
    characterSet: undefined,
    sequence: 0,
    configuration: 1,
  };
}

/** An event that says an item was added. */
export function added(number: number): PendingEvent {
  return { kind: "added", after: itemOf(number) };
}

/** An event that says an attribute of an item changed. */
export function changed(number: number, path: string, before: string, after: string): PendingEvent {
  const change = { path, tag: "00400002", vr: "DA", before: [before], after: [after] };
  return {
    kind: "changed",
    before: itemOf(number, { "00400002": { vr: "DA", Value: [before] } }),
    after: itemOf(number, { "00400002": { vr: "DA", Value: [after] } }),
    changes: [change],
    kinds: ["rescheduled"],
  };
}

/** An event that says an item was removed. */
export function removed(number: number): PendingEvent {
  return { kind: "removed", before: itemOf(number), evidence: { reason: "missing", polls: 2 } };
}

/** An event that says an item left the window of its query. */
export function left(number: number): PendingEvent {
  return { kind: "left_window", before: itemOf(number), evidence: { reason: "window", polls: 1 } };
}

function fingerprintOf(text: string): string {
  let hash = 7n;
  for (const character of text) {
    hash = (hash * 31n + BigInt(character.codePointAt(0) ?? 0)) & 0xFFFF_FFFF_FFFF_FFFFn;
  }
  return hash.toString(16).padStart(16, "0");
}
