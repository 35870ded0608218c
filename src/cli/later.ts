/**
 * Modules that are loaded only when a command needs them.
 *
 * Deno reads every module that an `import()` names in its text before a program starts, and all that these
 * import. For `find` that would be the daemon, its configuration and its libraries, and take longer than a query.
 *
 * @module
 */

/** Modules of `src/cli` by the path that {@linkcode importLater} takes, so that no caller names a type twice. */
interface LaterModules {
  "./commands/approve.ts": typeof import("./commands/approve.ts");
  "./commands/blame.ts": typeof import("./commands/blame.ts");
  "./commands/check.ts": typeof import("./commands/check.ts");
  "./commands/completions.ts": typeof import("./commands/completions.ts");
  "./commands/demo.ts": typeof import("./commands/demo.ts");
  "./commands/history.ts": typeof import("./commands/history.ts");
  "./commands/poll.ts": typeof import("./commands/poll.ts");
  "./commands/reload.ts": typeof import("./commands/reload.ts");
  "../daemon/service/state_owner.ts": typeof import("../daemon/service/state_owner.ts");
  "./commands/replay.ts": typeof import("./commands/replay.ts");
  "./commands/run.ts": typeof import("./commands/run.ts");
  "./commands/show.ts": typeof import("./commands/show.ts");
  "./commands/state.ts": typeof import("./commands/state.ts");
  "./commands/status.ts": typeof import("./commands/status.ts");
  "./commands/test.ts": typeof import("./commands/test.ts");
  "./commands/init.ts": typeof import("./commands/init.ts");
  "./commands/tap.ts": typeof import("./commands/tap.ts");
  "./commands/top.ts": typeof import("./commands/top.ts");
  "./commands/unit.ts": typeof import("./commands/unit.ts");
  "./commands/why.ts": typeof import("./commands/why.ts");
  "./options/configured_peer.ts": typeof import("./options/configured_peer.ts");
  "./results/result_table.ts": typeof import("./results/result_table.ts");
}

/**
 * Imports a module that a quick command does not wait for.
 *
 * @param path The module, seen from `src/cli`. Deno needs permission to read it.
 * @returns The module.
 */
export async function importLater<Path extends keyof LaterModules>(
  path: Path,
): Promise<LaterModules[Path]> {
  return await import(path) as LaterModules[Path];
}
