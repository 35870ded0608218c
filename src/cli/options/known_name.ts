/**
 * Names on a command line that the configuration must have.
 *
 * @module
 */
import type { Config } from "../../daemon/config.ts";
import { nearestOf } from "../../base/edit_distance.ts";
import { UsageError } from "./option_table.ts";

/**
 * Refuses the name of a query or sink that there is not.
 *
 * @param config The configuration.
 * @param what The kind of thing that is named.
 * @param name The name.
 * @param others Names that will do besides: queries that have state and are configured no more.
 * @throws {UsageError} If it is none of them.
 */
export function requireKnown(
  { file, queries, sinks }: Config,
  what: "query" | "sink",
  name: string,
  others: readonly string[] = [],
): void {
  const known = [...(what === "query" ? queries : sinks).keys(), ...others];
  if (!known.includes(name)) throw unknownName(file, what, name, known);
}

/**
 * Says that a configuration does not have a name, and which comes nearest.
 *
 * @param file The configuration.
 * @param what The kind of thing that is named.
 * @param name The name.
 * @param known The names that there are.
 */
export function unknownName(
  file: string,
  what: "peer" | "query" | "sink",
  name: string,
  known: Iterable<string>,
): UsageError {
  const near = nearestOf(name, known);
  return new UsageError(
    `${file} has no ${what} ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
