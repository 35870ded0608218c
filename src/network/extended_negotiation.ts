/**
 * SOP class extended negotiation of the C-FIND services: how a peer is asked to match.
 *
 * PS3.7 Annex D.3.3.5; the bytes are those of PS3.4 sections C.5.1.1 (query/retrieve), K.5.1 (worklist)
 * and CC.3.2 (UPS, as for the worklist).
 *
 * @module
 */
import { SopClass } from "../dicom/uid.ts";
import type { SopClassExtendedNegotiation } from "./pdu.ts";

/** The options that can be negotiated for C-FIND. */
export interface QueryOptions {
  /** Keys of several levels in one query; not for worklist and UPS. */
  readonly relational?: boolean | undefined;
  /** Date and time ranges matched as one; worklist and UPS always do. */
  readonly dateTime?: boolean | undefined;
  /** Fuzzy semantic matching of person names. */
  readonly fuzzyNames?: boolean | undefined;
  /** Times adjusted to Timezone Offset From UTC. */
  readonly timezone?: boolean | undefined;
  /** Enhanced multi-frame image conversion; not for worklist and UPS. */
  readonly enhancedConversion?: boolean | undefined;
}

/** The byte of each option in Service-class-application-information, PS3.4 Table C.5-1. */
const optionBytes: readonly (keyof QueryOptions)[] = [
  "relational",
  "dateTime",
  "fuzzyNames",
  "timezone",
  "enhancedConversion",
];

/** Worklist and UPS: the first two bytes are reserved and always 1, and there is no fifth. */
const worklistClasses: readonly string[] = [
  SopClass.ModalityWorklistInformationModelFind,
  SopClass.UnifiedProcedureStepPull,
];

/**
 * Proposes query options for a SOP class.
 *
 * PS3.4 sections C.5.1.1.1 and K.5.1.1.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { proposeQueryOptions } from "./extended_negotiation.ts";
 *
 * const worklist = "1.2.840.10008.5.1.4.31";
 * assertEquals(proposeQueryOptions(worklist, { fuzzyNames: true })?.info, Uint8Array.of(1, 1, 1, 0));
 * ```
 *
 * @param sopClassUid The SOP class of the C-FIND.
 * @param options The wanted options.
 * @returns The sub-item, or `undefined` where nothing is wanted that this SOP class can negotiate.
 */
export function proposeQueryOptions(
  sopClassUid: string,
  options: QueryOptions,
): SopClassExtendedNegotiation | undefined {
  const bytes = optionBytes.map((option) => options[option] ? 1 : 0);
  const info = worklistClasses.includes(sopClassUid) ? [1, 1, ...bytes.slice(2, 4)] : bytes;
  const firstNegotiable = info.length === bytes.length ? 0 : 2;
  if (!info.slice(firstNegotiable).includes(1)) return undefined;
  return { sopClassUid, info: Uint8Array.from(info) };
}

/**
 * Reads what an acceptor agreed to; bytes that it left out are refused.
 *
 * PS3.4 sections C.5.1.1.2 and K.5.1.2.
 *
 * @param sopClassUid The SOP class of the C-FIND.
 * @param answers The extended negotiation sub-items of the A-ASSOCIATE-AC.
 * @returns The options that are in force.
 */
export function acceptedQueryOptions(
  sopClassUid: string,
  answers: readonly SopClassExtendedNegotiation[],
): Required<QueryOptions> {
  const info = answers.find((answer) => answer.sopClassUid === sopClassUid)?.info;
  const isWorklist = worklistClasses.includes(sopClassUid);
  const accepted = (option: keyof QueryOptions): boolean =>
    info?.[optionBytes.indexOf(option)] === 1;
  return {
    relational: !isWorklist && accepted("relational"),
    dateTime: isWorklist || accepted("dateTime"),
    fuzzyNames: accepted("fuzzyNames"),
    timezone: accepted("timezone"),
    enhancedConversion: !isWorklist && accepted("enhancedConversion"),
  };
}
