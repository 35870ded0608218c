/**
 * `worklistd blame`: what each attribute of an item was, from when on.
 *
 * @module
 */
import { lookUp } from "../../daemon/reach.ts";
import { dicomText } from "../../daemon/look/time_text.ts";
import type { AttributeHistory } from "../../worklist/journal/time_machine.ts";
import { namedWords, printTable, printText, shownJson } from "../command_output.ts";
import type { blameSpec } from "../options/daemon_options.ts";
import type { Arguments } from "../options/option_table.ts";
import { openReading, requireQuery, warnOfProblems } from "../reading.ts";
import { valuesText, zonedText } from "../results/event_text.ts";
import { say } from "../terminal.ts";

/** The history of one item. */
interface ItemHistory {
  readonly subject: string;
  readonly attributes: readonly AttributeHistory[];
}

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if no item has this key.
 */
export async function blame({ values, words }: Arguments<typeof blameSpec>): Promise<number> {
  const [query, key] = namedWords(words, "QUERY", "KEY");
  const reading = await openReading(values.config);
  warnOfProblems(reading);
  await requireQuery(reading, query);
  const all: ItemHistory[] = [];
  for await (const part of lookUp(reading.stateDir, { do: "blame", query, key })) {
    all.push(part as ItemHistory);
  }
  if (all.length === 0) {
    say(`${query} has no history of an item with this key`);
    return 1;
  }
  const items = values.all ? all : all.map(({ subject, attributes }) => ({
    subject,
    attributes: attributes.filter(hasChanged),
  }));
  if (values.format === "json") {
    await printText(`${shownJson(JSON.stringify(items, null, 2))}\n`);
    return 0;
  }
  const timeZone = Temporal.Now.timeZoneId();
  for (const [index, { subject, attributes }] of items.entries()) {
    if (items.length > 1) await printText(`${subject}\n`);
    const rows = attributes.flatMap(({ path, vr, events }) =>
      events.map(({ time, sequence, before, after }, index) => [
        index === 0 ? path : "",
        zonedText(time, timeZone),
        String(sequence),
        shown(vr, before),
        shown(vr, after),
      ])
    );
    await printTable(["ATTRIBUTE", "SINCE", "SEQUENCE", "BEFORE", "AFTER"], rows);
    const hidden = (all[index]?.attributes.length ?? 0) - attributes.length;
    if (hidden > 0) {
      const what = hidden === 1 ? "1 attribute" : `${hidden} attributes`;
      say(`${what} never changed: --all shows ${hidden === 1 ? "it" : "them"}`);
    }
  }
  say(`times in ${timeZone}`);
  return 0;
}

/** True if an attribute changed while the item was on the worklist, or had another value when the item came back. */
function hasChanged({ events }: AttributeHistory): boolean {
  const texts = events.flatMap(({ before, after }) => [before, after])
    .filter((values) => values.length > 0).map((values) => JSON.stringify(values));
  return new Set(texts).size > 1 || events.some(({ change }) => change === "changed");
}

function shown(vr: string, values: readonly unknown[]): string {
  return valuesText(
    values.map((value) => typeof value === "string" ? dicomText(vr, value) : value),
  );
}
