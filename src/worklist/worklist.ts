/**
 * The items of one query in memory, found by identity and by fingerprint, with the poll state of the query.
 *
 * Only a {@linkcode Batch} changes them. A batch is one commit of the journal, just written or read back at
 * the start.
 *
 * @module
 */
import { type Fingerprint, parseFingerprint } from "./fingerprint.ts";
import { FingerprintIndex } from "./fingerprint_index.ts";
import { idOf, type ItemKey, withOrdinal } from "./item.ts";
import type { FailureClass, Item, PollRecord } from "./journal/journal.ts";
import { Ordinals } from "./judge/ordinals.ts";
import type { SuspectReason } from "./event.ts";
import type { ClockMemory, ClockState } from "./judge/clock_doubt.ts";
import type { Brake } from "./judge/removal.ts";
import type { CountMemory } from "./judge/suspect.ts";
import type { QueryConfiguration } from "./configuration.ts";

/** The facts about a query's polls that are kept over restarts, besides the items. */
export interface PollState {
  /** True if a complete poll has been taken over. */
  readonly begun: boolean;
  /** The classes of failures since the last complete poll, as reported; absent if that was complete. */
  readonly failing?: readonly FailureClass[];
  /** The reason why the last complete poll was not believed; absent if it was believed. */
  readonly suspect?: SuspectReason;
  /** The number of items that the last complete poll lacked and that stay because it was not believed. */
  readonly held?: number;
  /**
   * The time at which the last believed complete poll began: RFC 3339. A poll that changes only this time
   * writes nothing.
   */
  readonly believed?: string;
  /** The loss that is held back; absent if the last complete poll lost little. */
  readonly brake?: Brake;
  readonly counts: CountMemory;
  readonly clock?: ClockState;
  /**
   * Present if the last complete answer had no match. Items then wait for a second such answer before they
   * leave the window.
   */
  readonly emptied?: true;
  /** An attribute that changed in every item at every poll. */
  readonly volatile?: Volatile;
  /** Present if a person said that items are new although they differ from missing ones only in the identity. */
  readonly renewalApproved?: true;
  readonly massRemoval?: MassRemoval;
}

/** An attribute that changed in every item. */
export interface Volatile {
  /** Its key path. */
  readonly path: string;
  /** The number of complete polls in a row at which it changed. */
  readonly polls: number;
}

/** The last removal of a loss that the brake had held. */
export interface MassRemoval {
  /** The time of the removal: RFC 3339, UTC. */
  readonly time: string;
  /** The number of removed items. */
  readonly removed: number;
  /** The number of items before the removal. */
  readonly items: number;
  /** The cause: `confirmed` by more polls, or `approved` by a person. */
  readonly cause: "confirmed" | "approved";
  /** The number of complete polls that agreed. */
  readonly polls: number;
  /** The time for which they agreed, in milliseconds. */
  readonly heldMs: number;
}

/** An item with the facts that only the daemon needs. */
export interface Entry {
  item: Item;
  /** The halves of the fingerprint by which the item is recognised now. */
  high: number;
  low: number;
  /** The number of complete polls in a row that missed it. */
  missed: number;
  /** The number of the last answer that had it. */
  seenIn: number;
  /** The number of the resolved keys that the data set matches, or matches according to a trusted peer. */
  matchesIn: number;
  /** The path of an attribute that cannot be read, so that the recheck is undecided. */
  unreadable: string | undefined;
  /** True if the item has been dropped. */
  gone: boolean;
}

/** The reason why a match was dropped. */
export interface Rejection {
  /** The path of the key that it does not match. */
  readonly path: string;
  /** True if the value differs from the key only in upper and lower case. */
  readonly isCase: boolean;
  /** The identity as one text, without an ordinal, by the present configuration and by earlier ones. */
  readonly baseIds: readonly string[];
}

/** The content of a snapshot besides the items. */
export interface SavedState {
  readonly sequence: number;
  readonly number: number;
  readonly pollState: PollState;
  readonly configuration: number;
  readonly configurations: ReadonlyMap<number, QueryConfiguration>;
  readonly poll: PollRecord;
}

/** Observations kept only in memory; a restart makes them again. */
export interface Observations {
  /** Items whose data set came in a new encoding. */
  readonly encodings: readonly {
    readonly entry: Entry;
    readonly high: number;
    readonly low: number;
  }[];
  /** Ids of items that are now known to match the keys. */
  readonly matching: readonly string[];
  /** The rejected matches; undefined if the answer was not complete. */
  readonly rejections: FingerprintIndex<Rejection> | undefined;
  readonly clock: ClockMemory;
  /**
   * Identities, without ordinals, of matches that were not added because the peer may have made the
   * identities new.
   */
  readonly renewed: ReadonlySet<string>;
}

