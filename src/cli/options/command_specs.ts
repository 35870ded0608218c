/**
 * The tables of all commands.
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
} from "./daemon_options.ts";
import { echoSpec, findSpec } from "./find_options.ts";
import type { CommandSpec } from "./option_table.ts";

/** In the order of the help text. */
export const commandSpecs: readonly CommandSpec[] = [
  runSpec,
  checkSpec,
  reloadSpec,
  pollSpec,
  showSpec,
  whySpec,
  historySpec,
  blameSpec,
  approveSpec,
  statusSpec,
  topSpec,
  tapSpec,
  replaySpec,
  testSpec,
  findSpec,
  echoSpec,
  stateSpec,
  unitSpec,
  completionsSpec,
  initSpec,
  demoSpec,
];
