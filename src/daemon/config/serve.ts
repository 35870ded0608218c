/**
 * The `serve` part of the configuration: the worklists that stations ask for.
 *
 * @module
 */
import * as z from "zod";
import { lookupTag } from "../../dicom/dictionary/dictionary.ts";
import type { Vr } from "../../dicom/vr.ts";
import { TlsCredentialError } from "../../network/errors.ts";
import { defaultMaxPduLength } from "../../network/negotiation.ts";
import { readCredentials, type TlsCredentials } from "../../network/tls.ts";
import type { Keys } from "../../query/query_definition.ts";
import { parseKeyPath } from "../../query/key_path.ts";
import { type AddressRange, isLoopback, parseAddressRange } from "../../serve/address_range.ts";
import type { PersonNameOptions } from "../../worklist/match/match_text.ts";
import type { FileParts } from "./files.ts";
import { Hidden } from "./hidden.ts";
import { keysPart } from "./keys.ts";
import { personNamesPart } from "./query.ts";
import { type Part, plainText, positiveDuration, text, whole, withHint } from "./scalars.ts";

/** The worklist SCP as the file names it. */
export interface ServeSection {
  readonly listen: { readonly host: string; readonly port: number };
  readonly maxAssociations: number;
  /** The longest PDU that we accept, in bytes. */
  readonly maxPduLength: number;
  readonly timeouts: ServeTimeouts;
  readonly tls: ServeTls | undefined;
  /** By called AE title. */
  readonly worklists: Readonly<Record<string, ServedWorklistSection>>;
}

/** The limits on a station's time, in milliseconds. */
export interface ServeTimeouts {
  /** From the connection to the association request, TLS included. */
  readonly associateMs: number;
  /** Between two requests of one association. */
  readonly idleMs: number;
  /** Until a station has taken what we write. */
  readonly writeMs: number;
}

/** TLS as a listener. */
export interface ServeTls {
  /** Hidden, since our private key is in it. */
  readonly credentials: Hidden<TlsCredentials>;
  readonly clientCert: "require" | "if_present" | "ignore";
}

/** One worklist. */
export interface ServedWorklistSection {
  /** Names of queries; one with `for_each` may have its name in the file. */
  readonly queries: readonly string[];
  /** By calling AE title; undefined: any, which is allowed on loopback only. */
  readonly callers: Readonly<Record<string, CallerSection>> | undefined;
  /** The Scheduled Procedure Step Statuses that are served; undefined: all. */
  readonly statuses: readonly string[] | undefined;
  readonly maxAgeMs: number | undefined;
  readonly whenStale: "serve" | "refuse";
  /** The key path of the attribute that gets the age; undefined: none. */
  readonly staleNote: string | undefined;
  readonly personNames: PersonNameOptions;
}

/** A station that may ask. */
export interface CallerSection {
  /** The addresses that it may come from; empty: any. */
  readonly from: readonly AddressRange[];
  /** Keys that are added to what it asks. */
  readonly keys: Keys;
  /** True if each match is to have the status FF00, also where a key is not supported. */
  readonly onlyFF00: boolean;
}

const listen: Part<{ host: string; port: number }> = text((value) => {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined || Number(digits) > 65_535) {
    throw new SyntaxError("must be an address and a port, such as 0.0.0.0:11112 or [::]:11112");
  }
  return { host, port: Number(digits) };
}, ["0.0.0.0:11112", "127.0.0.1:11112"]);

const addressRange: Part<AddressRange> = text(parseAddressRange, ["10.1.0.0/16"]);

const addressRanges: Part<AddressRange[]> = withHint(
  z.preprocess((from) => typeof from === "string" ? [from] : from, z.array(addressRange).min(1)),
  { jsonSchema: { type: ["string", "array"], items: { type: "string" } } },
);

const caller: Part<CallerSection> = z.strictObject({
  from: addressRanges.optional()
    .describe("Address or range of addresses, or a list of them; default: any"),
  keys: keysPart.prefault({}).describe("Added to the keys that the station asks with"),
  pending: z.enum(["ff00"]).optional().describe(
    "ff00: for stations that take status FF01 (a key is not supported) as the end of the answer",
  ),
}).transform(({ from = [], keys, pending }) => ({ from, keys, onlyFF00: pending === "ff00" }));

/** Text that has room for a note. */
const noteVrs: ReadonlySet<Vr | undefined> = new Set<Vr>(["LO", "SH", "LT", "ST", "UT", "UC"]);

const staleNote: Part<string> = text((path) => {
  const attribute = lookupTag(parseKeyPath(path).at(-1)?.tag ?? 0);
  const vr = attribute?.vr;
  if (!noteVrs.has(vr)) {
    throw new SyntaxError(
      `must be an attribute with text (LO, SH, LT, ST, UT, UC); this has VR ${vr ?? "unknown"}`,
    );
  }
  if (identifying.has(attribute?.keyword ?? "")) {
    throw new SyntaxError("must not be an attribute by which a patient or a step is identified");
  }
  return path;
}, [
  "RequestedProcedureComments",
  "ScheduledProcedureStepSequence.CommentsOnTheScheduledProcedureStep",
]);

/** A note in one of these would make one step or patient look like another. */
const identifying: ReadonlySet<string> = new Set([
  "PatientID",
  "IssuerOfPatientID",
  "AccessionNumber",
  "AdmissionID",
  "RequestedProcedureID",
  "ScheduledProcedureStepID",
  "ScheduledStationName",
  "CodeValue",
  "CodingSchemeDesignator",
  "PlacerOrderNumberImagingServiceRequest",
  "FillerOrderNumberImagingServiceRequest",
]);

