/**
 * The version of the program.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };

/** As in `deno.json`. */
export const version: string = project.version;
