/**
 * `worklistd history`: committed changes, oldest first.
 *
 * @module
 */
import type { EventPart } from "../../daemon/look/look_request.ts";
import { lookUp } from "../../daemon/reach.ts";
import { shownJson, takesColour } from "../command_output.ts";
import type { historySpec } from "../options/daemon_options.ts";
import { parseMoment } from "../options/moment.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { openReading, requireQuery, warnOfProblems } from "../reading.ts";
import { eventText } from "../results/event_text.ts";
import { ResultStream } from "../results/result_stream.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if `--key` or `--find` finds nothing.
 */
export async function history({ values, words }: Arguments<typeof historySpec>): Promise<number> {
  if (words.length > 1) throw new UsageError(`${words[1]} is one argument too many`);
  const reading = await openReading(values.config);
  warnOfProblems(reading);
  const [query] = words;
  if (query !== undefined) await requireQuery(reading, query);
  const now = Temporal.Now.zonedDateTimeISO();
  const { key, find, format } = values;
  const since = values.since === undefined ? undefined : parseMoment("--since", values.since, now);
  const parts = lookUp(reading.stateDir, {
    do: "history",
    ...(query !== undefined && { query }),
    ...(since && { since: String(since) }),
    ...(key !== undefined && { key }),
    ...(find !== undefined && { find }),
  });
  const stream = new ResultStream();
  const options = { colour: takesColour(), timeZone: now.timeZoneId };
  let count = 0;
  for await (const part of parts) {
    const { line } = part as EventPart;
    count++;
    await stream.print(`${format === "ndjson" ? shownJson(line) : eventText(line, options)}\n`);
  }
  await stream.flush();
  if (count === 0) {
    const where = query === undefined ? "no query" : query;
    const wanted = key ?? find;
    if (wanted === undefined) {
      say(since === undefined ? "no changes" : `no changes since ${values.since}`);
      return 0;
    }
    const when = since === undefined ? "" : ` since ${values.since}`;
    say(`${where} has ${query === undefined ? "any" : "no"} event of ${wanted}${when}`);
    return 1;
  }
  if (format !== "ndjson") say(`times in ${now.timeZoneId}`);
  return 0;
}
