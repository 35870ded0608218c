/**
 * The schema of a file of test cases, for validation and for the JSON Schema.
 *
 * Rules that depend on other names in the file or in the configuration are checked in `case_file.ts`.
 *
 * @module
 */
import * as z from "zod";
import { type Kind, kinds } from "../worklist/judge/change_kind.ts";
import { suspectReasons } from "../worklist/event.ts";
import { failureClasses } from "../worklist/journal/journal.ts";
import { plainText, text, whole, withHint } from "../daemon/config/scalars.ts";
import { type CannedEnd, endNames, parseEnd } from "./canned_end.ts";

/** Kinds of events that a case may expect. */
export const eventNames = [
  "added",
  "changed",
  "removed",
  "left_window",
  "failed",
  "recovered",
  "suspect",
] as const;

/** An event that a poll should make. Fields that are left out may have any value. */
export interface Expectation {
  readonly event: typeof eventNames[number];
  /** Values of the item's key, by their names in events. */
  readonly key?: Readonly<Record<string, string | number>> | undefined;
  /** All kinds of a change. */
  readonly kinds?: readonly Kind[] | undefined;
  /** Attributes that change: key path to values before and after, or null for any. */
  readonly changes?: Readonly<Record<string, readonly [Shown, Shown] | null>> | undefined;
  /** Fields that the evidence of a departure must have. */
  readonly evidence?: Readonly<Record<string, unknown>> | undefined;
  /** The reason why a poll failed or is suspect. */
  readonly reason?: string | undefined;
}

/** A value as a case writes it; null is an empty one. */
export type Shown = string | number | null;

/** A poll in the file. */
export interface PollSection {
  /** RFC 3339, a local time of the query's zone, or `+30s` after the poll before. */
  readonly at: string | undefined;
  readonly query: unknown;
  readonly answer: readonly unknown[] | undefined;
  readonly elsewhere: readonly unknown[];
  readonly cap: number | undefined;
  readonly end: CannedEnd;
  readonly times: number;
  /**
   * The number of data sets that `recheck` drops from each answer; undefined: any number, but not all of a
   * case.
   */
  readonly dropped: number | undefined;
  readonly expect: readonly Expectation[];
}

/** A case in the file. */
export interface CaseSection {
  readonly name: string;
  readonly query: unknown;
  readonly polls: readonly PollSection[];
}

/** The whole file. */
export interface CaseDocument {
  readonly query: unknown;
  readonly dataSets: Readonly<Record<string, unknown>>;
  readonly cases: readonly CaseSection[];
}

const query = withHint(z.unknown().optional(), {
  jsonSchema: { anyOf: [{ type: "string" }, { type: "object" }] },
}).describe("Name of a query of the configuration, or a query of its own");

const dataSet = withHint(z.unknown(), {
  jsonSchema: { anyOf: [{ type: "string" }, { type: "object" }] },
});

const shown = z.union([z.string(), z.number(), z.null()]);

const expectation = z.strictObject({
  event: z.enum(eventNames).describe("What happened"),
  key: z.record(z.string(), z.union([z.string(), z.number()])).optional()
    .describe("Values of the item's key"),
  kinds: z.array(z.enum(kinds)).optional().describe("All kinds of the change"),
  changes: z.record(z.string(), z.union([z.tuple([shown, shown]), z.null()])).optional()
    .describe("Attributes: [before, after], or nothing for any"),
  evidence: z.record(z.string(), z.unknown()).optional().describe("What the evidence has"),
  reason: withHint(plainText, {
    jsonSchema: { enum: [...failureClasses, ...suspectReasons] },
  }).optional().describe("Failure class, or why a poll is suspect"),
});

const poll = z.strictObject({
  at: z.string({ error: () => "must be a time in quotes" }).optional()
    .describe("When: 2026-11-21T08:00, with +01:00, or +30s after the poll before"),
  query,
  answer: z.array(dataSet).optional().describe("The matches; left out: those of the poll before"),
  elsewhere: z.array(dataSet).default([])
    .describe("What only a question for a single item, or for a part of the dates, finds too"),
  cap: whole(1, 1_000_000).optional().describe("The peer returns no more matches than this"),
  end: text(parseEnd, endNames).prefault("complete").describe("How the answer ends"),
  times: whole(1, 10_000).default(1).describe("How often it is polled so"),
  dropped: whole(0, 10_000_000).optional()
    .describe("How many data sets of each answer recheck drops: they do not match the keys"),
  expect: z.array(expectation).default([]).describe("All events of these polls, in any order"),
});

/** The schema of a file of test cases. */
export const caseSchema = z.strictObject({
  query,
  data_sets: z.record(z.string(), dataSet).default({}).describe("Data sets with names"),
  cases: z.array(z.strictObject({ name: plainText, query, polls: z.array(poll).min(1) })).min(1),
}).transform(({ data_sets: dataSets, ...rest }): CaseDocument => ({
  query: rest.query,
  dataSets,
  cases: rest.cases.map(({ polls, ...one }) => ({
    name: one.name,
    query: one.query,
    polls: polls.map((section) => ({
      at: section.at,
      query: section.query,
      answer: section.answer,
      elsewhere: section.elsewhere,
      cap: section.cap,
      end: section.end,
      times: section.times,
      dropped: section.dropped,
      expect: section.expect,
    })),
  })),
}));
