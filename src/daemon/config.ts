/**
 * The configuration: read, checked as a whole, and ready for use.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { SinkOptions } from "../deliver/sinks/sink_types.ts";
import { documentSchema, type DocumentSection, type LogSection } from "./config/document.ts";
import type { ConfigFiles } from "./config/files.ts";
import type { Hidden } from "./config/hidden.ts";
import type { HttpSection } from "./config/http.ts";
import { problemsOf } from "./config/issues.ts";
import { knownKeysAt } from "./config/json_schema.ts";
import type { PeerSection } from "./config/peer.ts";
import { ConfigError, type LocatedProblem, type Problem } from "./config/problems.ts";
import type { QuerySection } from "./config/query.ts";
import { referenceProblems, sharedFileProblems } from "./config/references.ts";
import type { ServedWorklistSection, ServeSection } from "./config/serve.ts";
import { expandServedQueries, servedQueryProblems } from "./config/served_queries.ts";
import { ConfigSource } from "./config/source.ts";
import { substitute } from "./config/substitute.ts";
import type { TlsSection } from "./config/tls.ts";
import { misplacedKeys, passedOverFiles } from "./config/warnings.ts";
import { writtenProblems } from "./config/written.ts";

/** A peer, with all that the file leaves to defaults. */
export interface PeerConfig extends PeerSection {
  readonly name: string;
  readonly callingAeTitle: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** A query, with all that the file leaves to defaults. */
export interface QueryConfig extends QuerySection {
  readonly name: string;
  /** IANA name of the time zone of the peer's dates and times, if the configuration names it. */
  readonly peerTimeZone?: string | undefined;
  /** IANA name. */
  readonly timeZone: string;
}

/** A sink. */
export interface SinkConfig {
  readonly name: string;
  /** Hidden, since it may have secrets in it. */
  readonly options: Hidden<SinkOptions>;
}

/** A worklist that stations may ask for, with the names of its queries as they are polled. */
export interface ServedWorklistConfig extends ServedWorklistSection {
  /** The called AE title. */
  readonly name: string;
}

/** The worklist SCP. */
export interface ServeConfig extends Omit<ServeSection, "worklists"> {
  /** By called AE title. */
  readonly worklists: ReadonlyMap<string, ServedWorklistConfig>;
}

/** A configuration without problems. */
export interface Config {
  /** The file it was read from. */
  readonly file: string;
  /** SHA-256 of its text, in hex. */
  readonly textHash: string;
  /** Absolute path of the state folder. */
  readonly stateDir: string;
  /** The time that committed changes are kept, in milliseconds. */
  readonly historyMs: number;
  readonly log: LogSection;
  /** Undefined: no HTTP interface. */
  readonly http: HttpSection | undefined;
  readonly peers: ReadonlyMap<string, PeerConfig>;
  /** By name, `for_each` expanded. */
  readonly queries: ReadonlyMap<string, QueryConfig>;
  readonly sinks: ReadonlyMap<string, SinkConfig>;
  /** Undefined: no station is served. */
  readonly serve: ServeConfig | undefined;
  /** Settings that are valid and probably not meant. */
  readonly warnings: readonly LocatedProblem[];
  /** Everything read besides the file: absolute paths, and names of environment variables. */
  readonly used: { readonly files: readonly string[]; readonly variables: readonly string[] };
}

/** Access to files and environment for reading a configuration. */
export interface ConfigSurroundings extends ConfigFiles {
  /** Looks up an environment variable. */
  environment(name: string): string | undefined;
  /** The time zone of this machine. */
  readonly timeZone: string;
}

/**
 * Reads a configuration from its text.
 *
 * @param file The file's name as problems shall show it.
 * @param text The text of the file.
 * @param surroundings The files, environment and time zone around it.
 * @returns The configuration.
 * @throws {ConfigError} If anything is wrong with it; carries all problems.
 */
export async function parseConfig(
  file: string,
  text: string,
  surroundings: ConfigSurroundings,
): Promise<Config> {
  const source = new ConfigSource(file, text);
  const read = await source.read();
  if (read.problems.length > 0) throw new ConfigError(read.problems);

  const watched = watch(surroundings);
  const { values, problems, origins } = substitute(read.values ?? {}, watched.environment);
  const parsed = documentSchema(watched).safeParse(values);
  const all: Problem[] = [
    ...problems,
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, values, knownKeysAt)),
    ...referenceProblems(values),
    ...sharedFileProblems(values, surroundings.resolve),
    ...servedQueryProblems(values, origins),
    ...await writtenProblems(read.values, source),
  ];
  if (parsed.success && all.length === 0) {
    const found = [
      ...misplacedKeys(parsed.data.queries),
      ...passedOverFiles(tlsSectionsOf(parsed.data)),
    ].map((one) => inFile(one, origins));
    const warnings = found.length === 0 ? [] : await source.locate(found);
    return {
      ...completed(file, hash("sha256", text, "hex"), parsed.data, watched, origins),
      warnings,
    };
  }
  throw new ConfigError(await source.locate(all.map((problem) => inFile(problem, origins))));
}

