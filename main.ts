#!/usr/bin/env -S deno run --allow-all
/**
 * The program `worklistd`.
 *
 * @module
 */
import { dispatch } from "./src/cli/dispatch.ts";

if (import.meta.main) Deno.exit(await dispatch(Deno.args));
