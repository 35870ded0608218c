// Touches the world: finds out where Deno and the program are.
/**
 * The place where this program is installed.
 *
 * @module
 */
import { credentialsFolder } from "../daemon/load_config.ts";
import type { Installation } from "../daemon/unit.ts";

/**
 * Finds out where this program is installed.
 *
 * @param config The absolute path of the configuration file.
 * @returns The place, as a unit names it.
 */
export function installation(config: string): Installation {
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname);
  return {
    deno: Deno.execPath(),
    main,
    credentials: credentialsFolder(config),
    isOffline: isFolder(main.replace(/[^/]*$/, "node_modules")),
  };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
