/**
 * The `queries` of the configuration.
 *
 * @module
 */
import * as z from "zod";
import type { Keys } from "../../query/query_definition.ts";
import { levelOf, type ModelName } from "../../query/model.ts";
import type { Level } from "../../query/model.ts";
import type { PersonNameOptions } from "../../worklist/match/match_text.ts";
import type { RemovalRules } from "../../worklist/judge/removal.ts";
import {
  type Blackout,
  parseBlackout,
  parseSchedule,
  withBlackouts,
} from "../schedule/schedule.ts";
import { haveDates, keyPath, keysPart } from "./keys.ts";
import {
  duration,
  type Part,
  percentage,
  plainText,
  positiveDuration,
  positiveSize,
  text,
  timeZone,
  whole,
} from "./scalars.ts";

/** A query as the file names it, `for_each` already expanded. */
export interface QuerySection {
  /** The name of its peer. */
  readonly peer: string;
  readonly model: ModelName;
  readonly level: Level | undefined;
  readonly schedule: string;
  readonly timeZone: string | undefined;
  readonly jitterMs: number;
  readonly keys: Keys;
  /** Key paths, or `default` for the model's. */
  readonly returnKeys: "default" | "flat" | readonly string[];
  /** Key paths, or `default` for the model's. */
  readonly identity: "default" | readonly string[];
  readonly ignore: readonly string[];
  /** The most matches; more make the poll incomplete. */
  readonly limit: number;
  /** The most bytes of matches, as encoded, and of memory that is kept of them; more make the poll incomplete. */
  readonly maxAnswerBytes: number;
  readonly recheck: boolean;
  /** True if the recheck ignores upper and lower case in text that is not a name. */
  readonly ignoreCase: boolean;
  /** The comparison of names with the keys in the recheck; a peer may compare otherwise. */
  readonly personNames: PersonNameOptions;
  readonly initial: "emit" | "silent";
  readonly removal: RemovalRules;
  readonly blackouts: readonly Blackout[];
  /** The division of an answer that the peer cut short into parts; undefined: no division. */
  readonly split: { readonly by: "date"; readonly minMs: number } | undefined;
  /** The names of its sinks. */
  readonly sinks: readonly string[];
}

const model = z.enum(["worklist", "study", "patient", "patient-study", "ups"]);
const level = z.enum(["patient", "study", "series", "image"]);

const schedule: Part<string> = text((value) => {
  const soon = parseSchedule(value, "UTC").next(Temporal.Instant.fromEpochMilliseconds(0));
  if (soon === undefined) throw new SyntaxError("there is no such day: the query would never run");
  return value;
}, ["every 30s", "*/30 * * * * *", "0 6 * * *"]);

const removal = z.strictObject({
  confirm_polls: whole(1, 1000).default(2)
    .describe("Complete polls in a row that must miss an item"),
  verify: z.boolean().default(false).describe("Ask for the item by its unique keys first"),
  brake: percentage.default(0.5).describe("Share of the items whose loss at once is held back"),
  brake_min: whole(1, 1_000_000).default(10)
    .describe("Smaller worklists are braked only when an answer loses all items"),
  brake_polls: whole(1, 1000).default(3).describe("Complete polls that must agree on such a loss"),
  brake_hold: duration.default(900_000).describe("How long they must agree"),
}).transform((rules): RemovalRules => ({
  confirmPolls: rules.confirm_polls,
  verify: rules.verify,
  brake: rules.brake,
  brakeMin: rules.brake_min,
  brakePolls: rules.brake_polls,
  brakeHoldMs: rules.brake_hold,
}));

/** The comparison of person names. */
export const personNamesPart: Part<PersonNameOptions> = z.strictObject({
  ignore_case: z.boolean().default(true).describe("Upper and lower case are the same"),
  ignore_accents: z.boolean().default(true).describe(
    "Letters with and without accents are the same",
  ),
}).transform((names): PersonNameOptions => ({
  ignoreCase: names.ignore_case,
  ignoreAccents: names.ignore_accents,
}));

const recheck = z.union([
  z.boolean(),
  z.strictObject({
    ignore_case: z.boolean().default(false)
      .describe("Upper and lower case are the same in text that is not a name"),
  }),
]);