/** The files in folders of authorities that are no certificates. */
function tlsSectionsOf({ peers, sinks }: DocumentSection): Parameters<typeof passedOverFiles>[0] {
  return [
    ...Object.entries(peers).map(([name, { tls }]) => ({
      path: ["peers", name, "tls"],
      passedOver: tls?.reveal().passedOver ?? [],
    })),
    ...Object.entries(sinks).map(([name, options]) => {
      const sink = options.reveal();
      const tls: Partial<TlsSection> = sink.type === "webhook" ? sink.tls ?? {} : {};
      return { path: ["sinks", name, "tls"], passedOver: tls.passedOver ?? [] };
    }),
  ];
}

/** Surroundings that remember what was looked at in them. */
interface WatchedSurroundings extends ConfigSurroundings {
  readonly files: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
}

function watch(surroundings: ConfigSurroundings): WatchedSurroundings {
  const files = new Set<string>();
  const variables = new Set<string>();
  return {
    files,
    variables,
    timeZone: surroundings.timeZone,
    resolve: (path) => surroundings.resolve(path),
    read: (path) => surroundings.read(note(files, path)),
    readAll: (path) => surroundings.readAll(note(files, path)),
    readFolder: (path) => surroundings.readFolder?.(note(files, path)),
    environment: (name) => surroundings.environment(note(variables, name)),
  };
}

function note(noted: Set<string>, name: string): string {
  noted.add(name);
  return name;
}

/** Names keys as they are in the file, before `for_each`. */
function inFile(problem: Problem, origins: ReadonlyMap<string, string>): Problem {
  const [section, name, ...rest] = problem.path;
  const origin = section === "queries" && typeof name === "string" ? origins.get(name) : undefined;
  return origin === undefined ? problem : { ...problem, path: ["queries", origin, ...rest] };
}

function completed(
  file: string,
  textHash: string,
  document: DocumentSection,
  surroundings: WatchedSurroundings,
  origins: ReadonlyMap<string, string>,
): Omit<Config, "warnings"> {
  const peers = named(document.peers, (name, peer): PeerConfig => ({
    ...peer,
    name,
    callingAeTitle: peer.callingAeTitle ?? document.aeTitle,
    timeZone: peer.timeZone ?? surroundings.timeZone,
  }));
  return {
    file,
    textHash,
    stateDir: document.stateDir ?? surroundings.environment("STATE_DIRECTORY")?.split(":")[0] ??
      surroundings.resolve("state"),
    historyMs: document.historyMs,
    log: document.log,
    http: document.http,
    peers,
    queries: named(document.queries, (name, query): QueryConfig => ({
      ...query,
      name,
      peerTimeZone: document.peers[query.peer]?.timeZone,
      timeZone: query.timeZone ?? peers.get(query.peer)?.timeZone ?? surroundings.timeZone,
    })),
    sinks: named(document.sinks, (name, options): SinkConfig => ({ name, options })),
    serve: document.serve && {
      ...document.serve,
      worklists: named(document.serve.worklists, (name, worklist): ServedWorklistConfig => ({
        ...worklist,
        name,
        queries: expandServedQueries(worklist.queries, origins),
      })),
    },
    used: { files: [...surroundings.files], variables: [...surroundings.variables] },
  };
}

function named<T, U>(
  section: Readonly<Record<string, T>>,
  make: (name: string, value: T) => U,
): Map<string, U> {
  return new Map(Object.entries(section).map(([name, value]) => [name, make(name, value)]));
}
