/**
 * `worklistd replay`: committed changes and dead letters, delivered again.
 *
 * @module
 */
import type { Config } from "../../daemon/config.ts";
import { replay as replaySink, resend } from "../../daemon/reach.ts";
import { listDeadLetters } from "../../deliver/dead_letters.ts";
import { namedWords, printTable, requiredConfig } from "../command_output.ts";
import type { replaySpec } from "../options/daemon_options.ts";
import { requireKnown } from "../options/known_name.ts";
import { parseMoment } from "../options/moment.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 where dead letters are left.
 */
export async function replay({ values, words }: Arguments<typeof replaySpec>): Promise<number> {
  const [first, ...ids] = words;
  if (values.dead) {
    const [sink] = namedWords(first === undefined ? [] : [first], "SINK");
    const config = await requiredConfig(values.config);
    requireKnown(config, "sink", sink);
    return await (values.list ? listDead(config, sink) : sendDead(config, sink, ids));
  }
  const [sink] = namedWords(words, "SINK");
  if (values.since === undefined) {
    throw new UsageError("--since SEQUENCE|TIME or --dead is missing");
  }
  const isSequence = /^\d+$/.test(values.since);
  const since = isSequence
    ? values.since
    : String(parseMoment("--since", values.since, Temporal.Now.zonedDateTimeISO()));
  const config = await requiredConfig(values.config);
  const { query } = values;
  requireKnown(config, "sink", sink);
  if (query !== undefined) requireKnown(config, "query", query);
  const count = await replaySink(config, { sink, since, ...(query !== undefined && { query }) });
  say(`${sink}: ${count} ${count === 1 ? "event" : "events"} to deliver again`);
  return 0;
}

async function sendDead(config: Config, sink: string, ids: readonly string[]): Promise<number> {
  const { sent, left } = await resend(config, sink, ids.length === 0 ? undefined : ids);
  say(`${sink}: ${sent} dead letters delivered, ${left} left`);
  return left === 0 ? 0 : 1;
}

async function listDead(config: Config, sink: string): Promise<number> {
  const letters = await listDeadLetters(config.stateDir, sink);
  await printTable(
    ["ID", "TYPE", "TIME", "SUBJECT", "WHY"],
    letters.map((letter) => [
      letter.id,
      letter.type,
      letter.time,
      letter.subject ?? "",
      letter.reason,
    ]),
  );
  say(`${sink}: ${letters.length} dead letters`);
  return 0;
}
