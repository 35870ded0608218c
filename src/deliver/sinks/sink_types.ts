/**
 * The sinks by their names in the configuration. A new sink is a file beside this one and a line here.
 *
 * @module
 */
import type { NdjsonOptions } from "./ndjson.ts";
import type { SnapshotOptions } from "./snapshot.ts";
import type { StdoutOptions } from "./stdout.ts";
import type { WebhookOptions } from "./webhook.ts";
import type { WorklistFolderOptions } from "./worklist_folder.ts";

/** The options of any sink, told apart by `type`. */
export type SinkOptions =
  | NdjsonOptions
  | StdoutOptions
  | WebhookOptions
  | WorklistFolderOptions
  | SnapshotOptions;
