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
import { importLater } from "./later.ts";
import { type Arguments, type CommandSpec, parseArguments } from "./option_table.ts";

/** A command: its table, and how to run it. */
export interface Command {
  readonly spec: CommandSpec;
  /** Runs it on the words behind its name. */
  run(args: readonly string[]): Promise<number>;
}

/** Every command by name, in the order of the help text. */
export const commands: ReadonlyMap<string, Command> = new Map([
  command(runSpec, async () => (await importLater<typeof import("./run.ts")>("./run.ts")).run),
  command(
    checkSpec,
    async () => (await importLater<typeof import("./check.ts")>("./check.ts")).check,
  ),
  command(pollSpec, async () => (await importLater<typeof import("./poll.ts")>("./poll.ts")).poll),
  command(showSpec, async () => (await importLater<typeof import("./show.ts")>("./show.ts")).show),
  command(
    historySpec,
    async () => (await importLater<typeof import("./history.ts")>("./history.ts")).history,
  ),
  command(
    blameSpec,
    async () => (await importLater<typeof import("./blame.ts")>("./blame.ts")).blame,
  ),
  command(
    approveSpec,
    async () => (await importLater<typeof import("./approve.ts")>("./approve.ts")).approve,
  ),
  command(
    statusSpec,
    async () => (await importLater<typeof import("./status.ts")>("./status.ts")).status,
  ),
  command(
    replaySpec,
    async () => (await importLater<typeof import("./replay.ts")>("./replay.ts")).replay,
  ),
  command(testSpec, async () => (await importLater<typeof import("./test.ts")>("./test.ts")).test),
  command(findSpec, async () => (await import("./find.ts")).find),
  command(echoSpec, async () => (await import("./echo.ts")).echo),
  command(unitSpec, async () => (await importLater<typeof import("./unit.ts")>("./unit.ts")).unit),
  command(
    completionsSpec,
    async () =>
      (await importLater<typeof import("./completions.ts")>("./completions.ts")).completions,
  ),
  command(demoSpec, async () => (await importLater<typeof import("./demo.ts")>("./demo.ts")).demo),
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
