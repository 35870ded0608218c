/**
 * The items of one query as stations see them: those of the last commit, found by their keys.
 *
 * Nothing here changes the store. A view stays as it is while later commits change the items.
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

/** The store of a query, as far as stations see it. */
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

  /** Nothing of the item is decoded yet. */
  constructor(item: Item) {
    this.item = item;
  }

  /**
   * What is known of it before it is decoded.
   *
   * @param index Numbers its values.
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

  /** Decodes it; values are read when they are looked at. */
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
  /** What can be answered for an item. */
  supportedFor(item: ServedItem): SupportedKeys | undefined;
}

/** More numbered values than this for each item are those of items long gone. */
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

  /** The store that is viewed. */
  get store(): ServedStore {
    return this.#store;
  }

  /** The items as they are committed now. */
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
   * Numbers the values of all items, so that no station has to wait for that. Others have their turn meanwhile.
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
 * @param mayMatch The test of the index; `undefined`: all may.
 * @returns The items, and `undefined` now and then, so that others get their turn.
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

/** So many items are prepared in one turn: their JSON is read. */
const itemsWarmed = 64;

/** So many items are passed over before others get their turn. */
const itemsAtOnce = 256;
