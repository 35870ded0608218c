// Touches the world: reads the name of the account.
/**
 * `worklistd approve`: what a query holds back is accepted by hand, on record.
 *
 * @module
 */
import { cellsOf } from "../../daemon/http/item_rows.ts";
import type { HeldPart } from "../../daemon/look/look_request.ts";
import { approve as approveQuery, lookUp } from "../../daemon/reach.ts";
import { namedWords, printTable, requiredConfig } from "../command_output.ts";
import type { approveSpec } from "../options/daemon_options.ts";
import { requireKnown } from "../options/known_name.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { openReading, requireQuery } from "../reading.ts";
import { say } from "../terminal.ts";

/** A reason is a sentence, not a report. */
const longestWhy = 500;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function approve({ values, words }: Arguments<typeof approveSpec>): Promise<number> {
  const [query] = namedWords(words, "QUERY");
  const { why, who = account() } = values;
  if (why !== undefined && why.length > longestWhy) {
    throw new UsageError(`--why must have at most ${longestWhy} characters`);
  }
  const reading = await openReading(values.config);
  await requireQuery(reading, query);
  const count = await printHeld(reading.stateDir, query);
  if (values["dry-run"]) {
    say(count === 0 ? `${query}: no item is missing` : `${query}: nothing was approved`);
    return 0;
  }
  // An approval commits: without a daemon it needs the configuration.
  const config = await requiredConfig(values.config);
  requireKnown(config, "query", query);
  const wasHeld = await approveQuery(config, query, { who, ...(why !== undefined && { why }) });
  say(
    wasHeld
      ? `${query}: approved by ${who}: complete polls remove what is missing`
      : `${query}: nothing was held back`,
  );
  return 0;
}

/** Prints the items that the next complete polls would remove, and returns their number. */
async function printHeld(stateDir: string, query: string): Promise<number> {
  const rows: string[][] = [];
  for await (const part of lookUp(stateDir, { do: "held", query })) {
    const { json, missed } = part as HeldPart;
    const [when = "", name = "", patientId = "", , accession = "", station = ""] = cellsOf(
      JSON.parse(json),
    );
    rows.push([when, name, patientId, accession, station, String(missed)]);
  }
  rows.sort(([one = ""], [other = ""]) => one < other ? -1 : one > other ? 1 : 0);
  await printTable(["SCHEDULED", "NAME", "PATIENT ID", "ACCESSION", "STATION", "MISSED"], rows);
  if (rows.length > 0) {
    say(
      `${query}: ${rows.length} missing ${rows.length === 1 ? "item" : "items"} would be removed`,
    );
  }
  return rows.length;
}

/** The account of the person: with sudo, the one that called it. */
function account(): string {
  for (const name of ["SUDO_USER", "LOGNAME", "USER", "USERNAME"]) {
    const value = variable(name);
    if (value !== undefined && value !== "") return value;
  }
  return "unknown";
}

function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
