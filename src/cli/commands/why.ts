// Touches the world: reads the clock.
/**
 * `worklistd why`: where a patient, a study or a step is, and why.
 *
 * @module
 */
import { knowledgeText } from "../../daemon/look/knowledge_text.ts";
import type { WhyPart } from "../../daemon/look/look_request.ts";
import { clockText } from "../../daemon/look/time_text.ts";
import { whereaboutsText } from "../../daemon/look/whereabouts_text.ts";
import { lookUp } from "../../daemon/reach.ts";
import { showControls } from "../../dicom/text/show_controls.ts";
import { idOf } from "../../worklist/item.ts";
import type { Whereabouts } from "../../worklist/whereabouts.ts";
import { printText, shownJson } from "../command_output.ts";
import type { whySpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { openReading, requireQuery, warnOfProblems } from "../reading.ts";
import { say } from "../terminal.ts";

/** More paragraphs nobody reads. */
const mostParagraphs = 50;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if nothing was found.
 */
export async function why({ values, words }: Arguments<typeof whySpec>): Promise<number> {
  const [text, query] = words;
  if (text === undefined || text.trim() === "") throw new UsageError("TEXT is missing");
  if (words.length > 2) {
    throw new UsageError(`${words[2]} is one argument too many; quote a name that has spaces`);
  }
  const reading = await openReading(values.config);
  warnOfProblems(reading);
  if (query !== undefined) await requireQuery(reading, query);
  const request = { do: "why", text, ...(query !== undefined && { query }) } as const;
  const parts: WhyPart[] = [];
  for await (const part of lookUp(reading.stateDir, request)) parts.push(part as WhyPart);
  const options = { now: Temporal.Now.instant(), timeZone: Temporal.Now.timeZoneId() };
  const items = byItem(parts);
  const outside = parts.flatMap(({ knowledge, outside = [] }) =>
    outside.map(({ key, path }) => ({ query: knowledge.query, peer: knowledge.peer, key, path }))
  );
  const count = outside.length + items.reduce((sum, courses) => sum + courses.length, 0);
  if (values.format === "json") {
    const found = items.map((courses) => ({
      text: whereaboutsText(courses, options),
      whereabouts: courses.map(({ json, moments, ...course }) => ({
        ...course,
        dataSet: JSON.parse(json),
        moments: moments.map(({ json, ...moment }) => ({ ...moment, dataSet: JSON.parse(json) })),
      })),
    }));
    const queries = parts.map(({ knowledge, begins }) => ({ ...knowledge, begins }));
    const result = { timeZone: options.timeZone, found, outside, queries };
    await printText(`${shownJson(JSON.stringify(result, null, 2))}\n`);
    return count === 0 ? 1 : 0;
  }
  for (const courses of items.slice(0, mostParagraphs)) {
    await printText(`${showControls(whereaboutsText(courses, options))}\n`);
  }
  for (const { query, peer, key, path } of outside.slice(0, mostParagraphs)) {
    const names = Object.values(key).filter((value) => value !== "").join(" ");
    const text =
      `${names}: the last complete answer of ${peer} has it, outside the key ${path} of ${query}: ` +
      "it was dropped";
    await printText(`${showControls(text)}\n`);
  }
  if (items.length > mostParagraphs) {
    say(`${items.length - mostParagraphs} more items match: give more of the name`);
  }
  if (parts.length === 0) say("unknown: no query was polled yet");
  for (const { knowledge, begins } of parts) {
    const since = begins === undefined
      ? ""
      : `; the journal begins at ${clockText(begins, options)}`;
    const none = count === 0 && knowledge.begun ? "nothing matches; " : "";
    say(
      `${knowledge.query}: ${none}${knowledgeText(knowledge, options)}${count === 0 ? since : ""}`,
    );
  }
  say(`times in ${options.timeZone}`);
  return count === 0 ? 1 : 0;
}

/** Puts together what several queries know of one item. */
function byItem(parts: readonly WhyPart[]): Whereabouts[][] {
  const items = parts.flatMap(({ items }) => items);
  const groups = [...Map.groupBy(items, ({ key }) => idOf(key)).values()];
  // What was left first is said first.
  return groups.map((courses) =>
    courses.sort((one, other) =>
      Number(one.isPresent) - Number(other.isPresent) ||
      (one.moments.at(-1)?.time ?? "").localeCompare(other.moments.at(-1)?.time ?? "")
    )
  );
}