/** The changes of one commit in memory. */
export interface Batch {
  /** The number of the commit, from 1. */
  readonly number: number;
  /** The last sequence committed with it. */
  readonly sequence: number;
  /** Ids of items that are dropped or get another id. They are taken out first. */
  readonly dropped: readonly string[];
  /** New states of items. */
  readonly items: readonly Item[];
  /** Ids of items that are removed after that. */
  readonly removed: readonly string[];
  /** The number of complete polls in a row that missed an item, by its id. Only changed numbers are listed. */
  readonly missed: ReadonlyMap<string, number>;
  readonly pollState: PollState;
  /** The configuration in force. Its value may be left out if its number is known. */
  readonly configuration: { readonly number: number; readonly value?: QueryConfiguration };
  readonly poll: PollRecord;
}

const nothingYet: PollState = { begun: false, counts: { limits: [] } };

const noEntries: readonly Entry[] = [];

/** The items of one query. */
export class Worklist {
  readonly #items = new Map<string, Entry>();
  readonly #ordinals = new Ordinals();
  #index = new FingerprintIndex<Entry>();
  #textBytes = 0;
  #sequence = 0;
  #commits = 0;
  #answers = 0;
  #resolved = "";
  #resolution = 0;
  #rejections = new FingerprintIndex<Rejection>();
  #pollState = nothingYet;
  #lastPollMs: number | undefined;
  #clock: ClockMemory | undefined;
  #renewed: ReadonlySet<string> = new Set();
  #configurations = new Map<number, QueryConfiguration>();
  #configuration = 0;
  readonly #key: Fingerprint = new Int32Array(2);

  /**
   * Makes a worklist without items from the head of a snapshot.
   *
   * @param saved The content of the snapshot besides the items.
   */
  static restore(saved: SavedState): Worklist {
    const worklist = new Worklist();
    worklist.#sequence = saved.sequence;
    worklist.#commits = saved.number;
    worklist.#pollState = saved.pollState;
    worklist.#lastPollMs = Date.parse(saved.poll.started);
    worklist.#configuration = saved.configuration;
    worklist.#configurations = new Map(saved.configurations);
    return worklist;
  }

  /** Adds an item of a snapshot. */
  restoreItem(item: Item, missed: number): void {
    this.#put(item).missed = missed;
  }

