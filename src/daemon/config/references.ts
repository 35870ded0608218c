/**
 * Whether what a configuration names exists in it. Works on values that the schema may have refused, so
 * that all problems come at once.
 *
 * @module
 */
import { didYouMean, type Problem } from "./problems.ts";

/**
 * Checks that the peers and sinks that queries name exist.
 *
 * @param values What stands in the file, `for_each` expanded.
 * @returns What is wrong.
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
          ? [{ path: [...path, "sinks", index], message: "stands in the list twice" }]
          : []),
      ]),
    ];
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
