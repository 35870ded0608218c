/**
 * The input and the result of `reconcile`.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import type { QueryConfiguration } from "../configuration.ts";
import type { Verification } from "./verification.ts";
import type { TakenItem } from "./draft.ts";
import type { EventSource, PendingEvent, SuspectReason } from "../event.ts";
import type { CancelledEnd, CompleteEnd, FailedEnd, LimitedEnd } from "../../network/query_end.ts";
import type { Item, PollFailure, PollRecord } from "../journal/journal.ts";
import type { RemovalRules } from "./removal.ts";
import type { Observations, PollState, Worklist } from "../worklist.ts";

/** The end of a poll's questions. Only a complete one can prove a loss. */
export type PollEnd =
  & (
    | CompleteEnd & {
      /** The number of parts that the answer is put together of, each known to be whole. @default {1} */
      readonly parts?: number;
    }
    | (LimitedEnd | CancelledEnd | FailedEnd) & {
      /** The class and the message of the failure, as events and status show them. */
      readonly failure: PollFailure;
    }
  )
  & {
    /** The count at which the peer cut the answer to the whole question, if it was asked for in parts. */
    readonly cutAt?: number;
  };

/** The input of `reconcile`. */
export interface ReconcileInput {
  readonly worklist: Worklist;
  readonly answer: Answer;
  readonly end: PollEnd;
  readonly poll: { readonly id: string; readonly started: string };
  /** The monotonic time at which the poll began, in milliseconds. */
  readonly monotonicMs: number;
  /** The time of the commit: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly source: EventSource;
  readonly rules: RemovalRules;
  /** The most matches that one answer may have. @default {Infinity} */
  readonly limit?: number;
  /** `silent` if the items of the first complete poll are taken over without events. */
  readonly initial: "emit" | "silent";
  /** Returns the keyed hash of an identity: `QueryStore.subjectOf`. */
  readonly subjectOf: (id: string) => string;
  /**
   * The answers to the targeted C-FINDs for the items that an earlier call put into `verify`, by the item's
   * id.
   */
  readonly verified?: ReadonlyMap<string, Verification>;
}

/** The changes of one poll. `QueryStore.commit` applies them. */
export interface Reconciliation {
  readonly poll: PollRecord;
  readonly time: string;
  readonly source: EventSource;
  /** The events, in the order of their commit. */
  readonly events: readonly PendingEvent[];
  /** Items that are taken over without an event. */
  readonly taken: readonly TakenItem[];
  /** Items that are dropped without an event. */
  readonly dropped: readonly Item[];
  /** The number of complete polls in a row that missed an item, by its id. Only changed numbers are listed. */
  readonly missed: ReadonlyMap<string, number>;
  readonly pollState: PollState;
  readonly configuration: { readonly number: number; readonly value: QueryConfiguration };
  readonly observations: Observations;
  /** Items whose removal waits for a targeted C-FIND. Ask for them, and reconcile again with the answers. */
  readonly verify: readonly Item[];
  readonly counts: ChangeCounts;
  /**
   * The reason why something is held back although the answer was complete; undefined if the answer is
   * believed.
   */
  readonly suspect: { readonly reason: SuspectReason; readonly words: string } | undefined;
  /** The message that says why unverified items stay. */
  readonly unverified: string | undefined;
  /** The message that proposes a line of configuration, which would spare meaningless changes. */
  readonly hint: string | undefined;
}

/** The number of changes of a poll, and its oddities. */
export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly leftWindow: number;
  /** The number of items taken over without an event. */
  readonly taken: number;
  /** The number of items that are missing and stay. */
  readonly missing: number;
  /** The number of matches whose content another match of this answer has. */
  readonly duplicates: number;
  /** Subjects of identities that have got a second item. */
  readonly collisions: readonly string[];
  /** The number of matches that were dropped because they do not match the keys. */
  readonly rejected: number;
  readonly undecodable: number;
}
