/**
 * Files of test cases, by which a site proves the effects of its configuration without a network.
 *
 * `docs/testing_rules.md` explains the form.
 *
 * @module
 */
import type { Config, PeerConfig, QueryConfig } from "../daemon/config.ts";
import { problemsOf } from "../daemon/config/issues.ts";
import { jsonSchemaOf, knownKeysAt, type SchemaNode } from "../daemon/config/json_schema.ts";
import { ConfigError, didYouMean, type Problem } from "../daemon/config/problems.ts";
import { querySchema } from "../daemon/config/query.ts";
import { ConfigSource } from "../daemon/config/source.ts";
import { numberProblems } from "../daemon/config/written.ts";
import { parseDuration } from "../base/duration.ts";
import { suspectReasons } from "../worklist/event.ts";
import { failureClasses } from "../worklist/journal/journal.ts";
import { parseKeyPath } from "../query/key_path.ts";
import { CannedDataSets } from "./canned_data_set.ts";
import { type CannedAnswer, peerNamed } from "./canned_peer.ts";
import {
  type CaseDocument,
  caseSchema,
  type Expectation,
  type PollSection,
} from "./case_schema.ts";

/** One case. */
export interface TestCase {
  readonly name: string;
  readonly polls: readonly CasePoll[];
}

/** One poll of a case, or several equal ones. */
export interface CasePoll {
  readonly query: QueryConfig;
  readonly peer: PeerConfig;
  /** The times at which they begin. */
  readonly at: readonly Temporal.Instant[];
  readonly answer: CannedAnswer;
  /** The number of data sets that `recheck` must drop from each answer; undefined: any number. */
  readonly dropped: number | undefined;
  readonly expect: readonly Expectation[];
  /** Its place: `FILE:LINE:COLUMN`. */
  readonly place: string;
}

/** The configured queries and peers. */
export type KnownQueries = Pick<Config, "peers" | "queries">;

const noQueries: KnownQueries = { peers: new Map(), queries: new Map() };
const usualPauseMs = 30_000;

/**
 * Generates the JSON Schema of files of test cases, for editors.
 *
 * @returns The schema, draft 2020-12.
 */
export function caseJsonSchema(): SchemaNode {
  return jsonSchemaOf(caseSchema, "worklistd test cases");
}

/**
 * Reads a file of test cases.
 *
 * @param file The name of the file for messages.
 * @param text The text of the file.
 * @param known The configuration whose queries it names.
 * @returns The cases.
 * @throws {ConfigError} If the file has problems; the error carries all of them.
 */
export async function parseCases(
  file: string,
  text: string,
  known: KnownQueries = noQueries,
): Promise<TestCase[]> {
  const source = new ConfigSource(file, text);
  const read = await source.read();
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  const values = await asWritten(read.values ?? {}, [], source);
  const parsed = caseSchema.safeParse(values);
  if (!parsed.success) {
    const schema = caseJsonSchema();
    const known = (path: Problem["path"]): string[] => knownKeysAt(path, schema);
    const problems = problemsOf(parsed.error.issues, values, known);
    throw new ConfigError(await source.locate(problems));
  }
  const problems: Problem[] = await numberProblems(values, [], source);
  const reader = new CaseReader(parsed.data, known, problems);
  const cases = reader.read();
  if (problems.length > 0) throw new ConfigError(await source.locate(problems));
  return await Promise.all(cases.map(async ({ name, polls }) => ({
    name,
    polls: await Promise.all(polls.map(async ({ path, ...poll }) => {
      const { line, column } = await source.placeOf(path);
      return { ...poll, place: `${file}:${line}:${column}` };
    })),
  })));
}

/** A poll whose place in the file is not known yet. */
type ReadPoll = Omit<CasePoll, "place"> & { readonly path: Problem["path"] };

