/**
 * Stand-in for `jsr:@std/yaml` where JSR cannot be reached: the part of it that we use, same names,
 * same signatures, over `npm:js-yaml`, of which the original is a port. Remove `links` from
 * `deno.json` and the original serves.
 *
 * @module
 */
import * as yaml from "js-yaml";

/** Reads one YAML document; `null` where there is none. */
export function parse(content: string): unknown {
  try {
    return yaml.load(content) ?? null;
  } catch (error) {
    // The original throws `SyntaxError`; `js-yaml` has a class of its own.
    if (!(error instanceof Error)) throw error;
    throw new SyntaxError(error.message, { cause: error });
  }
}
