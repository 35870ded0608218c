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
  initSpec,
  pollSpec,
  reloadSpec,
  replaySpec,
  runSpec,
  showSpec,
  stateSpec,
  statusSpec,
  tapSpec,
  testSpec,
  topSpec,
  unitSpec,
  whySpec,
} from "./options/daemon_options.ts";
import { echoSpec, findSpec } from "./options/find_options.ts";
import { importLater } from "./later.ts";
import { type Arguments, type CommandSpec, parseArguments } from "./options/option_table.ts";

/** A command: its table, and how to run it. */
export interface Command {
  readonly spec: CommandSpec;
  /** Runs it with the arguments after its name. */
  run(args: readonly string[]): Promise<number>;
}

/** Every command by name, in the order of the help text. */
export const commands: ReadonlyMap<string, Command> = new Map([
  command(runSpec, async () => (await importLater("./commands/run.ts")).run),
  command(
    checkSpec,
    async () => (await importLater("./commands/check.ts")).check,
  ),
  command(reloadSpec, async () => (await importLater("./commands/reload.ts")).reload),
  command(pollSpec, async () => (await importLater("./commands/poll.ts")).poll),
  command(showSpec, async () => (await importLater("./commands/show.ts")).show),
  command(whySpec, async () => (await importLater("./commands/why.ts")).why),
  command(
    historySpec,
    async () => (await importLater("./commands/history.ts")).history,
  ),
  command(
    blameSpec,
    async () => (await importLater("./commands/blame.ts")).blame,
  ),
  command(
    approveSpec,
    async () => (await importLater("./commands/approve.ts")).approve,
  ),
  command(
    statusSpec,
    async () => (await importLater("./commands/status.ts")).status,
  ),
  command(topSpec, async () => (await importLater("./commands/top.ts")).top),
  command(tapSpec, async () => (await importLater("./commands/tap.ts")).tap),
  command(
    replaySpec,
    async () => (await importLater("./commands/replay.ts")).replay,
  ),
  command(testSpec, async () => (await importLater("./commands/test.ts")).test),
  command(findSpec, async () => (await import("./commands/find.ts")).find),
  command(echoSpec, async () => (await import("./commands/echo.ts")).echo),
  command(stateSpec, async () => (await importLater("./commands/state.ts")).state),
  command(unitSpec, async () => (await importLater("./commands/unit.ts")).unit),
  command(
    completionsSpec,
    async () => (await importLater("./commands/completions.ts")).completions,
  ),
  command(initSpec, async () => (await importLater("./commands/init.ts")).init),
  command(demoSpec, async () => (await importLater("./commands/demo.ts")).demo),
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
