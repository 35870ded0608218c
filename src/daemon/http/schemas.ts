/**
 * Schemas of requests and answers of the HTTP interface: requests are checked by them, tests check answers by
 * them, and the OpenAPI description is generated from them.
 *
 * @module
 */
import * as z from "zod";

const time = z.string().describe("RFC 3339, UTC");
const queryName = z.string().describe("Name of a query, such as ct-today or ct-today[CT1]");
const sequence = z.int().min(0).describe("Sequence of a committed change in its query's journal");
const subject = z.string().regex(/^[\w-]{1,64}$/).describe("Keyed hash of an item's identity");

/** An error, RFC 9457. */
export const problemSchema = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
});

/** Alive or not. */
export const aliveSchema = z.object({ alive: z.boolean() });

/** Ready or not. */
export const readySchema = z.object({
  ready: z.boolean(),
  problems: z.array(z.object({ query: queryName, problem: z.string() })),
});

/** The reload of the configuration. */
export const reloadedSchema = z.object({ reloaded: z.literal(true) });

const poll = z.object({
  started: time,
  durationMs: z.number().optional(),
  matches: z.int(),
  complete: z.boolean(),
  failure: z.object({ class: z.string(), words: z.string() }).optional(),
  suspect: z.string().optional(),
  unverified: z.string().optional(),
  notes: z.array(z.string()).optional().describe("What else is odd about the answer"),
});

const said = {
  level: z.enum(["green", "amber", "red"]),
  sentence: z.string(),
  reason: z.string().describe("Why it is not green"),
};

/** The status, as `worklistd status --format json` prints it, and each query in one sentence. */
export const statusSchema = z.looseObject({
  running: z.boolean(),
  started: time.optional(),
  time,
  version: z.string(),
  stateDir: z.string(),
  configuration: z.object({
    file: z.string(),
    state: z.enum(["same", "changed", "unreadable"])
      .describe("changed: the file is no longer what runs"),
    reload: z.object({ time, ok: z.boolean() }).optional(),
  }),
  summary: z.object(said),
  peers: z.array(z.looseObject({
    name: z.string(),
    address: z.string(),
    aeTitle: z.string(),
    state: z.enum(["answering", "failing", "unknown"]),
    lastAnswer: time.optional(),
    failingSince: time.optional(),
    failure: z.string().optional(),
  })),
  queries: z.array(z.looseObject({
    name: queryName,
    peer: z.string(),
    model: z.string(),
    state: z.enum(["complete", "incomplete", "suspect", "failed", "new"]),
    problem: z.string().optional(),
    items: z.int(),
    sequence,
    held: z.int().describe("Missing items whose removal is held back"),
    massRemoval: z.object({
      time,
      removed: z.int(),
      items: z.int().describe("How many there were"),
      cause: z.enum(["confirmed", "approved"]),
      words: z.string(),
    }).optional().describe("A removal of a held loss in the last 24 hours"),
    lastPoll: poll.optional(),
    lastComplete: time.optional(),
    ageMs: z.number().optional().describe("Milliseconds since the last complete poll"),
    nextPoll: time.optional(),
    failures: z.int(),
    failingSince: time.optional(),
    ...said,
  })),
  serve: z.looseObject({
    listen: z.string(),
    state: z.enum(["listening", "failed"]),
    problem: z.string().optional(),
    associations: z.int(),
    rejections: z.int(),
    worklists: z.array(z.looseObject({
      name: z.string(),
      state: z.enum(["fresh", "stale", "unknown", "unavailable"]),
      items: z.int().optional(),
      ageMs: z.number().optional(),
      callers: z.array(z.looseObject({ aeTitle: z.string(), lastAsked: time.optional() })),
    })),
  }).optional().describe("The worklist SCP that stations ask"),
  sinks: z.array(z.looseObject({
    name: z.string(),
    type: z.string(),
    state: z.enum(["running", "idle", "failing", "stopped"]),
    backlog: z.int(),
    deadLetters: z.int(),
    delivered: z.int(),
    lastSuccess: time.optional(),
    nextAttempt: time.optional(),
    lastError: z.string().optional(),
  })),
});

