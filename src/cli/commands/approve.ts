/**
 * `worklistd approve`: what holds back the removals of a query is released by hand.
 *
 * @module
 */
import { approve as approveQuery } from "../../daemon/reach.ts";
import { namedWords, requiredConfig } from "../command_output.ts";
import type { approveSpec } from "../options/daemon_options.ts";
import { requireKnown } from "../options/known_name.ts";
import type { Arguments } from "../options/option_table.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function approve({ values, words }: Arguments<typeof approveSpec>): Promise<number> {
  const [query] = namedWords(words, "QUERY");
  const config = await requiredConfig(values.config);
  requireKnown(config, "query", query);
  const wasHeld = await approveQuery(config, query);
  say(
    wasHeld
      ? `${query}: approved: complete polls remove what is missing`
      : `${query}: nothing was held back`,
  );
  return 0;
}
