/**
 * `worklistd blame`: what each attribute of an item was, from when on.
 *
 * @module
 */
import { listStoredQueries } from "../../worklist/journal/history.ts";
import { readAttributeHistory } from "../../worklist/journal/time_machine.ts";
import { namedWords, printTable, printText, requiredConfig, shownJson } from "../command_output.ts";
import type { blameSpec } from "../options/daemon_options.ts";
import { valuesText } from "../results/event_text.ts";
import { requireKnown } from "../options/known_name.ts";
import type { Arguments } from "../options/option_table.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 where no item has this key.
 */
export async function blame({ values, words }: Arguments<typeof blameSpec>): Promise<number> {
  const [query, key] = namedWords(words, "QUERY", "KEY");
  const config = await requiredConfig(values.config);
  requireKnown(config, "query", query, await listStoredQueries(config.stateDir));
  const items = await readAttributeHistory(config.stateDir, query, key);
  if (items.size === 0) {
    say(`${query} has no history of an item with this key`);
    return 1;
  }
  if (values.format === "json") {
    const found = Array.from(items, ([subject, attributes]) => ({ subject, attributes }));
    await printText(`${shownJson(JSON.stringify(found, null, 2))}\n`);
    return 0;
  }
  for (const [subject, attributes] of items) {
    if (items.size > 1) await printText(`${subject}\n`);
    const rows = attributes.flatMap(({ path, events }) =>
      events.map(({ time, sequence, before, after }, index) => [
        index === 0 ? path : "",
        time,
        String(sequence),
        valuesText(before),
        valuesText(after),
      ])
    );
    await printTable(["ATTRIBUTE", "SINCE", "SEQUENCE", "BEFORE", "AFTER"], rows);
  }
  return 0;
}
