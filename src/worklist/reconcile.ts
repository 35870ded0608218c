/**
 * Decides what a poll's answer changes: the types. (The decision itself follows.)
 *
 * @module
 */
import type { FailureClass, Item, PollFailure, PollRecord } from "./journal.ts";
import type { AttributeChange } from "./diff.ts";
import type { Kind } from "./change_kind.ts";

/** How a poll ended; the type makes the caller say whether the answer is whole. */
export type PollEnd =
  | { readonly complete: true; readonly status: string }
  | { readonly complete: false; readonly status?: string; readonly failure: PollFailure };

/** When an item that is no longer returned counts as removed. */
export interface RemovalRules {
  /** Complete polls in a row that must miss an item. @default {2} */
  readonly confirmPolls: number;
  /** Ask for the item by its unique keys first. @default {false} */
  readonly verify: boolean;
  /** The share of the items, 0 to 1, whose loss at once is held back. @default {0.5} */
  readonly brake: number;
  /** Worklists with fewer items have no brake. @default {10} */
  readonly brakeMin: number;
  /** Complete polls that must agree before a held loss is believed. @default {3} */
  readonly brakePolls: number;
}

/** What a targeted C-FIND for one item found; by the item's id in {@linkcode ReconcileInput}. */
export type Verification =
  | {
    readonly answered: true;
    readonly matches: readonly { bytes: Uint8Array; transferSyntaxUid: string }[];
  }
  | { readonly answered: false; readonly words: string };

/** What proves that an item was removed or left its window. Goes into the event as it is. */
export interface Evidence {
  /** `missing`: complete polls no longer returned it. `window`: its data set no longer matches the keys. */
  readonly reason: "missing" | "window" | "keys-changed" | "peer-changed" | "found-elsewhere";
  /** Complete polls in a row that missed it, this one included. */
  readonly polls: number;
  /** The key path that no longer matches. */
  readonly unmatched?: string;
  /** What the targeted C-FIND was asked and answered. */
  readonly verified?: { readonly asked: readonly string[]; readonly matches: number };
  /** The removal was held back by the brake and released by further polls or by hand. */
  readonly brake?: "confirmed" | "approved";
}

/** One event to be committed, before it has a sequence. */
export type PendingEvent =
  | { readonly kind: "added"; readonly after: Item }
  | {
    readonly kind: "changed";
    readonly before: Item;
    readonly after: Item;
    readonly changes: readonly AttributeChange[];
    readonly kinds: readonly Kind[];
  }
  | { readonly kind: "removed" | "left_window"; readonly before: Item; readonly evidence: Evidence }
  | { readonly kind: "failed"; readonly reason: FailureClass; readonly words: string }
  | { readonly kind: "recovered"; readonly reason: FailureClass; readonly words: string }
  | { readonly kind: "suspect"; readonly reason: "brake" | "limit"; readonly words: string };

/** What one poll changes; `store.commit` makes it so. */
export interface Reconciliation {
  readonly poll: PollRecord;
  /** In the order in which they are committed. */
  readonly events: readonly PendingEvent[];
  /** Items whose removal waits for a targeted C-FIND: ask, and reconcile again with the answers. */
  readonly verify: readonly Item[];
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly leftWindow: number;
  /** Why nothing was removed although items are missing. */
  readonly suspect: { readonly reason: "brake" | "limit"; readonly words: string } | undefined;
}
