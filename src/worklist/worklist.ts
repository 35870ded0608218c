/**
 * The items of one query in memory, found by identity and by fingerprint, and where the query stands.
 *
 * Only a {@linkcode Batch} changes it: what one commit of the journal says, whether it was just written or
 * is read back at start.
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

/** What is remembered of earlier polls, besides the items. Kept over restarts. */
export interface PollState {
  /** Whether a complete poll has been taken over. */
  readonly begun: boolean;
  /** In which ways polls failed since the last complete one, as they were told; absent if it was complete. */
  readonly failing?: readonly FailureClass[];
  /** Why the last complete poll was not believed; absent if it was. */
  readonly suspect?: SuspectReason;
  /** When the last complete poll that was believed began: RFC 3339. Not worth a commit of its own. */
  readonly believed?: string;
  /** Held by complete polls in a row that lost too much; absent if the last one did not. */
  readonly brake?: Brake;
  readonly counts: CountMemory;
  readonly clock?: ClockState;
  /** The last complete answer had no match, and items wait for another such answer to leave the window. */
  readonly emptied?: true;
  /** An attribute that changed in every item at every poll. */
  readonly volatile?: Volatile;
  /** A person said that items are new although they differ from missing ones only in an identity made anew. */
  readonly renewalApproved?: true;
  readonly massRemoval?: MassRemoval;
}

/** An attribute that changed in every item. */
export interface Volatile {
  /** Its key path. */
  readonly path: string;
  /** At how many complete polls in a row. */
  readonly polls: number;
}

/** The last removal of a loss that the brake had held. */
export interface MassRemoval {
  /** When: RFC 3339, UTC. */
  readonly time: string;
  /** How many items were removed. */
  readonly removed: number;
  /** Of how many that there were. */
  readonly items: number;
  /** Why: `confirmed` by further polls, or `approved` by a person. */
  readonly cause: "confirmed" | "approved";
  /** How many complete polls agreed. */
  readonly polls: number;
  /** For how long, in milliseconds. */
  readonly heldMs: number;
}

/** An item with what only the daemon needs. */
export interface Entry {
  item: Item;
  /** The halves of the fingerprint by which the item is recognised now. */
  high: number;
  low: number;
  /** Complete polls in a row that missed it. */
  missed: number;
  /** The number of the last answer that had it. */
  seenIn: number;
  /** The number of the resolved keys that its data set matches, or is said to match by a peer that is trusted. */
  matchesIn: number;
  /** The path of an attribute of it that cannot be read, so that nobody knows whether it matches. */
  unreadable: string | undefined;
  /** Whether it is no longer an item. */
  gone: boolean;
}

/** Why a match was dropped. */
export interface Rejection {
  /** The path of the key that it does not match. */
  readonly path: string;
  /** Whether only upper and lower case made the difference. */
  readonly isCase: boolean;
  /** Its identity as one text, without an ordinal; and by the earlier configurations too. */
  readonly baseIds: readonly string[];
}

/** What a snapshot has besides the items. */
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
  /** Ids of items of which it is now known that they match the keys. */
  readonly matching: readonly string[];
  /** What was rejected; undefined if the answer was not complete. */
  readonly rejections: FingerprintIndex<Rejection> | undefined;
  readonly clock: ClockMemory;
  /** Identities, without ordinals, of matches that were not added as the peer may have made them anew. */
  readonly renewed: ReadonlySet<string>;
}

/** What one commit changes in memory. */
export interface Batch {
  /** The number of the commit, from 1. */
  readonly number: number;
  /** The last sequence committed with it. */
  readonly sequence: number;
  /** Ids of items that are dropped or get another id; taken out first. */
  readonly dropped: readonly string[];
  /** Items as they are from now on. */
  readonly items: readonly Item[];
  /** Ids of items that are removed after that. */
  readonly removed: readonly string[];
  /** Id to the number of complete polls that missed the item, where that changed. */
  readonly missed: ReadonlyMap<string, number>;
  readonly pollState: PollState;
  /** The configuration in force; its value may be left out where its number is known. */
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
   * Makes a worklist without items of what a snapshot says.
   *
   * @param saved What is remembered besides the items.
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
   * Numbers the first event after others.
   *
   * @param sequence The last sequence that is taken.
   */
  beginAfter(sequence: number): void {
    if (this.#commits === 0) this.#sequence = sequence;
  }

  /** How many items there are. */
  get size(): number {
    return this.#items.size;
  }

  /** Memory of the texts of all items, in bytes, as far as it can be told by their lengths. */
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

  /** What is remembered of earlier polls. */
  get pollState(): PollState {
    return this.#pollState;
  }

  /** When the last committed poll began, in milliseconds since 1970; undefined before the first. */
  get lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  /** What the last poll saw of the clocks; undefined before the first since the start. */
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

  /** The configuration under which an item was asked for. */
  configurationOf(item: Item): QueryConfiguration | undefined {
    return this.#configurations.get(item.configuration);
  }

  /** The configurations that are in force or have items, by their numbers. */
  usedConfigurations(): Map<number, QueryConfiguration> {
    const used = new Set([this.#configuration]);
    for (const { item } of this.entries()) used.add(item.configuration);
    return new Map([...this.#configurations].filter(([number]) => used.has(number)));
  }

  /** Whether the items are of another model or level than a configuration asks for. */
  isOfOtherModel({ model, level }: QueryConfiguration): boolean {
    const { configuration } = this;
    return configuration !== undefined &&
      (configuration.model !== model || configuration.level !== level);
  }

  /** The identities, other than that of a configuration, by which items are known. */
  otherIdentities({ identity }: QueryConfiguration): (readonly string[])[] {
    const others = [...this.#configurations.values()].map((one) => one.identity)
      .filter((one) => one.join() !== identity.join());
    return [...new Map(others.map((one) => [one.join(), one])).values()];
  }

  /**
   * Numbers the resolved keys: a new number where they differ from those of the last poll.
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

  /** Why a match with this fingerprint was dropped, under the same resolved keys. */
  rejectionOf(fingerprint: Fingerprint, resolution: number): Rejection | undefined {
    return resolution === this.#resolution ? this.#rejections.get(fingerprint) : undefined;
  }

  /** Starts a new answer; its number marks the items that it has. */
  nextAnswer(): number {
    return ++this.#answers;
  }

  /** The item of an id. */
  item(id: string): Item | undefined {
    return this.#items.get(id)?.item;
  }

  /** Every item. */
  entries(): Iterable<Entry> {
    return this.#items.values();
  }

  /** Whether there is an item of an identity, given as one text without an ordinal. */
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

  /** Takes in what is not kept over a restart. */
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

  /** Takes in where the query stands, where that is not worth writing down. */
  setPollState(pollState: PollState): void {
    this.#pollState = pollState;
  }

  /** Makes a commit's changes. */
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
