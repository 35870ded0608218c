/**
 * The commands, each loaded only when it runs.
 *
 * @module
 */
import { echoSpec, findSpec } from "./find_options.ts";
import type { Arguments, CommandSpec } from "./option_table.ts";

/** A command: its table, and how to run it. */
export interface Command {
  readonly spec: CommandSpec;
  /** Runs it on the words behind its name. */
  run(args: readonly string[]): Promise<number>;
}

/** Every command by name, in the order of the help text. */
export const commands: ReadonlyMap<string, Command> = new Map([
  command(findSpec, async () => (await import("./find.ts")).find),
  command(echoSpec, async () => (await import("./echo.ts")).echo),
]);

function command<C extends CommandSpec>(
  spec: C,
  load: () => Promise<(args: Arguments<C>) => Promise<number>>,
): [string, Command] {
  return [spec.name, {
    spec,
    run: async (words) => {
      const { parseArguments } = await import("./option_table.ts");
      const args = parseArguments(spec, words);
      return await (await load())(args);
    },
  }];
}