  /**
   * Sets the sequence after which events are numbered, if nothing has been committed yet.
   *
   * @param sequence The last sequence that is used already.
   */
  beginAfter(sequence: number): void {
    if (this.#commits === 0) this.#sequence = sequence;
  }

  /** The number of items. */
  get size(): number {
    return this.#items.size;
  }

  /** The memory of the texts of all items, estimated by their lengths, in bytes. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** The last committed sequence. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The number of the last commit. */
  get commits(): number {
    return this.#commits;
  }

  /** The poll state of the query. */
  get pollState(): PollState {
    return this.#pollState;
  }

  /** The time at which the last committed poll began, in milliseconds since 1970; undefined before the first. */
  get lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  /** The observations of the clocks at the last poll; undefined before the first since the start. */
  get clock(): ClockMemory | undefined {
    return this.#clock;
  }

  /** Identities, without ordinals, of matches of the last answer that were not added. */
  get renewed(): ReadonlySet<string> {
    return this.#renewed;
  }

  /** The number of the configuration in force; 0 before the first poll. */
  get configurationNumber(): number {
    return this.#configuration;
  }

  /** The configuration in force; undefined before the first poll. */
  get configuration(): QueryConfiguration | undefined {
    return this.#configurations.get(this.#configuration);
  }

  /** The configuration under which an item was received. */
  configurationOf(item: Item): QueryConfiguration | undefined {
    return this.#configurations.get(item.configuration);
  }

  /** The configurations that are in force or have items, by their numbers. */
  usedConfigurations(): Map<number, QueryConfiguration> {
    const used = new Set([this.#configuration]);
    for (const { item } of this.entries()) used.add(item.configuration);
    return new Map([...this.#configurations].filter(([number]) => used.has(number)));
  }

  /** True if the items are of another model or level than that of a configuration. */
  isOfOtherModel({ model, level }: QueryConfiguration): boolean {
    const { configuration } = this;
    return configuration !== undefined &&
      (configuration.model !== model || configuration.level !== level);
  }

  /** The identities, other than that of a configuration, under which items are stored. */
  otherIdentities({ identity }: QueryConfiguration): (readonly string[])[] {
    const others = [...this.#configurations.values()].map((one) => one.identity)
      .filter((one) => one.join() !== identity.join());
    return [...new Map(others.map((one) => [one.join(), one])).values()];
  }

  /**
   * Numbers the resolved keys. They get a new number if they differ from those of the last poll.
   *
   * @param resolved The resolved keys as text.
   */
  resolutionOf(resolved: string): number {
    if (resolved !== this.#resolved || this.#resolution === 0) {
      this.#resolved = resolved;
      this.#resolution++;
      this.#rejections = new FingerprintIndex<Rejection>();
    }
    return this.#resolution;
  }

  /** The reason why a match with this fingerprint was dropped, under the same resolved keys. */
  rejectionOf(fingerprint: Fingerprint, resolution: number): Rejection | undefined {
    return resolution === this.#resolution ? this.#rejections.get(fingerprint) : undefined;
  }

  /** The matches of the last complete answer that were dropped because they do not match the keys. */
  rejections(): Iterable<Rejection> {
    return this.#rejections.values();
  }

  /** Starts a new answer. Its number marks the items that it has. */
  nextAnswer(): number {
    return ++this.#answers;
  }

  /** The item with an id. */
  item(id: string): Item | undefined {
    return this.#items.get(id)?.item;
  }

  /** Every item. */
  entries(): Iterable<Entry> {
    return this.#items.values();
  }

  /** True if an item has an identity, given as one text without an ordinal. */
  knows(baseId: string): boolean {
    return this.#items.has(baseId) || this.#ordinals.has(baseId);
  }

  /**
   * The items that share an identity, by ascending ordinal.
   *
   * @param base The identity without an ordinal.
   * @param baseId The same as one text.
   */
  group(base: ItemKey, baseId: string = idOf(base)): readonly Entry[] {
    const ordinals = this.#ordinals.of(baseId);
    if (ordinals === undefined) {
      const entry = this.#items.get(baseId);
      return entry === undefined ? noEntries : [entry];
    }
    return ordinals.flatMap((ordinal) => this.#items.get(idOf(withOrdinal(base, ordinal))) ?? []);
  }

  /** The item whose data set had this fingerprint when it was last received. */
  recognise(fingerprint: Fingerprint): Entry | undefined {
    const entry = this.#index.get(fingerprint);
    if (entry === undefined || entry.gone) return undefined;
    return entry.high === fingerprint[0] && entry.low === fingerprint[1] ? entry : undefined;
  }

  /** Takes over the observations of a poll, which are not kept over a restart. */
  observe({ encodings, matching, rejections, clock, renewed }: Observations): void {
    for (const { entry, high, low } of encodings) this.#setFingerprint(entry, high, low);
    for (const id of matching) {
      const entry = this.#items.get(id);
      if (entry === undefined) continue;
      entry.matchesIn = this.#resolution;
      entry.unreadable = undefined;
    }
    if (rejections) this.#rejections = rejections;
    this.#clock = clock;
    this.#renewed = renewed;
  }

  /** Replaces the poll state without a commit, if the difference need not survive a restart. */
  setPollState(pollState: PollState): void {
    this.#pollState = pollState;
  }

  /** Applies the changes of a commit. */
  apply(batch: Batch): void {
    for (const id of batch.dropped) this.#drop(id);
    for (const item of batch.items) this.#put(item);
    for (const id of batch.removed) this.#drop(id);
    for (const [id, count] of batch.missed) {
      const entry = this.#items.get(id);
      if (entry) entry.missed = count;
    }
    this.#sequence = batch.sequence;
    this.#commits = batch.number;
    this.#pollState = batch.pollState;
    this.#lastPollMs = Date.parse(batch.poll.started);
    const { number, value } = batch.configuration;
    this.#configuration = number;
    if (value) this.#configurations.set(number, value);
    if (this.#index.size > 2 * this.size + 1024) this.#reindex();
  }

  #put(item: Item): Entry {
    let entry = this.#items.get(item.id);
    const isNew = entry === undefined;
    if (entry === undefined) {
      entry = {
        item,
        high: 0,
        low: 0,
        missed: 0,
        seenIn: 0,
        matchesIn: 0,
        unreadable: undefined,
        gone: false,
      };
      this.#items.set(item.id, entry);
      this.#ordinals.add(item, this.#items);
    }
    this.#textBytes += item.json.length - (isNew ? 0 : entry.item.json.length);
    entry.item = item;
    entry.missed = 0;
    entry.matchesIn = 0;
    if (parseFingerprint(item.fingerprint, this.#key)) {
      this.#setFingerprint(entry, this.#key[0] ?? 0, this.#key[1] ?? 0);
    }
    return entry;
  }

  #setFingerprint(entry: Entry, high: number, low: number): void {
    entry.high = high;
    entry.low = low;
    this.#key[0] = high;
    this.#key[1] = low;
    this.#index.set(this.#key, entry);
  }

  #drop(id: string): void {
    const entry = this.#items.get(id);
    if (entry === undefined) return;
    entry.gone = true;
    this.#textBytes -= entry.item.json.length;
    this.#items.delete(id);
    this.#ordinals.remove(entry.item);
  }

  #reindex(): void {
    this.#index = new FingerprintIndex<Entry>(this.size);
    for (const entry of this.entries()) {
      this.#setFingerprint(entry, entry.high, entry.low);
    }
  }
}
