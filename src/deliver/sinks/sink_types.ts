// Touches the world: through the sinks that it makes.
/**
 * The sinks by their names in the configuration. A new sink is a file beside this one and a line in the map.
 *
 * @module
 */
import type { EventSink, SinkContext, StateSink } from "../sink.ts";
import { makeNdjsonSink, type NdjsonOptions } from "./ndjson.ts";
import { makeSnapshotSink, type SnapshotOptions } from "./snapshot.ts";
import { makeStdoutSink, type StdoutOptions } from "./stdout.ts";
import { makeWebhookSink } from "./webhook.ts";
import type { WebhookOptions } from "./webhook_options.ts";
import { makeWorklistFolderSink, type WorklistFolderOptions } from "./worklist_folder.ts";

/** The options of each type of sink. */
interface OptionsByType {
  "ndjson": NdjsonOptions;
  "stdout": StdoutOptions;
  "webhook": WebhookOptions;
  "worklist-folder": WorklistFolderOptions;
  "snapshot": SnapshotOptions;
}

/** The name of a type of sink. */
export type SinkType = keyof OptionsByType;

/** The options of any sink; `type` distinguishes them. */
export type SinkOptions = OptionsByType[SinkType];

type MakeSink<T extends SinkType> = (
  options: OptionsByType[T],
  context: SinkContext,
) => EventSink | StateSink;

const makers: { readonly [T in SinkType]: MakeSink<T> } = {
  "ndjson": makeNdjsonSink,
  "stdout": makeStdoutSink,
  "webhook": makeWebhookSink,
  "worklist-folder": makeWorklistFolderSink,
  "snapshot": makeSnapshotSink,
};

/**
 * Makes a sink of any type. No file or connection is opened before the sink is opened or updated.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 * @throws {SyntaxError} If an option cannot be read.
 */
export function makeSink<T extends SinkType>(
  options: OptionsByType[T] & { readonly type: T },
  context: SinkContext,
): EventSink | StateSink {
  return makers[options.type](options, context);
}
