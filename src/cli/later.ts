/**
 * Modules that are only loaded when they are needed.
 *
 * Deno reads every module that an `import()` names in its text before a program starts, and all that these
 * import: for `find` that would be the daemon, its configuration and its libraries, and take longer than a query.
 *
 * @module
 */

/**
 * Imports a module of this folder that a quick command does not wait for.
 *
 * @param path The module, as `./run.ts`. Deno needs leave to read it.
 * @returns The module; its type is named by the caller as `typeof import("./run.ts")`.
 */
export async function importLater<Module>(path: `./${string}.ts`): Promise<Module> {
  return await import(path) as Module;
}
