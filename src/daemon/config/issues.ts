/**
 * The schema's complaints in plain words.
 *
 * @module
 */
import { isMap } from "../../base/is_map.ts";
import type * as z from "zod";
import { didYouMean, type Problem } from "./problems.ts";

type Issue = z.core.$ZodIssue;

/**
 * Turns the schema's issues into problems.
 *
 * @param issues The issues that the schema found.
 * @param values The value that the schema checked.
 * @param knownKeys Finds the keys that may stand at a path.
 * @returns One problem for each thing that is wrong.
 */
export function problemsOf(
  issues: readonly Issue[],
  values: unknown,
  knownKeys: (path: readonly (string | number)[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    const ofMap = issue.code === "invalid_union" && isMap(valueAt(values, path))
      ? issue.errors.find((issues) => issues.every((one) => !isWrongType(one)))
      : undefined;
    if (ofMap !== undefined) {
      const inner = ofMap.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
      return problemsOf(inner, values, knownKeys);
    }
    if (issue.code !== "unrecognized_keys") {
      const atKey = issue.code === "invalid_key" ||
        issue.code === "custom" && issue.params?.["atKey"] === true;
      return [{ path, message: messageOf(issue, valueAt(values, path)), atKey }];
    }
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${didYouMean(key, knownKeys(path))}`,
      atKey: true,
    }));
  });
}

function messageOf(issue: Issue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (value === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      if (!issue.message.startsWith("Invalid input")) return issue.message;
      return wrongType(issue.expected, value);
    case "invalid_value":
      return oneOf(issue.values.map(String), value);
    case "invalid_union":
      if (issue.errors?.[0]?.some((one) => isWrongType(one) && one.expected === "boolean")) {
        return wrongType("boolean", value);
      }
      return "options" in issue && Array.isArray(issue.options)
        ? oneOf(issue.options.map(String), value)
        : "cannot be read: see the commented example for what may stand here";
    case "too_small":
      return "must not be empty";
    case "invalid_key":
      return "not a name: write letters, digits and _ . - (64 at most, the first a letter or digit)";
    default:
      return issue.message;
  }
}

/** True if the value itself has another type than an alternative wants. */
function isWrongType(issue: Issue): issue is Extract<Issue, { code: "invalid_type" }> {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

function oneOf(known: readonly string[], value: unknown): string {
  const hint = typeof value === "string" ? didYouMean(value, known) : "";
  return `must be ${known.length === 1 ? "" : "one of "}${known.join(", ")}${hint}`;
}

function wrongType(expected: string, value: unknown): string {
  switch (expected) {
    case "string":
      return typeof value === "number" || typeof value === "boolean"
        ? "must be text: put it in quotes"
        : "must be text";
    case "boolean":
      return "must be true or false";
    case "array":
      return "must be a list: [a, b]";
    case "object":
    case "record":
      return "must be a map of keys and values";
    default:
      return `must be a ${expected}`;
  }
}

function valueAt(values: unknown, path: readonly (string | number)[]): unknown {
  let value = values;
  for (const step of path) value = (value as Record<string | number, unknown> | null)?.[step];
  return value;
}
