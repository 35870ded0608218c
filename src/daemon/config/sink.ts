/**
 * The `sinks` of the configuration: one schema for each type, mapped to the options of `src/deliver/sinks/`.
 *
 * @module
 */
import * as z from "zod";
import type { NdjsonOptions } from "../../deliver/sinks/ndjson.ts";
import type { SinkOptions } from "../../deliver/sinks/sink_types.ts";
import type { SnapshotOptions } from "../../deliver/sinks/snapshot.ts";
import type { StdoutOptions } from "../../deliver/sinks/stdout.ts";
import type { WorklistFolderOptions } from "../../deliver/sinks/worklist_folder.ts";
import { characterSetTerms } from "./character_set.ts";
import type { FileParts } from "./files.ts";
import { Hidden } from "./hidden.ts";
import { keyPath } from "./keys.ts";
import { duration, type Part, positiveDuration, size, timeZone, whole } from "./scalars.ts";
import { selection, type SinkPart } from "./selection.ts";
import { webhookSchema } from "./webhook.ts";

/**
 * Makes the schema of one sink.
 *
 * @param files The parts that stand for files.
 * @returns The schema. Its output is hidden, since it may have secrets in it.
 */
export function sinkSchema(files: FileParts): Part<Hidden<SinkOptions>> {
  return z.discriminatedUnion("type", [
    ndjson(files),
    stdout,
    snapshot(files),
    worklistFolder(files),
    webhookSchema(files),
  ]).transform((options) => new Hidden<SinkOptions>(options));
}

const stdout: SinkPart<StdoutOptions> = z.strictObject({
  type: z.literal("stdout").describe("Every event as one line on standard output"),
  ...selection,
}).transform(({ type, events, changed_in: changedIn }) => ({ type, events, changedIn }));

function ndjson(files: FileParts): SinkPart<NdjsonOptions> {
  return z.strictObject({
    type: z.literal("ndjson").describe("Every event as one line of a file"),
    path: files.path.describe("The file; its folder is made if needed"),
    rotate: z.strictObject({
      size: size.optional().describe("Before the file would grow beyond this"),
      daily: z.boolean().default(false).describe("At the first event of a new day"),
      keep: whole(1, 10_000).default(10).describe("Files put aside that are kept"),
      compress: z.boolean().default(false).describe("Compress those put aside, path.2 and older"),
    }).optional().describe("When the file is put aside; default: never"),
    timezone: timeZone.optional().describe(
      "Its days are those that rotate.daily counts; default: UTC",
    ),
    ...selection,
  }).transform((section) => ({
    type: section.type,
    path: section.path,
    rotate: section.rotate && {
      sizeBytes: section.rotate.size,
      daily: section.rotate.daily,
      keep: section.rotate.keep,
      compress: section.rotate.compress,
    },
    timeZone: section.timezone,
    events: section.events,
    changedIn: section.changed_in,
  }));
}

function snapshot(files: FileParts): SinkPart<SnapshotOptions> {
  return z.strictObject({
    type: z.literal("snapshot").describe("The whole current worklist as one file"),
    path: files.path.describe("The file; it is replaced as a whole"),
    format: z.enum(["json", "ndjson", "csv"]).optional().describe(
      "Form of the file; default: by the path's extension",
    ),
    columns: z.array(keyPath).min(1).optional().describe(
      "Key paths of the columns of a CSV file; default: all attributes of any item",
    ),
    refresh: positiveDuration.optional().describe(
      "Write again after this time without a change; default: never",
    ),
    min_interval: duration.default(1_000).describe("Shortest time between two rewrites"),
  }).transform((section) => ({
    type: section.type,
    path: section.path,
    format: section.format,
    columns: section.columns,
    refreshMs: section.refresh,
    leastIntervalMs: section.min_interval,
  }));
}

function worklistFolder(files: FileParts): SinkPart<WorklistFolderOptions> {
  return z.strictObject({
    type: z.literal("worklist-folder").describe(
      "One .wl file for each item, as wlmscpfs serves them",
    ),
    path: files.folderTemplate.describe(
      "The folder; ${Keyword} is replaced by that attribute of the item",
    ),
    character_set: characterSetTerms.optional().describe("Of the files; default: the item's own"),
  }).transform((section) => ({
    type: section.type,
    path: section.path,
    characterSet: section.character_set,
  }));
}
