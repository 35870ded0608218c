/**
 * `worklistd poll`: one poll of a configured query, now.
 *
 * @module
 */
import { pollOnce } from "../../daemon/reach.ts";
import {
  namedWords,
  printText,
  requiredConfig,
  shownJson,
  takesColour,
} from "../command_output.ts";
import type { pollSpec } from "../options/daemon_options.ts";
import { eventText } from "../results/event_text.ts";
import { requireKnown } from "../options/known_name.ts";
import type { Arguments } from "../options/option_table.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 0 where the answer was complete.
 */
export async function poll({ values, words }: Arguments<typeof pollSpec>): Promise<number> {
  const [query] = namedWords(words, "QUERY");
  const config = await requiredConfig(values.config);
  requireKnown(config, "query", query);
  const { report, events } = await pollOnce(config, query, values["dry-run"]);
  const colour = takesColour();
  const timeZone = Temporal.Now.timeZoneId();
  const lines = values.format === "ndjson"
    ? events.map((event) => shownJson(event))
    : events.map((event) => eventText(event, { colour, timeZone }));
  await printText(lines.map((line) => `${line}\n`).join(""));
  const { added, changed, removed, leftWindow } = report.counts;
  const counts =
    `${added} added, ${changed} changed, ${removed} removed, ${leftWindow} left the window`;
  const committed = values["dry-run"] ? "nothing committed" : "committed";
  say(`${query}: ${report.matches} matches, ${counts}; ${committed}`);
  if (report.suspect !== undefined) say(`suspect: ${report.suspect}`);
  if (report.unverified !== undefined) say(`unverified: ${report.unverified}`);
  for (const { words } of report.notes) say(`note: ${words}`);
  if (report.failure !== undefined) say(`not complete: ${report.failure.words}`);
  return report.complete ? 0 : 1;
}