const aeTitleKey = z.string().regex(/^(?! *$)[\x20-\x5b\x5d-\x7e]{1,16}$/);

const worklist: Part<ServedWorklistSection> = z.strictObject({
  queries: z.array(plainText).min(1).describe(
    "Names of the queries whose items are served together",
  ),
  callers: z.record(aeTitleKey, caller).optional()
    .describe("Calling AE titles that are let in; leave out on loopback only"),
  statuses: z.array(plainText).min(1).optional()
    .describe("Scheduled Procedure Step Statuses that are served; default: all"),
  max_age: positiveDuration.optional().describe("A list that is older than this is stale"),
  when_stale: z.enum(["serve", "refuse"]).default("serve")
    .describe("refuse: a stale list is answered with status A700"),
  stale_note: staleNote.optional()
    .describe("Attribute that gets the age of a stale list, before its own text"),
  person_names: personNamesPart.prefault({}).describe("How names are compared with the keys"),
}).superRefine((section, context) => {
  const need = (path: string): void => {
    const message = `is required: ${path} has no meaning without an age at which a list is stale`;
    context.addIssue({ code: "custom", path: ["max_age"], message });
  };
  if (section.max_age !== undefined) return;
  if (section.when_stale === "refuse") need("when_stale: refuse");
  else if (section.stale_note !== undefined) need("stale_note");
}).transform((section): ServedWorklistSection => ({
  queries: section.queries,
  callers: section.callers,
  statuses: section.statuses,
  maxAgeMs: section.max_age,
  whenStale: section.when_stale,
  staleNote: section.stale_note,
  personNames: section.person_names,
}));

const timeouts = z.strictObject({
  associate: positiveDuration.default(10_000)
    .describe("From the connection to the association request"),
  idle: positiveDuration.default(60_000).describe("Between two requests of a station"),
  write: positiveDuration.default(30_000).describe("Until a station takes what is written"),
});

/**
 * Makes the schema of the whole part.
 *
 * @param files The parts that stand for files.
 * @returns The schema.
 */
export function serveSchema(files: FileParts): Part<ServeSection> {
  return z.strictObject({
    listen: listen.describe("Address and port; off loopback each worklist needs callers"),
    max_associations: whole(1, 10_000).default(100).describe("Associations open at once"),
    max_pdu: whole(4096, 16_777_216).default(defaultMaxPduLength).describe(
      "Longest PDU that we accept",
    ),
    timeouts: timeouts.prefault({}).describe("Deadlines of a station"),
    tls: tlsSchema(files).optional().describe("Speak TLS; default: no"),
    worklists: z.record(aeTitleKey, worklist).describe("By called AE title"),
  }).superRefine(({ listen, worklists }, context) => {
    if (Object.keys(worklists).length === 0) {
      context.addIssue({ code: "custom", path: ["worklists"], message: "must not be empty" });
    }
    for (const [name, { callers }] of Object.entries(worklists)) {
      if (callers !== undefined && Object.keys(callers).length > 0) continue;
      if (callers === undefined && isLoopback(listen.host)) continue;
      const message = callers === undefined
        ? `is required: without it anybody who reaches ${listen.host} may read the list`
        : "must not be empty: nobody could ask";
      context.addIssue({ code: "custom", path: ["worklists", name, "callers"], message });
    }
  }).transform((section): ServeSection => ({
    listen: section.listen,
    maxAssociations: section.max_associations,
    maxPduLength: section.max_pdu,
    timeouts: {
      associateMs: section.timeouts.associate,
      idleMs: section.timeouts.idle,
      writeMs: section.timeouts.write,
    },
    tls: section.tls,
    worklists: trimmedKeys(section.worklists, (one) => ({
      ...one,
      callers: one.callers && trimmedKeys(one.callers, (caller) => caller),
    })),
  }));
}

/** Leading and trailing spaces of AE titles do not count (PS3.5 section 6.2). */
function trimmedKeys<T>(
  map: Readonly<Record<string, T>>,
  change: (one: T) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(map).map(([key, one]) => [key.trim(), change(one)]));
}

function tlsSchema(files: FileParts): Part<ServeTls> {
  return z.strictObject({
    cert: files.credential.describe("File: our certificate"),
    key: files.credential.describe("File: our private key"),
    key_password_file: files.contents.optional().describe("File with the password of the key"),
    ca: files.authorities.optional()
      .describe("File or folder: the authorities that sign the certificates of stations"),
    client_cert: z.enum(["require", "if_present", "ignore"]).optional()
      .describe("If stations need a certificate; default: require with ca, ignore without"),
  }).transform((section, context): ServeTls => {
    const clientCert = section.client_cert ?? (section.ca === undefined ? "ignore" : "require");
    if (clientCert !== "ignore" && section.ca === undefined) {
      const message = `is required: client_cert: ${clientCert} needs the authorities to trust`;
      context.addIssue({ code: "custom", path: ["ca"], message });
      return z.NEVER;
    }
    try {
      const credentials = readCredentials({
        ca: section.ca?.contents,
        cert: section.cert,
        key: section.key,
        keyPassword: section.key_password_file,
      });
      return { credentials: new Hidden(credentials), clientCert };
    } catch (error) {
      if (!(error instanceof TlsCredentialError)) throw error;
      const path = [error.part === "certificate" ? "cert" : error.part];
      context.addIssue({ code: "custom", path, message: error.message });
      return z.NEVER;
    }
  });
}