/** Restores texts that YAML parsed as times. YAML would read a time without a zone as UTC. */
async function asWritten(
  value: unknown,
  path: Problem["path"],
  source: ConfigSource,
): Promise<unknown> {
  if (value instanceof Date) return await source.writtenAt(path);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return await Promise.all(value.map((one, index) => asWritten(one, [...path, index], source)));
  }
  const entries = Object.entries(value).map(async ([key, one]) => [
    key,
    await asWritten(one, [...path, key], source),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** The state of a case between two of its polls. */
interface Progress {
  query: { readonly query: QueryConfig; readonly peer: PeerConfig } | undefined;
  matches: CannedAnswer["matches"];
  at: Temporal.Instant | undefined;
}

class CaseReader {
  readonly #document: CaseDocument;
  readonly #known: KnownQueries;
  readonly #problems: Problem[];
  readonly #dataSets: CannedDataSets;

  constructor(document: CaseDocument, known: KnownQueries, problems: Problem[]) {
    this.#document = document;
    this.#known = known;
    this.#problems = problems;
    this.#dataSets = new CannedDataSets(document.dataSets, problems);
  }

  read(): { readonly name: string; readonly polls: readonly ReadPoll[] }[] {
    const { cases, query } = this.#document;
    const names = cases.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = `another case is called "${name}" already: give each case its own name`;
      this.#problems.push({ path: ["cases", index, "name"], message });
    }
    const shared = query === undefined ? undefined : this.#query(query, ["query"]);
    return cases.map(({ name, query, polls }, index) => {
      const path = ["cases", index];
      const own = query === undefined ? shared : this.#query(query, [...path, "query"]);
      const progress: Progress = { query: own, matches: [], at: undefined };
      return {
        name,
        polls: polls.flatMap((poll, number) =>
          this.#poll(poll, [...path, "polls", number], progress)
        ),
      };
    });
  }

  #poll(section: PollSection, path: Problem["path"], progress: Progress): ReadPoll[] {
    if (section.query !== undefined) {
      progress.query = this.#query(section.query, [...path, "query"]);
    }
    if (section.answer !== undefined) {
      progress.matches = section.answer.map((one, index) =>
        this.#dataSets.read(one, [...path, "answer", index])
      );
    }
    const elsewhere = section.elsewhere.map((one, index) =>
      this.#dataSets.read(one, [...path, "elsewhere", index])
    );
    this.#checkChanges(section.expect, path);
    this.#checkReasons(section.expect, path);
    if (progress.query === undefined) {
      // A query that does not exist was reported already.
      if ((section.query ?? this.#document.query) === undefined) {
        this.#problems.push({ path, message: "it has no query: query is required" });
      }
      return [];
    }
    const { query, peer } = progress.query;
    const at = this.#times(section, path, progress, query.timeZone);
    const answer: CannedAnswer = {
      matches: progress.matches,
      elsewhere,
      cap: section.cap ?? Infinity,
      error: section.end(peer),
    };
    const { dropped, expect } = section;
    return [{ query, peer, at, answer, dropped, expect, path }];
  }

  #times(
    { at, times }: PollSection,
    path: Problem["path"],
    progress: Progress,
    timeZone: string,
  ): Temporal.Instant[] {
    const moments: Temporal.Instant[] = [];
    for (let count = 0; count < times; count++) {
      progress.at = count === 0 && at !== undefined
        ? this.#moment(at, [...path, "at"], progress.at, timeZone)
        : progress.at?.add({ milliseconds: usualPauseMs });
      if (progress.at === undefined) {
        const message = "is required for the first poll of a case";
        if (at === undefined) this.#problems.push({ path: [...path, "at"], message });
        progress.at = Temporal.Instant.fromEpochMilliseconds(0);
      }
      moments.push(progress.at);
    }
    return moments;
  }

  #moment(
    text: string,
    path: Problem["path"],
    before: Temporal.Instant | undefined,
    timeZone: string,
  ): Temporal.Instant | undefined {
    try {
      if (text.startsWith("+")) {
        const milliseconds = parseDuration(text.slice(1));
        if (before !== undefined) return before.add({ milliseconds });
        throw new SyntaxError("there is no poll before it. Write a date and time");
      }
      const moment = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text)
        ? Temporal.Instant.from(text)
        : momentIn(text, timeZone);
      if (before === undefined || Temporal.Instant.compare(before, moment) <= 0) return moment;
      throw new SyntaxError(
        `lies before the poll before it, which is at ${inZone(before, timeZone)}: polls go forward`,
      );
    } catch (error) {
      const message = error instanceof SyntaxError
        ? error.message
        : "must be a date and time such as 2026-11-21T08:00, or a pause such as +30s";
      this.#problems.push({ path, message });
      return undefined;
    }
  }

  #checkReasons(expect: readonly Expectation[], path: Problem["path"]): void {
    for (const [index, { event, reason }] of expect.entries()) {
      if (reason === undefined) continue;
      const known = reasonsOf(event);
      if (known.includes(reason)) continue;
      const message = known.length === 0
        ? `an event "${event}" has no reason; only failed, recovered and suspect have one`
        : `must be one of ${known.join(", ")}${didYouMean(reason, known)}`;
      this.#problems.push({ path: [...path, "expect", index, "reason"], message });
    }
  }

  #checkChanges(expect: readonly Expectation[], path: Problem["path"]): void {
    for (const [index, { changes = {} }] of expect.entries()) {
      for (const name of Object.keys(changes)) {
        try {
          parseKeyPath(name);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          const at = [...path, "expect", index, "changes", name];
          this.#problems.push({ path: at, message: error.message, atKey: true });
        }
      }
    }
  }

  #query(written: unknown, path: Problem["path"]): Progress["query"] {
    if (typeof written === "string") return this.#knownQuery(written, path);
    const section = typeof written === "object" && written !== null ? written : {};
    if ("for_each" in section) {
      const message = "only queries of a configuration are made by for_each: name one of them";
      this.#problems.push({ path: [...path, "for_each"], message, atKey: true });
    }
    const parsed = querySchema.safeParse({ peer: "peer", schedule: "every 30s", ...section });
    if (!parsed.success) {
      const known = (at: Problem["path"]): string[] => knownKeysAt(["queries", "case", ...at]);
      const problems = problemsOf(parsed.error.issues, section, known);
      this.#problems.push(
        ...problems.map((one) => ({ ...one, path: [...path, ...one.path] })),
      );
      return undefined;
    }
    const peer = peerNamed(parsed.data.peer);
    const timeZone = parsed.data.timeZone ?? peer.timeZone;
    return { query: { ...parsed.data, name: "case", timeZone }, peer };
  }

  #knownQuery(name: string, path: Problem["path"]): Progress["query"] {
    const { queries, peers } = this.#known;
    const query = queries.get(name);
    const peer = query && peers.get(query.peer);
    if (query !== undefined && peer !== undefined) return { query, peer };
    const message = queries.size === 0
      ? `"${name}" is a query of a configuration. Name the file with --config`
      : `the configuration has no query "${name}"${didYouMean(name, queries.keys())}`;
    this.#problems.push({ path, message });
    return undefined;
  }
}

/** Reads a local time. It must exist in its time zone. */
function momentIn(text: string, timeZone: string): Temporal.Instant {
  const plain = Temporal.PlainDateTime.from(text);
  const exact = plain.toZonedDateTime(timeZone);
  if (exact.toPlainDateTime().equals(plain)) return exact.toInstant();
  throw new SyntaxError(
    `does not exist in ${timeZone}: the clocks go forward over it, write ${
      exact.toPlainDateTime().toString({ smallestUnit: "minute" })
    } or an offset from UTC`,
  );
}

function inZone(moment: Temporal.Instant, timeZone: string): string {
  return moment.toZonedDateTimeISO(timeZone)
    .toString({ smallestUnit: "second", timeZoneName: "never" });
}

/** The possible reasons of an event. */
function reasonsOf(event: Expectation["event"]): readonly string[] {
  if (event === "suspect") return suspectReasons;
  return event === "failed" || event === "recovered" ? failureClasses : [];
}
