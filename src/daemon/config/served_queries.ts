/**
 * The queries that a served worklist names: they exist, and they ask for a worklist.
 *
 * Works on values that the schema may have refused, so that all problems come at once.
 *
 * @module
 */
import { didYouMean, type Problem } from "./problems.ts";

/**
 * Replaces a query's name in the file by the names of the queries that `for_each` made of it.
 *
 * @param names Names as a served worklist has them.
 * @param origins For each query that `for_each` made, its name in the file.
 * @returns The names of the queries that are polled, each once.
 */
export function expandServedQueries(
  names: readonly string[],
  origins: ReadonlyMap<string, string>,
): string[] {
  const made = (origin: string): string[] =>
    [...origins].filter(([, one]) => one === origin).map(([name]) => name);
  const all = names.flatMap((name) => {
    const several = made(name);
    return several.length > 0 ? several : [name];
  });
  return [...new Set(all)];
}

/**
 * Checks the queries that served worklists name.
 *
 * @param values The values of the file, `for_each` expanded.
 * @param origins For each query that `for_each` made, its name in the file.
 * @returns The list that gets the problems.
 */
export function servedQueryProblems(
  values: unknown,
  origins: ReadonlyMap<string, string>,
): Problem[] {
  const queries = mapAt(values, "queries");
  const known = new Set([...Object.keys(queries), ...origins.values()]);
  const worklists = Object.entries(mapAt(mapAt(values, "serve"), "worklists"));
  return worklists.flatMap(([title, worklist]): Problem[] => {
    const { queries: named } = worklist as { queries?: unknown };
    if (!Array.isArray(named)) return [];
    return named.flatMap((name: unknown, index): Problem[] => {
      const path = ["serve", "worklists", title, "queries", index];
      if (typeof name !== "string") return [];
      if (!known.has(name)) {
        return [{ path, message: `there is no query "${name}"${didYouMean(name, known)}` }];
      }
      if (named.indexOf(name) < index) return [{ path, message: "is in the list twice" }];
      const [first = name] = expandServedQueries([name], origins);
      const { model = "worklist" } = queries[first] as { model?: unknown };
      if (model === "worklist") return [];
      return [{ path, message: `is of model ${model}: only queries of model worklist are served` }];
    });
  });
}

function mapAt(values: unknown, key: string): Record<string, unknown> {
  const map = (values as Record<string, unknown> | null | undefined)?.[key];
  if (typeof map !== "object" || map === null || Array.isArray(map)) return {};
  return Object.fromEntries(
    Object.entries(map).filter(([, value]) => typeof value === "object" && value !== null),
  );
}
