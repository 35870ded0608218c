/**
 * The items of one query as stations see them: those of the last commit, found by their keys.
 *
 * This file does not change the store. A view does not change while later commits change the items.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { decodeDataSet } from "../dicom/decode.ts";
import type { QueryStore } from "../worklist/journal/store.ts";
import type { Item } from "../worklist/journal/journal.ts";
import { encodeItem, keptSyntax } from "./encoded_item.ts";
import { type IndexedItem, type MayMatch, StepIndex } from "./step_index.ts";
import { SupportedKeys } from "./supported_keys.ts";

/** The part of a query's store that stations can see. */
export interface ServedStore {
  readonly query: string;
  readonly lastSequence: number;
  readonly revision: number;
  readonly worklist: Pick<
    QueryStore["worklist"],
    "entries" | "configurationOf" | "pollState" | "size"
  >;
}

/** One item of a view. */
export class ServedItem {
  readonly item: Item;
  #index: StepIndex | undefined;
  #indexed: IndexedItem | undefined;
  #bytes: Uint8Array | undefined;

  /** Keeps the item. Nothing of it is decoded yet. */
  constructor(item: Item) {
    this.item = item;
  }

  /**
   * The facts about the item that are known before it is decoded.
   *
   * @param index The index that numbers its values.
   */
  indexed(index: StepIndex): IndexedItem {
    if (this.#indexed === undefined || this.#index !== index) {
      this.#indexed = index.add(this.item.json);
      this.#index = index;
    }
    return this.#indexed;
  }

  /** The encoded item, as {@linkcode encodeItem} makes it. */
  get bytes(): Uint8Array {
    return this.#bytes ??= encodeItem(this.item);
  }

  /** Decodes the item. Values are read when they are used. */
  decode(): DataSet {
    return decodeDataSet(this.bytes, keptSyntax);
  }
}

/** The items at one committed sequence. */
export interface QueryView {
  readonly query: string;
  readonly sequence: number;
  readonly items: readonly ServedItem[];
  /** Finds the items that may match. */
  readonly index: StepIndex;
  /** The keys that can be answered for an item. */
  supportedFor(item: ServedItem): SupportedKeys | undefined;
}

/** The number of values for each item above which numbers of removed items are discarded. */
const valuesPerItem = 8;
const fewValues = 4096;

/** Makes views of the store of one query. */
export class ServedQuery {
  readonly #store: ServedStore;
  #revision = -1;
  #items: readonly ServedItem[] = [];
  #byId = new Map<string, ServedItem>();
  #index = new StepIndex();
  readonly #supported = new Map<number, SupportedKeys>();

  /** @param store The store of the query. */
  constructor(store: ServedStore) {
    this.#store = store;
  }

  /** The store of the query. */
  get store(): ServedStore {
    return this.#store;
  }

  /** The items of the last commit. */
  view(): QueryView {
    this.#refresh();
    return {
      query: this.#store.query,
      sequence: this.#store.lastSequence,
      items: this.#items,
      index: this.#index,
      supportedFor: (item) => this.#supportedFor(item.item),
    };
  }

  /**
   * Numbers the values of all items in advance, so that no station has to wait for it. Other tasks run
   * meanwhile.
   *
   * @param turn Waits for the next turn.
   */
  async warm(turn: () => Promise<void>): Promise<void> {
    const { items, index } = this.view();
    for (const [count, item] of items.entries()) {
      item.indexed(index);
      if (count % itemsWarmed === itemsWarmed - 1) await turn();
    }
  }

  #refresh(): void {
    const { revision, worklist } = this.#store;
    if (revision === this.#revision) return;
    const items: ServedItem[] = [];
    const byId = new Map<string, ServedItem>();
    for (const { item } of worklist.entries()) {
      const before = this.#byId.get(item.id);
      const served = before?.item === item ? before : new ServedItem(item);
      items.push(served);
      byId.set(item.id, served);
    }
    this.#items = items;
    this.#byId = byId;
    this.#revision = revision;
    if (this.#index.size > valuesPerItem * items.length + fewValues) this.#index = new StepIndex();
  }

  #supportedFor(item: Item): SupportedKeys | undefined {
    let supported = this.#supported.get(item.configuration);
    if (supported === undefined) {
      const configuration = this.#store.worklist.configurationOf(item);
      if (configuration === undefined) return undefined;
      supported = new SupportedKeys(configuration.requested);
      this.#supported.set(item.configuration, supported);
    }
    return supported;
  }
}

/**
 * Finds the items of a view that may match.
 *
 * @param view The view.
 * @param mayMatch The test of the index; `undefined` if all items may match.
 * @returns The items, and sometimes `undefined`, so that other tasks can run.
 */
export function* candidates(
  view: QueryView,
  mayMatch: MayMatch | undefined,
): Generator<ServedItem | undefined> {
  let passed = 0;
  for (const item of view.items) {
    if (mayMatch === undefined || mayMatch(item.indexed(view.index))) yield item;
    else if (++passed % itemsAtOnce === 0) yield undefined;
  }
}

/** The number of items that are prepared in one turn. Their JSON is parsed. */
const itemsWarmed = 64;

/** The number of items that are passed over before other tasks run. */
const itemsAtOnce = 256;
