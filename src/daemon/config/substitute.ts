/**
 * `${env:NAME}` and `for_each`: what is replaced in the text of a configuration before it is checked.
 *
 * @module
 */
import { isMap } from "../../base/is_map.ts";
import { queryFolder } from "../../worklist/journal/state_folder.ts";
import type { Problem } from "./problems.ts";

type Path = readonly (string | number)[];

/** A configuration after replacement. */
export interface Substituted {
  readonly values: unknown;
  readonly problems: readonly Problem[];
  /** For each query that `for_each` made, its name in the file. */
  readonly origins: ReadonlyMap<string, string>;
}

/** More queries than this from one `for_each` are a mistake. */
const mostQueries = 10_000;
/** Characters between the brackets of a name that `for_each` made. */
const longestValues = 64;

/**
 * Replaces what `${env:NAME}` and `for_each` stand for.
 *
 * @param values The values of the file.
 * @param environment Looks up an environment variable.
 * @returns The values with everything replaced, and what could not be.
 */
export function substitute(
  values: unknown,
  environment: (name: string) => string | undefined,
): Substituted {
  const problems: Problem[] = [];
  const origins = new Map<string, string>();
  const replaced = mapTexts(
    values,
    [],
    (text, path) =>
      text.replaceAll(/\$\{env:([^}]*)\}/g, (_, name: string) => {
        let value: string | undefined;
        try {
          value = environment(name);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          problems.push({ path, message: error.message });
          return "";
        }
        if (value === undefined) {
          problems.push({
            path,
            message: `the environment has no variable ${name}${hintOf(name)}`,
          });
        }
        return value ?? "";
      }),
  );
  if (!isMap(replaced) || !isMap(replaced["queries"])) {
    return { values: replaced, problems, origins };
  }
  const queries: [string, unknown][] = [];
  for (const [name, query] of Object.entries(replaced["queries"])) {
    for (const [madeName, made] of expand(name, query, problems)) {
      if (madeName !== name) origins.set(madeName, name);
      queries.push([madeName, made]);
    }
  }
  return { values: { ...replaced, queries: Object.fromEntries(queries) }, problems, origins };
}

function hintOf(variable: string): string {
  if (variable !== "CREDENTIALS_DIRECTORY") return "";
  return ": systemd sets it for the service; elsewhere set it to the folder with the credentials";
}

function expand(name: string, query: unknown, problems: Problem[]): [string, unknown][] {
  const path = ["queries", name];
  if (!isMap(query) || !isForEach(query["for_each"])) {
    reportUnknown(query, path, [], problems);
    return [[name, query]];
  }
  const { for_each: forEach, ...rest } = query;
  reportUnknown(rest, path, Object.keys(forEach), problems);
  const unusable = unusableValues(forEach, [...path, "for_each"]);
  if (unusable.length > 0) {
    problems.push(...unusable);
    return [[name, rest]];
  }
  const count = Object.values(forEach).reduce((product, list) => product * list.length, 1);
  const choices = count > mostQueries ? [] : choicesOf(forEach);
  const names = choices.map((choice) => `${name}[${Object.values(choice).join(",")}]`);
  const taken = new Set<string>();
  const twice = names.find((one) => taken.size === taken.add(one).size);
  const tooLong = names.find(isTooLong);
  if (twice === undefined && tooLong !== undefined) {
    problems.push({
      path: [...path, "for_each"],
      message: `makes a query named ${tooLong}: the name is too long to keep files under it`,
    });
    return [[name, rest]];
  }
  if (count === 0 || count > mostQueries || twice !== undefined) {
    const message = count === 0
      ? "has an empty list: this makes no query at all"
      : twice === undefined
      ? `makes ${count} queries: the most are ${mostQueries}`
      : `makes two queries named ${twice}: give each value once, and none with a comma in it`;
    problems.push({ path: [...path, "for_each"], message });
    return [[name, rest]];
  }
  return choices.map((choice, index) => [
    names[index] ?? name,
    mapTexts(
      rest,
      [],
      (text) =>
        text.replaceAll(/\$\{(\w+)\}/g, (whole, variable: string) => choice[variable] ?? whole),
    ),
  ]);
}

/** The values become part of the query's name, and so part of event ids and, encoded, of file names. */
function unusableValues(forEach: Record<string, (string | number)[]>, path: Path): Problem[] {
  return Object.entries(forEach).flatMap(([variable, list]) =>
    list.flatMap((value, index): Problem[] => {
      if (/^[ -Z^-~]{1,64}$/.test(String(value))) return [];
      const message =
        `cannot be part of the query's name: write 1 to 64 ASCII characters, none of them [, ] or \\`;
      return [{ path: [...path, variable, index], message }];
    })
  );
}

/** A folder of the state has the name. */
function isTooLong(name: string): boolean {
  const brackets = /\[.*\]$/.exec(name)?.[0] ?? "";
  if (brackets.length > longestValues + 2) return true;
  try {
    queryFolder("", name);
    return false;
  } catch {
    return true;
  }
}

/** Every combination of the values, one of each list. */
function choicesOf(forEach: Record<string, (string | number)[]>): Record<string, string>[] {
  return Object.entries(forEach).reduce<Record<string, string>[]>(
    (made, [variable, list]) =>
      made.flatMap((one) => list.map((value) => ({ ...one, [variable]: String(value) }))),
    [{}],
  );
}

function reportUnknown(
  query: unknown,
  path: Path,
  known: readonly string[],
  problems: Problem[],
): void {
  mapTexts(query, path, (text, at) => {
    for (const [, variable = ""] of text.matchAll(/\$\{([^}]*)\}/g)) {
      if (known.includes(variable)) continue;
      const names = known.length === 0
        ? "there is no for_each"
        : `for_each has ${known.join(", ")}`;
      problems.push({ path: at, message: `nothing stands for \${${variable}}: ${names}` });
    }
    return text;
  });
}

function mapTexts(
  value: unknown,
  path: Path,
  change: (text: string, path: Path) => string,
): unknown {
  if (typeof value === "string") return change(value, path);
  if (Array.isArray(value)) {
    return value.map((one, index) => mapTexts(one, [...path, index], change));
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, mapTexts(one, [...path, key], change)]),
  );
}

function isForEach(value: unknown): value is Record<string, (string | number)[]> {
  return isMap(value) && Object.keys(value).length > 0 &&
    Object.values(value).every((list) =>
      Array.isArray(list) && list.every((one) => typeof one === "string" || typeof one === "number")
    );
}
