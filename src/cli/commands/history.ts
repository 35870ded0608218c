/**
 * `worklistd history`: committed changes, oldest first.
 *
 * @module
 */
import { listStoredQueries } from "../../worklist/journal/history.ts";
import { type PastEvent, readEvents } from "../../worklist/journal/time_machine.ts";
import { requiredConfig, shownJson, takesColour } from "../command_output.ts";
import type { historySpec } from "../options/daemon_options.ts";
import { eventText } from "../results/event_text.ts";
import { requireKnown } from "../options/known_name.ts";
import { parseMoment } from "../options/moment.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { ResultStream } from "../results/result_stream.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function history({ values, words }: Arguments<typeof historySpec>): Promise<number> {
  if (words.length > 1) throw new UsageError(`${words[1]} is one argument too many`);
  const config = await requiredConfig(values.config);
  const stored = await listStoredQueries(config.stateDir);
  const [query] = words;
  if (query !== undefined) requireKnown(config, "query", query, stored);
  const now = Temporal.Now.zonedDateTimeISO();
  const since = values.since === undefined ? undefined : parseMoment("--since", values.since, now);
  const filter = { since, key: values.key };
  const stream = new ResultStream();
  const colour = takesColour();
  const sources = (query === undefined ? stored : [query]).map((name) =>
    readEvents(config.stateDir, name, filter)
  );
  for await (const { line } of inOrder(sources)) {
    const text = values.format === "ndjson"
      ? shownJson(line)
      : eventText(line, { colour, timeZone: now.timeZoneId });
    await stream.print(`${text}\n`);
  }
  await stream.flush();
  return 0;
}

/** Merges the histories of several queries by time, one event of each in memory. */
async function* inOrder(sources: readonly AsyncGenerator<PastEvent>[]): AsyncGenerator<PastEvent> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, next: await source.next() })),
  );
  for (;;) {
    const open = heads.filter(({ next }) => !next.done);
    const first = open.reduce<(typeof open)[number] | undefined>(
      (best, head) =>
        best === undefined || head.next.value.time < best.next.value.time ? head : best,
      undefined,
    );
    if (first === undefined) return;
    yield first.next.value;
    first.next = await first.source.next();
  }
}
