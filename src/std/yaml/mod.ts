/**
 * Stand-in for `jsr:@std/yaml` where JSR cannot be reached: the part of it that we use, same names,
 * same signatures, over `npm:yaml`. Remove `links` from `deno.json` and the original serves.
 *
 * @module
 */
import * as yaml from "yaml";

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Whether a key that occurs twice overrides the first instead of being an error. */
  allowDuplicateKeys?: boolean;
}

/**
 * Reads one YAML document with the original's default schema: YAML 1.2 core types, timestamps and
 * merge keys.
 */
export function parse(content: string, options: ParseOptions = {}): unknown {
  try {
    return yaml.parse(content, {
      merge: true,
      customTags: ["timestamp", "binary", "omap", "pairs", "set"],
      uniqueKeys: !options.allowDuplicateKeys,
      logLevel: "error",
    });
  } catch (error) {
    // The original throws `SyntaxError`; `yaml` has a class of its own.
    if (!(error instanceof Error)) throw error;
    throw new SyntaxError(error.message, { cause: error });
  }
}
