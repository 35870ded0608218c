#!/usr/bin/env -S deno run --allow-all
/**
 * The program `worklistd`.
 *
 * @module
 */
import { dispatch } from "./src/cli/dispatch.ts";
import { holdReloads } from "./src/daemon/service/early_reload.ts";

if (import.meta.main) {
  if (Deno.args[0] === "run") holdReloads();
  Deno.exit(await dispatch(Deno.args));
}
