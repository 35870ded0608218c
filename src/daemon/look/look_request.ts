/**
 * Questions of read-only commands about the stored items, and the answers.
 *
 * @module
 */
import type { ItemKey } from "../../worklist/item.ts";
import type { Whereabouts } from "../../worklist/whereabouts.ts";

/** A question about the stored items; the answer comes in parts. */
export type LookRequest =
  | { readonly do: "why"; readonly text: string; readonly query?: string }
  | { readonly do: "show"; readonly query: string; readonly at?: string; readonly find?: string }
  | {
    readonly do: "history";
    readonly query?: string;
    /** RFC 3339. */
    readonly since?: string;
    readonly key?: string;
    readonly find?: string;
  }
  | { readonly do: "blame"; readonly query: string; readonly key: string }
  | { readonly do: "held"; readonly query: string }
  | { readonly do: "tap"; readonly query?: string };

/** The knowledge of a query's items, and its age. */
export interface Knowledge {
  readonly query: string;
  /** The peer that is asked. */
  readonly peer: string;
  /** True if a complete answer was ever taken over. */
  readonly begun: boolean;
  /** When the last complete answer came: RFC 3339. */
  readonly asOf: string | undefined;
  /** Why later answers were not complete. */
  readonly failing?: {
    readonly class: string;
    readonly words: string;
    readonly since: string | undefined;
  } | undefined;
  /** Why the query cannot be polled or committed. */
  readonly problem?: string;
}

/** The answer to `why` for each query. */
export interface WhyPart {
  readonly knowledge: Knowledge;
  /** When the journal begins; undefined if nothing was ever committed. */
  readonly begins: string | undefined;
  readonly items: readonly Whereabouts[];
  /** Matches of the last complete answer with an identity that has the text, dropped because they are outside a key. */
  readonly outside?: readonly { readonly key: ItemKey; readonly path: string }[];
}

/** The first part of the answer to `show`; the items follow as DICOM JSON text. */
export interface ShowHead {
  readonly knowledge: Knowledge;
  /** False if nothing was known at the moment that is asked for. */
  readonly isKnown: boolean;
}

/** The answer to `history` and `tap` for each event. */
export interface EventPart {
  readonly query: string;
  readonly line: string;
}

/** The answer to `held` for each item that an approval would remove. */
export interface HeldPart {
  readonly json: string;
  readonly missed: number;
}
