/**
 * What `reconcile` is given of a poll, and what it decides.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import type { QueryConfiguration } from "../configuration.ts";
import type { Verification } from "./verification.ts";
import type { TakenItem } from "./draft.ts";
import type { EventSource, PendingEvent, SuspectReason } from "../event.ts";
import type { Item, PollFailure, PollRecord } from "../journal/journal.ts";
import type { RemovalRules } from "./removal.ts";
import type { Observations, PollState, Worklist } from "../worklist.ts";

/** How a poll ended; the type makes the caller say whether the answer is whole. */
export type PollEnd =
  | {
    readonly complete: true;
    /** The final status as four hex digits. */
    readonly status: string;
    /** Of how many parts the answer is put together, each known to be whole. @default {1} */
    readonly parts?: number;
    /** The count at which the peer cut the answer to the whole question, where that is why there are parts. */
    readonly cutAt?: number;
  }
  | {
    readonly complete: false;
    readonly status?: string;
    readonly failure: PollFailure;
    /** The count at which the peer cut the answer to the whole question, if asking in parts did not help. */
    readonly cutAt?: number;
  };

/** A poll and what is to be known to judge it. */
export interface ReconcileInput {
  readonly worklist: Worklist;
  readonly answer: Answer;
  readonly end: PollEnd;
  readonly poll: { readonly id: string; readonly started: string };
  /** The monotonic clock when the poll began: milliseconds since some moment of this process. */
  readonly monotonicMs: number;
  /** When the changes are committed: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly source: EventSource;
  readonly rules: RemovalRules;
  /** The most matches that are taken of one answer. @default {Infinity} */
  readonly limit?: number;
  /** Whether the items of the first complete poll are told. */
  readonly initial: "emit" | "silent";
  /** The keyed hash of an identity: `QueryStore.subjectOf`. */
  readonly subjectOf: (id: string) => string;
  /** By the id of the item: what was found for those of an earlier call's `verify`. */
  readonly verified?: ReadonlyMap<string, Verification>;
}

/** What one poll changes; `QueryStore.commit` makes it so. */
export interface Reconciliation {
  readonly poll: PollRecord;
  readonly time: string;
  readonly source: EventSource;
  /** In the order in which they are committed. */
  readonly events: readonly PendingEvent[];
  /** Items taken over without an event. */
  readonly taken: readonly TakenItem[];
  /** Items dropped without an event. */
  readonly dropped: readonly Item[];
  /** Id to the number of complete polls in a row that missed the item, where that changed. */
  readonly missed: ReadonlyMap<string, number>;
  readonly pollState: PollState;
  readonly configuration: { readonly number: number; readonly value: QueryConfiguration };
  readonly observations: Observations;
  /** Items whose removal waits for a targeted C-FIND: ask, and reconcile again with the answers. */
  readonly verify: readonly Item[];
  readonly counts: ChangeCounts;
  /** Why nothing was removed although the answer was complete; undefined if it is believed. */
  readonly suspect: { readonly reason: SuspectReason; readonly words: string } | undefined;
  /** Why items stay that were to be verified before they are removed, in words. */
  readonly unverified: string | undefined;
  /** A line of configuration that would spare changes which say nothing, in words. */
  readonly hint: string | undefined;
}

/** How much a poll changed, and what was odd about it. */
export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly leftWindow: number;
  /** Items taken over without an event. */
  readonly taken: number;
  /** Items that are missing and stay. */
  readonly missing: number;
  /** Matches that say nothing that another match of this answer does not. */
  readonly duplicates: number;
  /** Subjects of identities that got a second item. */
  readonly collisions: readonly string[];
  /** Matches dropped because they do not match the keys. */
  readonly rejected: number;
  readonly undecodable: number;
}
