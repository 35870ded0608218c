/**
 * What an association tells those who watch it; put in words by `describe.ts`.
 *
 * @module
 */
import type { DimseMessage } from "./dimse.ts";
import type { Pdu } from "./pdu.ts";

/** Which way something went. */
export type Direction = "sent" | "received";

/** Something that went over the wire. */
export type TraceEvent =
  | { readonly kind: "pdu"; readonly direction: Direction; readonly pdu: Pdu }
  | {
    readonly kind: "message";
    readonly direction: Direction;
    readonly message: DimseMessage;
    /** How the data set of the message is encoded. */
    readonly transferSyntaxUid: string;
  };

/** Is told of every PDU and message, in order. What it throws ends the association. */
export type Trace = (event: TraceEvent) => void;
