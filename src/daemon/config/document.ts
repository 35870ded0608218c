/**
 * The whole configuration file: the schema from which validation and the JSON Schema come.
 *
 * @module
 */
import * as z from "zod";
import type { SinkOptions } from "../../deliver/sinks/sink_types.ts";
import { type ConfigFiles, fileParts } from "./files.ts";
import type { Hidden } from "./hidden.ts";
import { httpSchema, type HttpSection } from "./http.ts";
import { peerSchema, type PeerSection } from "./peer.ts";
import { querySchema, type QuerySection } from "./query.ts";
import { aeTitle, duration, type Part, positiveDuration } from "./scalars.ts";
import { serveSchema, type ServeSection } from "./serve.ts";
import { sinkSchema } from "./sink.ts";

/** The file as the schema returns it. */
export interface DocumentSection {
  /** Our calling AE title. */
  readonly aeTitle: string;
  readonly stateDir: string | undefined;
  /** The time that committed changes are kept. */
  readonly historyMs: number;
  readonly log: LogSection;
  /** Undefined: no HTTP. */
  readonly http: HttpSection | undefined;
  readonly peers: Readonly<Record<string, PeerSection>>;
  readonly queries: Readonly<Record<string, QuerySection>>;
  readonly sinks: Readonly<Record<string, Hidden<SinkOptions>>>;
  readonly serve?: ServeSection | undefined;
}

/** Level and form of the log. */
export interface LogSection {
  readonly level: "debug" | "info" | "warning" | "error";
  readonly format: "text" | "json";
  /** True if patient data may be logged. */
  readonly phi: boolean;
  /** The interval at which a lasting outage is logged again, in milliseconds; 0: never. */
  readonly remindMs: number;
}

// A file is read once: compiling its schema would cost memory for as long as the daemon runs.
z.config({ jitless: true });

/** Names are parts of file names, URLs and event ids. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/**
 * The form of a name made by `for_each`: between the brackets, everything that an AE title may have except brackets.
 */
const expandedPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(\[[ -Z^-~]{1,64}\])?$/;

const log: Part<LogSection> = z.strictObject({
  level: z.enum(["debug", "info", "warning", "error"]).default("info").describe(
    "Least level that is logged",
  ),
  format: z.enum(["text", "json"]).default("text").describe(
    "Lines for people, or one JSON object a line",
  ),
  phi: z.boolean().default(false).describe("true: patient data may be logged"),
  remind: duration.prefault("1h").describe("Log an outage again after so long; 0s: never"),
}).transform(({ remind: remindMs, ...rest }) => ({ ...rest, remindMs }));

/**
 * Makes the schema of the whole file.
 *
 * @param files Finds and reads the files that it names.
 * @returns The schema.
 */
export function documentSchema(files: ConfigFiles): Part<DocumentSection> {
  const parts = fileParts(files);
  return z.strictObject({
    ae_title: aeTitle.default("WORKLISTD").describe("Our calling AE title"),
    state_dir: parts.path.optional().describe(
      "Folder of the stored items and history; default: $STATE_DIRECTORY, otherwise ./state",
    ),
    history: positiveDuration.default(30 * 86_400_000).describe(
      "The time that committed changes are kept",
    ),
    log: log.prefault({}).describe("Messages on standard error"),
    http: httpSchema(parts).optional().describe("HTTP interface and status page; default: none"),
    peers: z.record(z.string().regex(namePattern), peerSchema(parts)).describe(
      "DICOM peers that are asked, by name",
    ),
    queries: z.record(z.string().regex(expandedPattern), querySchema).describe(
      "Scheduled queries, by name",
    ),
    sinks: z.record(z.string().regex(namePattern), sinkSchema(parts)).default({}).describe(
      "Receivers of changes, by name",
    ),
    serve: serveSchema(parts).optional().describe("Answer stations that ask for worklists"),
  }).transform(({ ae_title: aeTitle, state_dir: stateDir, history: historyMs, ...rest }) => ({
    aeTitle,
    stateDir,
    historyMs,
    ...rest,
    http: rest.http,
  }));
}