/** A path with a query in it. */
export const queryPath = z.object({ name: queryName });

/** A path with an item in it. */
export const itemPath = z.object({ name: queryName, subject });

/** The number of items and the first of them. */
export const itemsQuery = z.object({
  view: z.enum(["full", "rows"]).default("full")
    .describe(
      "full: whole data sets in the DICOM JSON Model; rows: the columns that people look for",
    ),
  offset: z.coerce.number().pipe(z.int().min(0)).default(0).describe("Items to leave out"),
  limit: z.coerce.number().pipe(z.int().min(1).max(100_000)).default(1_000)
    .describe("The most items to return; with view=full at most 5,000"),
});

/** The stored items of a query. */
export const itemsSchema = z.object({
  query: queryName,
  time: time.describe("When this was read"),
  asOf: time.optional().describe(
    "When the query was last polled completely; the items may be so old",
  ),
  sequence,
  total: z.int(),
  items: z.array(z.object({
    subject,
    sequence,
    missed: z.int().describe("Complete polls in a row that did not return it"),
    dataSet: z.record(z.string(), z.unknown()).describe("DICOM JSON Model, PS3.18 Annex F"),
  })).optional(),
  columns: z.array(z.string()).optional(),
  rows: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
});

const change = z.object({
  query: queryName,
  sequence,
  time,
  change: z.string(),
  subject: subject.optional(),
  kinds: z.array(z.string()),
  changes: z.array(z.object({ attribute: z.string(), before: z.string(), after: z.string() })),
  cells: z.array(z.string()).optional(),
  words: z.string().optional(),
});

/** The history of an item, oldest first. */
export const historySchema = z.object({
  query: queryName,
  subject,
  changes: z.array(change),
  more: z.boolean().describe("True if older changes were left out"),
});

/** The removals that are held back. */
export const heldSchema = z.object({
  query: queryName,
  reason: z.string().optional().describe("Why; absent if nothing is held back"),
  total: z.int(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number()]))).describe("At most 1,000 of them"),
});

/** The polls of a query. */
export const pollsSchema = z.object({
  query: queryName,
  started: z.array(z.number()).describe("Seconds since 1970"),
  durationMs: z.array(z.number()),
  matches: z.array(z.int()),
  result: z.array(z.enum(["complete", "incomplete", "suspect"])),
});

/** An approval. */
export const approveBody = z.strictObject({
  why: z.string().max(500).regex(/^[ -~\u00a0-\uffff]*$/).optional()
    .describe("Why it is approved; recorded. No patient data, please"),
});

/** The result of an approval. */
export const approvedSchema = z.object({
  query: queryName,
  approved: z.boolean().describe("False: nothing was held back"),
});

/** The selection of committed events. */
export const eventsQuery = z.object({
  query: queryName,
  since: z.coerce.number().pipe(z.int().min(0)).default(0)
    .describe("Events with a higher sequence"),
  limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).default(100),
  view: z.enum(["full", "changes"]).default("full")
    .describe("full: CloudEvents 1.0, as sinks get them; changes: what the status page shows"),
});

/** Committed events of a query. */
export const eventsSchema = z.object({
  query: queryName,
  events: z.array(z.union([change, z.looseObject({ id: z.string(), type: z.string() })])),
  oldest: sequence.describe("The oldest sequence that is kept"),
  last: sequence.describe("The last sequence of this answer: the next `since`"),
  done: z.boolean().describe("True if nothing follows yet"),
});

/** The selection of live events. */
export const streamQuery = z.object({
  query: queryName.optional().describe("Only this query; otherwise all"),
  since: z.coerce.number().pipe(z.int().min(0)).optional()
    .describe("With `query`: events with a higher sequence. Otherwise from now on"),
  view: z.enum(["full", "changes"]).default("full")
    .describe("full: CloudEvents; changes: what the status page shows, with its status"),
});
