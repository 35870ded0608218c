/**
 * A peer as a user knows it, and how it is spoken to.
 *
 * @module
 */

import type { CharacterSetPolicy } from "../dicom/text/character_set.ts";
import { type DataSetLimits, defaultDataSetLimits } from "../dicom/limits.ts";
import { TransferSyntax } from "../dicom/uid.ts";
import type { AssociateOptions } from "../network/associate.ts";
import type { ProposedContext } from "../network/negotiation.ts";
import type { SopClassExtendedNegotiation, UserIdentityRq } from "../network/pdu.ts";
import type { Timeouts } from "../network/timeouts.ts";
import type { TlsOptions } from "../network/tls.ts";
import type { Trace } from "../network/trace.ts";

/** A DICOM application entity on the network. */
export interface Peer {
  /** A host name or an IP address. */
  readonly host: string;
  /** A TCP port. */
  readonly port: number;
  /** Its own AE title, by which we call it; at most 16 characters, case matters. */
  readonly aeTitle: string;
  /**
   * Our AE title, as it knows us.
   *
   * @default {"WORKLISTD"}
   */
  readonly callingAeTitle?: string | undefined;
  /**
   * UIDs of the transfer syntaxes to propose, best first.
   *
   * @default {[TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian]}
   */
  readonly transferSyntaxes?: readonly string[] | undefined;
  /**
   * The longest PDU that we accept, in bytes; 0 means no limit.
   *
   * @default {131072}
   */
  readonly maxPduLength?: number | undefined;
  /** Deadlines; those left out are of {@linkcode defaultTimeouts}. */
  readonly timeouts?: Timeouts | undefined;
  /** Speak TLS; leave out for a plain connection. */
  readonly tls?: TlsOptions | undefined;
  /** SOP class extended negotiation, such as relational queries. */
  readonly extendedNegotiation?: readonly SopClassExtendedNegotiation[] | undefined;
  /** A user name, a passcode or a ticket for the peer. */
  readonly userIdentity?: UserIdentityRq | undefined;
  /** The character set of its text if it names none, or a wrong one. */
  readonly characterSet?: CharacterSetPolicy | undefined;
  /**
   * The most that one match may have. A match with more is one that could not be read.
   *
   * @default {defaultMatchLimits}
   */
  readonly limits?: Partial<MatchLimits> | undefined;
  /**
   * The time zone in which it means dates and times.
   *
   * @default {the machine's}
   */
  readonly timeZone?: string | undefined;
}

/** Options of an association with a peer. */
export interface PeerOptions {
  /** Aborts the association at any time. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every PDU and message. */
  readonly trace?: Trace | undefined;
}

/** Limits of one match. */
export interface MatchLimits extends Omit<DataSetLimits, "inflatedBytes"> {
  /** Bytes, as encoded and once inflated. */
  readonly bytes: number;
}

/** The limits that apply unless others are given. */
export const defaultMatchLimits: MatchLimits = {
  bytes: defaultDataSetLimits.inflatedBytes,
  values: defaultDataSetLimits.values,
  elements: defaultDataSetLimits.elements,
  depth: defaultDataSetLimits.depth,
};

/** The transfer syntaxes that can be proposed, by the names they have in the configuration. */
export const transferSyntaxNames: Readonly<Record<string, string>> = {
  "explicit-little": TransferSyntax.ExplicitVrLittleEndian,
  "implicit-little": TransferSyntax.ImplicitVrLittleEndian,
  "explicit-big": TransferSyntax.ExplicitVrBigEndian,
  "deflated": TransferSyntax.DeflatedExplicitVrLittleEndian,
};

/**
 * Says how an association with a peer is asked for.
 *
 * @param peer The peer.
 * @param abstractSyntaxes The SOP classes that are wanted.
 * @param options Options.
 * @returns The arguments of `associate`.
 */
export function associateOptionsOf(
  peer: Peer,
  abstractSyntaxes: readonly string[],
  options: PeerOptions = {},
): AssociateOptions {
  const { host, port, aeTitle, callingAeTitle = "WORKLISTD" } = peer;
  const { transferSyntaxes = defaultTransferSyntaxes } = peer;
  return {
    host,
    port,
    calledAeTitle: aeTitle,
    callingAeTitle,
    presentationContexts: abstractSyntaxes.map((abstractSyntax): ProposedContext => ({
      abstractSyntax,
      transferSyntaxes,
    })),
    maxPduLength: peer.maxPduLength,
    timeouts: peer.timeouts,
    tls: peer.tls,
    maxMessageLength: peer.limits?.bytes ?? defaultMatchLimits.bytes,
    extendedNegotiation: peer.extendedNegotiation,
    userIdentity: peer.userIdentity,
    signal: options.signal,
    trace: options.trace,
  };
}

const defaultTransferSyntaxes: readonly string[] = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
];
