// Touches the world: talks to peers and webhooks.
/**
 * `worklistd check`: is the configuration right, what does it change, does everyone answer.
 *
 * @module
 */
import { systemClock } from "../../base/system_clock.ts";
import type { Config, PeerConfig, QueryConfig, SinkConfig } from "../../daemon/config.ts";
import { formatWarning } from "../../daemon/config/problems.ts";
import { loadConfig } from "../../daemon/load_config.ts";
import { installedUnits } from "../../daemon/service/installed_units.ts";
import { programOfUnit, unitMisfits } from "../../daemon/service/unit_fit.ts";
import { systemdUnit } from "../../daemon/unit.ts";
import { countMatches, flatMessage, wasFilled } from "../../daemon/poll/flat_question.ts";
import { PeerTurn } from "../../daemon/poll/peer_turn.ts";
import { configurationOf, peerOf } from "../../daemon/poll/question.ts";
import { testEvent } from "../../deliver/own_events.ts";
import { makeSink } from "../../deliver/sinks/sink_types.ts";
import { echo } from "../../query/echo.ts";
import { describeConfigChange, type QueryConfiguration } from "../../worklist/configuration.ts";
import { listStoredQueries, readStoredQuery } from "../../worklist/journal/history.ts";
import { StoreError } from "../../worklist/journal/store_error.ts";
import { namedWords, printText } from "../command_output.ts";
import { installation } from "../installation.ts";
import type { checkSpec } from "../options/daemon_options.ts";
import { describeError } from "../describe_error.ts";
import { requiredConfigFile } from "../options/config_file.ts";
import { printStation } from "./check_station.ts";
import type { Arguments } from "../options/option_table.ts";
import { showControls } from "../../dicom/text/show_controls.ts";

/** The time that a webhook may take to answer. */
const webhookMs = 20_000;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 where a peer or webhook does not answer.
 * @throws {ConfigError} If the configuration has problems; carries all of them.
 */
export async function check({ values, words }: Arguments<typeof checkSpec>): Promise<number> {
  namedWords(words);
  const file = requiredConfigFile(values.config);
  const config = await loadConfig(file);
  const { peers, queries, sinks, warnings } = config;
  await printText(
    `${file}: ${counted(peers.size, "peer")}, ${counted(queries.size, "query", "queries")}, ` +
      `${counted(sinks.size, "sink")}: no problems${
        warnings.length === 0 ? "" : `, ${counted(warnings.length, "warning")}`
      }\n`,
  );
  for (const warning of warnings) await printText(`${showControls(formatWarning(warning))}\n`);
  await printEffects(config);
  await printMisfits(await Deno.realPath(file), config);
  if (values.as !== undefined && !await printStation(config, values.as.trim())) return 1;
  if (!values.connect) return 0;
  const tried = await Promise.all([
    ...Array.from(peers.values(), (peer) => tryPeerAndQueries(peer, config)),
    ...Array.from(sinks.values(), trySink),
  ]);
  return tried.every((isWell) => isWell) ? 0 : 1;
}

function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Says what the configuration does to state that belongs to another one. */
async function printEffects({ peers, queries, stateDir }: Config): Promise<void> {
  const stored = await listStoredQueries(stateDir);
  for (const name of stored) {
    const query = queries.get(name);
    const peer = query && peers.get(query.peer);
    if (query === undefined || peer === undefined) {
      await printText(`${name}: no longer configured; its state is kept and not touched\n`);
      continue;
    }
    for (const effect of await effectsOn(stateDir, name, configurationOf(query, peer))) {
      await printText(`${name}: ${effect}\n`);
    }
  }
  if (stored.length === 0) return;
  for (const { name, initial } of queries.values()) {
    if (stored.includes(name)) continue;
    const effect = initial === "silent" ? "taken over without events" : "reported as added";
    await printText(`${name}: new; the items of its first complete poll are ${effect}\n`);
  }
}