const forEachValue = z.union([z.string(), z.number()]);

/** The schema of one query. */
export const querySchema: Part<QuerySection> = z.strictObject({
  peer: plainText.describe("Name of one of the peers"),
  model: model.default("worklist").describe("Information model"),
  level: level.optional().describe("Query/retrieve level; default: the model's topmost"),
  schedule: schedule.describe("Cron expression of 5 or 6 fields, or a period: every 30s"),
  timezone: timeZone.optional().describe("Of schedule, blackout and dates; default: the peer's"),
  jitter: duration.default(0).describe("Longest random delay of a poll"),
  keys: keysPart.prefault({}).describe("Matching keys; a key with nothing is only returned"),
  return: z.union([z.enum(["default", "flat"]), z.array(keyPath)]).default("default")
    .describe("Return keys: the model's, or a list of key paths"),
  identity: z.array(keyPath).min(1).optional()
    .describe("Key paths that distinguish one item from every other; default: the model's"),
  ignore: z.array(keyPath).default([]).describe("Key paths that are not compared"),
  limit: whole(1, 10_000_000).default(100_000)
    .describe("Most matches; more make the poll incomplete"),
  max_answer: positiveSize.default(200_000_000)
    .describe("Most bytes of an answer, and of what is new in it; more make the poll incomplete"),
  recheck: recheck.default(true)
    .describe(
      "Drop matches that do not match the keys; with ignore_case, CT1 and ct1 are the same",
    ),
  person_names: personNamesPart.prefault({}).describe("How recheck compares names with the keys"),
  initial: z.enum(["emit", "silent"]).default("emit")
    .describe("If the first complete poll makes events"),
  removal: removal.prefault({}).describe("When an item that is no longer returned is removed"),
  blackout: z.array(text(parseBlackout, ["02:00-02:20"])).default([])
    .describe("Daily times at which the peer is left alone"),
  split: z.strictObject({
    by: z.literal("date").describe("Divides the range of dates"),
    min: positiveDuration.default(3_600_000).describe("Shortest part"),
  }).optional().describe("Ask in parts if the peer cuts its answer short; default: off"),
  for_each: z.record(z.string(), z.array(forEachValue)).optional()
    .describe("Makes one query of each value; ${name} is replaced by it"),
  sinks: z.array(plainText).default([]).describe("Names of the sinks that receive its changes"),
}).superRefine((query, context) => {
  try {
    levelOf(query.model, upperLevel(query.level));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: "custom", path: ["level"], message });
  }
  if (!leavesTicks(query.schedule, query.blackout)) {
    const message = "leaves no time at which the query is due: it would never be polled";
    context.addIssue({ code: "custom", path: ["blackout"], message });
  }
  if (query.split && !haveDates(query.keys)) {
    const message = "there is nothing to divide: no key has a date or one range of dates";
    context.addIssue({ code: "custom", path: ["split"], message });
  }
}).transform((query): QuerySection => ({
  peer: query.peer,
  model: query.model,
  level: upperLevel(query.level),
  schedule: query.schedule,
  timeZone: query.timezone,
  jitterMs: query.jitter,
  keys: query.keys,
  returnKeys: query.return,
  identity: query.identity ?? "default",
  ignore: query.ignore,
  limit: query.limit,
  maxAnswerBytes: query.max_answer,
  recheck: query.recheck !== false,
  ignoreCase: typeof query.recheck === "object" && query.recheck.ignore_case,
  personNames: query.person_names,
  initial: query.initial,
  removal: query.removal,
  blackouts: query.blackout,
  split: query.split && { by: query.split.by, minMs: query.split.min },
  sinks: query.sinks,
}));

/** In UTC, where no clock change moves a time out of a range once a year. */
function leavesTicks(text: string, blackouts: readonly Blackout[]): boolean {
  const schedule = withBlackouts(parseSchedule(text, "UTC"), blackouts, "UTC");
  return schedule.next(Temporal.Instant.fromEpochMilliseconds(0)) !== undefined;
}

const levels = { patient: "PATIENT", study: "STUDY", series: "SERIES", image: "IMAGE" } as const;

function upperLevel(name: keyof typeof levels | undefined): Level | undefined {
  return name && levels[name];
}
