/**
 * The commands, each loaded only when it runs.
 *
 * @module
 */
import {
  approveSpec,
  blameSpec,
  checkSpec,
  completionsSpec,
  demoSpec,
  historySpec,
  pollSpec,
  replaySpec,
  runSpec,
  showSpec,
  statusSpec,
  testSpec,
  unitSpec,
} from "./daemon_options.ts";
import { echoSpec, findSpec } from "./find_options.ts";
import { type Arguments, type CommandSpec, parseArguments } from "./option_table.ts";

/** A command: its table, and how to run it. */
export interface Command {
  readonly spec: CommandSpec;
  /** Runs it on the words behind its name. */
  run(args: readonly string[]): Promise<number>;
}

/** Every command by name, in the order of the help text. */
export const commands: ReadonlyMap<string, Command> = new Map([
  command(runSpec, async () => (await import("./run.ts")).run),
  command(checkSpec, async () => (await import("./check.ts")).check),
  command(pollSpec, async () => (await import("./poll.ts")).poll),
  command(showSpec, async () => (await import("./show.ts")).show),
  command(historySpec, async () => (await import("./history.ts")).history),
  command(blameSpec, async () => (await import("./blame.ts")).blame),
  command(approveSpec, async () => (await import("./approve.ts")).approve),
  command(statusSpec, async () => (await import("./status.ts")).status),
  command(replaySpec, async () => (await import("./replay.ts")).replay),
  command(testSpec, async () => (await import("./test.ts")).test),
  command(findSpec, async () => (await import("./find.ts")).find),
  command(echoSpec, async () => (await import("./echo.ts")).echo),
  command(unitSpec, async () => (await import("./unit.ts")).unit),
  command(completionsSpec, async () => (await import("./completions.ts")).completions),
  command(demoSpec, async () => (await import("./demo.ts")).demo),
]);

function command<C extends CommandSpec>(
  spec: C,
  load: () => Promise<(args: Arguments<C>) => Promise<number>>,
): [string, Command] {
  return [spec.name, {
    spec,
    run: async (words) => {
      const args = parseArguments(spec, words);
      return await (await load())(args);
    },
  }];
}
