/**
 * Checks that every name a configuration uses exists in it, and that no list has a name twice. Works on
 * values that the schema may have refused, so that all problems come at once.
 *
 * @module
 */
import { didYouMean, type Problem } from "./problems.ts";

/**
 * Checks that the peers and sinks that queries name exist.
 *
 * @param values The values of the file, `for_each` expanded.
 * @returns The list that gets the problems.
 */
export function referenceProblems(values: unknown): Problem[] {
  const peers = Object.keys(mapAt(values, "peers"));
  const sinks = Object.keys(mapAt(values, "sinks"));
  return Object.entries(mapAt(values, "queries")).flatMap(([name, query]): Problem[] => {
    const { peer, sinks: named } = query as { peer?: unknown; sinks?: unknown };
    const path = ["queries", name];
    return [
      ...unknownName(peer, peers, "peer", [...path, "peer"]),
      ...listOf(named).flatMap((sink, index, all) => [
        ...unknownName(sink, sinks, "sink", [...path, "sinks", index]),
        ...(all.indexOf(sink) < index
          ? [{ path: [...path, "sinks", index], message: "is in the list twice" }]
          : []),
      ]),
    ];
  });
}

/**
 * Checks that no two sinks write the same file: each would cut off what the other wrote.
 *
 * @param values The values of the file.
 * @param resolve Makes a path absolute.
 * @returns The list that gets the problems.
 */
export function sharedFileProblems(
  values: unknown,
  resolve: (path: string) => string,
): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(mapAt(values, "sinks")).flatMap(([name, sink]): Problem[] => {
    const { type, path } = sink as { type?: unknown; path?: unknown };
    if ((type !== "ndjson" && type !== "snapshot") || typeof path !== "string") return [];
    const file = resolve(path);
    const owner = owners.get(file);
    if (owner === undefined) owners.set(file, name);
    if (owner === undefined) return [];
    return [{ path: ["sinks", name, "path"], message: `is the file of sink "${owner}" already` }];
  });
}

function unknownName(
  name: unknown,
  known: readonly string[],
  what: string,
  path: readonly (string | number)[],
): Problem[] {
  if (typeof name !== "string" || known.includes(name)) return [];
  return [{ path, message: `there is no ${what} "${name}"${didYouMean(name, known)}` }];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function mapAt(values: unknown, key: string): Record<string, unknown> {
  const map = (values as Record<string, unknown> | null | undefined)?.[key];
  if (typeof map !== "object" || map === null || Array.isArray(map)) return {};
  return Object.fromEntries(
    Object.entries(map).filter(([, value]) => typeof value === "object" && value !== null),
  );
}
