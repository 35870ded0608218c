/**
 * The events that an association reports to its trace; `describe.ts` describes them.
 *
 * @module
 */
import type { DimseMessage } from "./dimse.ts";
import type { Pdu } from "./pdu.ts";

/** The direction of a PDU or message. */
export type Direction = "sent" | "received";

/** Something that went over the wire. */
export type TraceEvent =
  | { readonly kind: "pdu"; readonly direction: Direction; readonly pdu: Pdu }
  | {
    readonly kind: "message";
    readonly direction: Direction;
    readonly message: DimseMessage;
    /** The encoding of the message's data set. */
    readonly transferSyntaxUid: string;
  };

/** Called with every PDU and message, in order. An error that it throws ends the association. */
export type Trace = (event: TraceEvent) => void;
