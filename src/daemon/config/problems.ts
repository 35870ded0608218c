/**
 * Problems of a configuration: all at once, each with its place in the file.
 *
 * @module
 */

import { WorklistdError } from "../../base/worklistd_error.ts";
import { nearestOf } from "../../base/edit_distance.ts";

/** One thing that is wrong, or worth a warning. */
export interface Problem {
  /** The way to it: keys and list indices. */
  readonly path: readonly (string | number)[];
  /** The problem and the remedy; never the value of a secret. */
  readonly message: string;
  /** True if the key is meant and not its value. @default {false} */
  readonly atKey?: boolean;
}

/** A problem and its place in the file. */
export interface LocatedProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The path as text, such as `queries.ct-today.keys.Modality`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** A configuration that cannot be used. */
export class ConfigError extends WorklistdError {
  override readonly name = "ConfigError";
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

/**
 * Writes a problem as one line: `FILE:LINE:COL: path: message`.
 *
 * @param problem The problem.
 * @returns The line, without a line end.
 */
export function formatProblem(problem: LocatedProblem): string {
  const { file, line, column, path, message } = problem;
  return `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}

/**
 * Writes a warning as one line: `FILE:LINE:COL: warning: path: message`.
 *
 * @param warning The warning.
 * @returns The line, without a line end.
 */
export function formatWarning({ path, message, ...place }: LocatedProblem): string {
  const text = path === "" ? message : `${path}: ${message}`;
  return formatProblem({ ...place, path: "", message: `warning: ${text}` });
}

/**
 * Writes a path as text: keys joined by `.`, list indices in brackets.
 *
 * @param path The path.
 * @returns Text such as `queries.ct-today.sinks[0]`.
 */
export function formatPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += (text === "" ? "" : ".") + step.replaceAll(/\p{C}/gu, "\uFFFD");
  }
  return text;
}

/**
 * Says which known name was probably meant, as the end of a message.
 *
 * @param name The name that was written.
 * @param known The names that exist.
 * @returns `; did you mean "schedule"?`, or nothing where no name is near.
 */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}
