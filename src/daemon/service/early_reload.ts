// Touches the world: listens for SIGHUP.
/**
 * Holds a reload that is asked for before the daemon can do it: without a listener, SIGHUP ends the process.
 *
 * @module
 */

let isAskedFor = false;
const onReload = (): void => {
  isAskedFor = true;
};

/** Listens for SIGHUP from now on. */
export function holdReloads(): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", onReload);
}

/**
 * Listens no longer; to be called once somebody else listens.
 *
 * @returns True if a reload was asked for meanwhile.
 */
export function releaseReloads(): boolean {
  if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGHUP", onReload);
  return isAskedFor;
}
