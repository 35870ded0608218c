/**
 * From the extended negotiation options of `find` to what is proposed, and back to what was refused.
 *
 * PS3.4 sections C.5.1.1 and K.5.1.
 *
 * @module
 */
import {
  acceptedQueryOptions,
  proposeQueryOptions,
  type QueryOptions,
} from "../../network/extended_negotiation.ts";
import type { SopClassExtendedNegotiation } from "../../network/pdu.ts";
import type { findSpec } from "./find_options.ts";
import type { Values } from "./option_table.ts";

const optionNames = {
  relational: "relational-query",
  dateTime: "dt-matching",
  fuzzyNames: "fuzzy-names",
  timezone: "timezone-adj",
  enhancedConversion: "enhanced-conversion",
} as const satisfies Record<keyof QueryOptions, string>;

/** The values of these options. */
export type NegotiationValues = Pick<
  Values<typeof findSpec>,
  (typeof optionNames)[keyof typeof optionNames]
>;

/**
 * Makes the item that proposes what the options ask for.
 *
 * @param sopClassUid The SOP class of the query.
 * @param values The options.
 * @returns The item; undefined where nothing is asked for that the SOP class can negotiate.
 */
export function proposalOf(
  sopClassUid: string,
  values: NegotiationValues,
): SopClassExtendedNegotiation | undefined {
  return proposeQueryOptions(sopClassUid, {
    relational: values[optionNames.relational],
    dateTime: values[optionNames.dateTime],
    fuzzyNames: values[optionNames.fuzzyNames],
    timezone: values[optionNames.timezone],
    enhancedConversion: values[optionNames.enhancedConversion],
  });
}

/**
 * Lists the proposals that a peer did not accept.
 *
 * @param proposal The proposal.
 * @param answers The peer's answer.
 * @returns The options, with their dashes.
 */
export function refusedOptions(
  proposal: SopClassExtendedNegotiation,
  answers: readonly SopClassExtendedNegotiation[],
): string[] {
  const proposed = acceptedQueryOptions(proposal.sopClassUid, [proposal]);
  const accepted = acceptedQueryOptions(proposal.sopClassUid, answers);
  return keysOf(optionNames).filter((option) => proposed[option] && !accepted[option])
    .map((option) => `--${optionNames[option]}`);
}

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[];
}
