/**
 * Collects the changes of a poll while they are decided.
 *
 * @module
 */
import type { FreshMatch } from "./answer.ts";
import { kindsOf } from "./change_kind.ts";
import type { Evidence, PendingEvent } from "../event.ts";
import { formatFingerprint } from "../fingerprint.ts";
import { idOf, type ItemKey, splitOrdinal, withOrdinal } from "../item.ts";
import type { Item } from "../journal/journal.ts";
import type { Migration } from "./migration.ts";
import type { Pair } from "./pair.ts";
import type { Entry, Observations, Worklist } from "../worklist.ts";

/** An item that is taken over without an event. */
export interface TakenItem {
  readonly item: Item;
  /** The key under which the item was stored until now, if it was another one. */
  readonly was?: ItemKey;
  /** Present if the item was not stored before. */
  readonly isNew?: true;
  /** True if only the key or the configuration is new, and the data set is unchanged. */
  readonly keepsDataSet: boolean;
}

/** Collects events and silent changes, and gives keys to new items. */
export class Draft {
  readonly events: PendingEvent[] = [];
  readonly taken: TakenItem[] = [];
  readonly dropped: Item[] = [];
  /** Stored items that the answer has, in any encoding. */
  readonly seen = new Set<Entry>();
  readonly encodings: Observations["encodings"][number][] = [];
  /** Ids of items whose data sets match the keys. */
  readonly matching: string[] = [];
  /** Subjects of identities that have got a second item. */
  readonly collisions = new Set<string>();
  readonly #worklist: Worklist;
  readonly #migration: Migration;
  readonly #subjectOf: (id: string) => string;
  /** Ids that this poll has given to items. */
  readonly #given = new Set<string>();
  /** The last ordinal of each identity that has several items. */
  readonly #lastOrdinals = new Map<string, number>();
  readonly #changed = new Map<Entry, Item>();

  /**
   * @param worklist The stored items.
   * @param migration The relation of the items to the configuration in force.
   * @param subjectOf Returns the keyed hash of an identity.
   */
  constructor(worklist: Worklist, migration: Migration, subjectOf: (id: string) => string) {
    this.#worklist = worklist;
    this.#migration = migration;
    this.#subjectOf = subjectOf;
  }

  /** Adds a new item. */
  add(match: FreshMatch, isSilent: boolean): void {
    const { key, id } = this.#newKey(match.key, match.baseId);
    const item = this.#itemOf(match, key, id, 0);
    if (isSilent) this.taken.push({ item, isNew: true, keepsDataSet: false });
    else this.events.push({ kind: "added", after: item });
    if (match.unreadable === undefined) this.matching.push(item.id);
  }

  /**
   * Takes over the new state of a stored item.
   *
   * @returns The new state.
   */
  change({ entry, match, changes }: Pair): Item {
    this.seen.add(entry);
    const before = this.#renamed(entry, match.key, match.baseId);
    const was = before === entry.item ? {} : { was: entry.item.key };
    const after = this.#itemOf(match, before.key, before.id, before.sequence);
    this.#changed.set(entry, after);
    if (changes.length > 0) {
      if (was.was) this.taken.push({ item: before, ...was, keepsDataSet: true });
      this.events.push({ kind: "changed", before, after, changes, kinds: kindsOf(changes) });
      return after;
    }
    if (!this.#migration.isCurrent(entry)) {
      this.taken.push({ item: after, ...was, keepsDataSet: false });
      return after;
    }
    this.encodings.push({ entry, high: match.high, low: match.low });
    return entry.item;
  }

  /** Brings an unchanged item to the configuration in force. */
  carryOver(entry: Entry): void {
    const { base } = splitOrdinal(this.#migration.keyOf(entry));
    const before = this.#renamed(entry, base, idOf(base));
    const was = before === entry.item ? {} : { was: entry.item.key };
    const item = { ...before, configuration: this.#migration.number };
    this.taken.push({ item, ...was, keepsDataSet: true });
  }

  /** The state of a stored item after the changes so far. */
  current(entry: Entry): Item {
    return this.#changed.get(entry) ?? entry.item;
  }

  /** Adds the event of an item that is removed or has left the window. */
  leave(before: Item, kind: "removed" | "left_window", evidence: Evidence): void {
    this.events.push({ kind, before, evidence });
  }

  /** The item under its identity by the configuration in force. */
  #renamed({ item }: Entry, base: ItemKey, baseId: string): Item {
    if (item.id === baseId || idOf(splitOrdinal(item.key).base) === baseId) return item;
    const { key, id } = this.#newKey(base, baseId);
    return { ...item, key, id, subject: this.#subjectOf(id) };
  }

  /** Makes a key that no item has. The first item of an identity keeps the identity as its key. */
  #newKey(base: ItemKey, baseId: string): { key: ItemKey; id: string } {
    let key = base;
    let id = baseId;
    for (let ordinal = 2; this.#isTaken(id); ordinal++) {
      this.collisions.add(this.#subjectOf(baseId));
      ordinal = Math.max(ordinal, (this.#lastOrdinals.get(baseId) ?? 0) + 1);
      this.#lastOrdinals.set(baseId, ordinal);
      key = withOrdinal(base, ordinal);
      id = idOf(key);
    }
    this.#given.add(id);
    return { key, id };
  }

  #isTaken(id: string): boolean {
    if (this.#given.has(id)) return true;
    return !this.#migration.isOtherModel && this.#worklist.item(id) !== undefined;
  }

  #itemOf(match: FreshMatch, key: ItemKey, id: string, sequence: number): Item {
    return {
      id,
      key,
      subject: this.#subjectOf(id),
      fingerprint: formatFingerprint(Int32Array.of(match.high, match.low)),
      json: match.json,
      characterSet: match.characterSet,
      sequence,
      configuration: this.#migration.number,
    };
  }
}
