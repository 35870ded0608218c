/**
 * Values of keys that YAML reads as something else than what is written.
 *
 * @module
 */
import type { Problem } from "./problems.ts";
import type { ConfigSource } from "./source.ts";

type Path = readonly (string | number)[];

/**
 * Finds numbers in keys that would be sent otherwise than they are written: `0800` is the number 800.
 *
 * @param values The values of the file.
 * @param source The file.
 * @returns The values that need quotes.
 */
export async function writtenProblems(values: unknown, source: ConfigSource): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, query] of Object.entries(at(values, "queries"))) {
    for (const part of ["keys", "for_each"]) {
      problems.push(...await numberProblems(at(query, part), ["queries", name, part], source));
    }
  }
  for (const [name, worklist] of Object.entries(at(at(values, "serve"), "worklists"))) {
    for (const [caller, section] of Object.entries(at(worklist, "callers"))) {
      const path = ["serve", "worklists", name, "callers", caller, "keys"];
      problems.push(...await numberProblems(at(section, "keys"), path, source));
    }
  }
  return problems;
}

/**
 * Finds numbers that are not read as they are written.
 *
 * @param value The value at a place of the file.
 * @param path The place.
 * @param source The file.
 * @returns The values that need quotes.
 */
export async function numberProblems(
  value: unknown,
  path: Path,
  source: ConfigSource,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [at, number] of numbersIn(value, path)) {
    const written = await source.writtenAt(at);
    if (written === undefined || written === String(number)) continue;
    const message = `is read as the number ${number}: put ${written} in quotes`;
    problems.push({ path: at, message });
  }
  return problems;
}

function* numbersIn(value: unknown, path: Path): Generator<[Path, number]> {
  if (typeof value === "number") yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    yield* numbersIn(one, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function at(values: unknown, key: string): object {
  const value = (values as Record<string, unknown> | null | undefined)?.[key];
  return typeof value === "object" && value !== null ? value : {};
}
