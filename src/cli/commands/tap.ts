// Touches the world: listens to the running daemon.
/**
 * `worklistd tap`: changes as they are committed.
 *
 * @module
 */
import { askInParts } from "../../daemon/control.ts";
import type { EventPart } from "../../daemon/look/look_request.ts";
import { textMatcher } from "../../worklist/text_match.ts";
import { printText, shownJson, takesColour } from "../command_output.ts";
import type { tapSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { Interruption } from "../interruption.ts";
import { openReading, requireQuery } from "../reading.ts";
import { eventText } from "../results/event_text.ts";

/**
 * Runs the command until the daemon ends or the person has seen enough.
 *
 * @param args The command line.
 * @returns The exit code: 1, since neither is an end of the changes.
 * @throws {Error} If no daemon runs, or it ends.
 */
export async function tap({ values, words }: Arguments<typeof tapSpec>): Promise<number> {
  const [query] = words;
  if (words.length > 1) throw new UsageError(`${words[1]} is one argument too many`);
  const matches = values.find === undefined ? undefined : finder(values.find);
  const reading = await openReading(values.config);
  if (query !== undefined) await requireQuery(reading, query);
  using interruption = new Interruption();
  const request = { do: "tap", ...(query !== undefined && { query }) } as const;
  const parts = await askInParts(reading.stateDir, request, interruption.signal);
  if (parts === undefined) throw new Error(`no daemon runs on ${reading.stateDir}`);
  const options = { colour: takesColour(), timeZone: Temporal.Now.timeZoneId() };
  for await (const part of parts) {
    const { line } = part as EventPart;
    if (matches !== undefined && !matches(line)) continue;
    const text = values.format === "json" || values.format === "ndjson"
      ? shownJson(line)
      : eventText(line, options);
    await printText(`${text}\n`);
  }
  return 1;
}

function finder(text: string): (line: string) => boolean {
  const matches = textMatcher(text);
  return (line) => {
    const { subject, data } = JSON.parse(line);
    return subject === text || matches(data.before) || matches(data.after);
  };
}
