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
  pollSpec,
  reloadSpec,
  replaySpec,
  runSpec,
  showSpec,
  stateSpec,
  statusSpec,
  testSpec,
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
  replaySpec,
  testSpec,
  findSpec,
  echoSpec,
  stateSpec,
  unitSpec,
  completionsSpec,
  demoSpec,
];
