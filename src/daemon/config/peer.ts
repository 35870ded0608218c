/**
 * The `peers` of the configuration.
 *
 * @module
 */
import * as z from "zod";
import { defaultMaxPduLength } from "../../network/negotiation.ts";
import { defaultTimeouts } from "../../network/timeouts.ts";
import { type MatchLimits, transferSyntaxNames } from "../../query/peer.ts";
import { characterSetTerms } from "./character_set.ts";
import type { FileParts } from "./files.ts";
import { Hidden } from "./hidden.ts";
import { tlsSchema, type TlsSection } from "./tls.ts";
import {
  aeTitle,
  type Part,
  plainText,
  positiveDuration,
  positiveSize,
  timeZone,
  whole,
} from "./scalars.ts";

/** A peer as the file names it. */
export interface PeerSection {
  readonly host: string;
  readonly port: number;
  /** The called AE title. */
  readonly aeTitle: string;
  readonly callingAeTitle: string | undefined;
  /** The largest PDU that we accept in bytes; 0: no limit. */
  readonly maxPduLength: number;
  /** UIDs, in order of preference. */
  readonly transferSyntaxes: readonly string[];
  readonly maxAssociations: number;
  readonly findsPerAssociation: number;
  readonly timeouts: {
    readonly connectMs: number;
    readonly associateMs: number;
    readonly responseMs: number;
    readonly releaseMs: number;
  };
  /** The deadline of a whole poll. */
  readonly totalMs: number;
  readonly characterSet: { readonly default?: string; readonly override?: string };
  /** The most that one match may have. */
  readonly limits: MatchLimits;
  readonly timeZone: string | undefined;
  /** Hidden, since it has our private key in it. */
  readonly tls: Hidden<TlsSection> | undefined;
}

const transferSyntax = z.enum(["explicit-little", "implicit-little", "explicit-big", "deflated"]);

const timeouts = z.strictObject({
  connect: positiveDuration.default(defaultTimeouts.connectMs).describe(
    "Until the connection is open, TLS included",
  ),
  associate: positiveDuration.default(defaultTimeouts.associateMs).describe(
    "Until the association is accepted",
  ),
  response: positiveDuration.default(defaultTimeouts.responseMs).describe("Between two responses"),
  release: positiveDuration.default(defaultTimeouts.releaseMs).describe(
    "Until the release is answered",
  ),
  total: positiveDuration.default(600_000).describe("Of a whole poll"),
});

const characterSet = z.strictObject({
  default: characterSetTerms.optional().describe("Used if a data set names none"),
  override: characterSetTerms.optional().describe("Used instead of the one that a data set names"),
}).transform(({ default: fallback, override }) => ({
  ...(fallback !== undefined && { default: fallback }),
  ...(override !== undefined && { override }),
}));

/** A daemon of many peers has less memory for each match than a program that asks one. */
const limits = z.strictObject({
  match: positiveSize.default(4_194_304).describe("Bytes of one match"),
  values: whole(1, 100_000_000).default(65_536).describe(
    "Values of one element",
  ),
  elements: whole(1, 100_000_000).default(20_000).describe(
    "Elements and items of one match",
  ),
  depth: whole(1, 1000).default(64).describe("Sequences within sequences"),
}).transform(({ match: bytes, ...others }): MatchLimits => ({ bytes, ...others }));

/**
 * Makes the schema of one peer.
 *
 * @param files The parts that stand for files.
 * @returns The schema.
 */
export function peerSchema(files: FileParts): Part<PeerSection> {
  return z.strictObject({
    host: plainText.describe("Host name or address"),
    port: whole(1, 65_535).describe("TCP port"),
    ae_title: aeTitle.describe("Called AE title"),
    calling_ae_title: aeTitle.optional().describe("Calling AE title; default: ae_title at the top"),
    max_pdu: whole(0, 16_777_216).default(defaultMaxPduLength)
      .describe("Largest PDU that we accept in bytes; 0: no limit"),
    transfer_syntaxes: z.array(transferSyntax).min(1).default([
      "explicit-little",
      "implicit-little",
    ])
      .describe("What to propose, in order of preference"),
    max_associations: whole(1, 100).default(1).describe("Associations open at once"),
    finds_per_association: whole(1, 1000).default(1)
      .describe("More than 1: queries due together share an association"),
    timeouts: timeouts.prefault({}).describe("Deadlines of each step of a poll"),
    character_set: characterSet.prefault({}).describe("Specific Character Set of the peer's text"),
    limits: limits.prefault({}).describe(
      "Most that one match may have; a match that has more is not read",
    ),
    timezone: timeZone.optional().describe(
      "Of the peer's dates and times, and of its queries; default: that of this machine",
    ),
    tls: tlsSchema(files).transform((options) => new Hidden(options)).optional().describe(
      "Speak TLS",
    ),
  }).transform((section): PeerSection => ({
    host: section.host,
    port: section.port,
    aeTitle: section.ae_title,
    callingAeTitle: section.calling_ae_title,
    maxPduLength: section.max_pdu,
    transferSyntaxes: section.transfer_syntaxes.flatMap((name) => transferSyntaxNames[name] ?? []),
    maxAssociations: section.max_associations,
    findsPerAssociation: section.finds_per_association,
    timeouts: {
      connectMs: section.timeouts.connect,
      associateMs: section.timeouts.associate,
      responseMs: section.timeouts.response,
      releaseMs: section.timeouts.release,
    },
    totalMs: section.timeouts.total,
    characterSet: section.character_set,
    limits: section.limits,
    timeZone: section.timezone,
    tls: section.tls,
  }));
}