/** Says how installed systemd units do not fit the configuration. */
async function printMisfits(file: string, config: Config): Promise<void> {
  for (const { name, path, text } of installedUnits(file)) {
    const own = installation(file);
    const needed = systemdUnit({ ...config, file }, { ...own, ...programOfUnit(text) });
    const misfits = unitMisfits(text, needed);
    if (misfits.length === 0) continue;
    const lines = misfits.map((line) => `${path}: ${line}\n`);
    const remedy = `write the unit again, as root: worklistd unit --config ${file} ` +
      `> /etc/systemd/system/${name} && systemctl daemon-reload && systemctl restart ${name}\n`;
    await printText(`${lines.join("")}${path}: ${remedy}`);
  }
}

async function effectsOn(
  stateDir: string,
  name: string,
  configuration: QueryConfiguration,
): Promise<string[]> {
  try {
    const { configuration: before } = await readStoredQuery(stateDir, name);
    return before === undefined ? [] : describeConfigChange(before, configuration);
  } catch (error) {
    // No fault of the configuration: the daemon is to start for the sake of its other queries.
    if (error instanceof StoreError) return [error.message];
    throw error;
  }
}

async function tryPeerAndQueries(peer: PeerConfig, config: Config): Promise<boolean> {
  if (!await tryPeer(peer.name, () => echo(peerOf(peer)))) return false;
  for (const query of config.queries.values()) {
    if (query.peer === peer.name) await tryQuery(query, peer, config);
  }
  return true;
}

/** Asks a query whose list was never filled: its return keys may be the reason. */
async function tryQuery(query: QueryConfig, peer: PeerConfig, { stateDir }: Config): Promise<void> {
  if (query.returnKeys !== "default" || await isFilled(stateDir, query.name)) return;
  const now = systemClock.now();
  try {
    const signal = AbortSignal.timeout(peer.totalMs);
    const context = { clock: systemClock, stop: signal };
    await using asker = new PeerTurn(peer, [query.model], context);
    const options = { asker, model: query.model, limit: mostCounted, signal, now };
    if (await countMatches(query, "default", options) > 0) return;
    const matches = await countMatches(query, "flat", options);
    const words = matches === 0
      ? "the peer returns 0 matches, for keys without nested sequences too"
      : flatMessage(query.name, matches);
    await printText(`query ${query.name}: ${words}\n`);
  } catch (error) {
    await printText(`query ${query.name}: ${showControls(describeError(error))}\n`);
  }
}

/** Enough to know that there are any. */
const mostCounted = 1_000;

async function isFilled(stateDir: string, query: string): Promise<boolean> {
  try {
    return wasFilled(await readStoredQuery(stateDir, query));
  } catch (error) {
    if (error instanceof StoreError) return true;
    throw error;
  }
}

async function tryPeer(
  name: string,
  send: () => ReturnType<typeof echo>,
): Promise<boolean> {
  try {
    const { implementationVersionName, echoMs } = await send();
    const by = implementationVersionName === undefined
      ? ""
      : ` (${showControls(implementationVersionName)})`;
    await printText(`peer ${name}${by}: answered in ${echoMs.toFixed(1)} ms\n`);
    return true;
  } catch (error) {
    await printText(`peer ${name}: ${showControls(describeError(error))}\n`);
    return false;
  }
}

async function trySink({ name, options }: SinkConfig): Promise<boolean> {
  const revealed = options.reveal();
  if (revealed.type !== "webhook") return true;
  const sink = makeSink(revealed, { name, clock: systemClock, note: () => {} });
  if (sink.kind !== "events") return true;
  try {
    const event = testEvent(name, systemClock.now());
    await sink.send({ query: "", events: [event] }, AbortSignal.timeout(webhookMs));
    await printText(`webhook ${name}: took ${event.id}\n`);
    return true;
  } catch (error) {
    await printText(`webhook ${name}: ${showControls(describeError(error))}\n`);
    return false;
  } finally {
    await sink.close();
  }
}
