// Touches the world: reads the state folder.
/**
 * `worklistd check --as AET`: what a station is answered, as things are stored now.
 *
 * @module
 */
import { systemClock } from "../../base/system_clock.ts";
import type { Config, ServedWorklistConfig } from "../../daemon/config.ts";
import { DataSet } from "../../dicom/data_set.ts";
import { showControls } from "../../dicom/text/show_controls.ts";
import { TransferSyntax } from "../../dicom/uid.ts";
import { formatAge } from "../../serve/age_note.ts";
import { ServedQuery } from "../../serve/served_query.ts";
import { answerStation } from "../../serve/station_answer.ts";
import { addedKeys } from "../../serve/worklist_service.ts";
import { readStoredQuery } from "../../worklist/journal/history.ts";
import { printText } from "../command_output.ts";

/**
 * Prints which worklists a station may call and how many steps it sees there.
 *
 * @param config The configuration.
 * @param station Its calling AE title.
 * @returns True if a worklist lets it in.
 * @throws {StoreError} If the state of a query cannot be read.
 */
export async function printStation(config: Config, station: string): Promise<boolean> {
  const shown = showControls(station);
  const { serve } = config;
  if (serve === undefined) {
    await printText(`${shown}: this configuration serves no worklists: it has no \`serve\`\n`);
    return false;
  }
  const { host, port } = serve.listen;
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  let isLetIn = false;
  for (const worklist of serve.worklists.values()) {
    const { name, callers } = worklist;
    const isCaller = callers === undefined || Object.hasOwn(callers, station);
    if (!isCaller) {
      const titles = Object.keys(callers ?? {}).join(", ");
      await printText(`${shown}: ${name} does not let it in; its callers are ${titles}\n`);
      continue;
    }
    isLetIn = true;
    await printText(`${shown}: ${await whatItSees(config, worklist, station, address)}\n`);
  }
  return isLetIn;
}

async function whatItSees(
  config: Config,
  worklist: ServedWorklistConfig,
  station: string,
  address: string,
): Promise<string> {
  const { name, callers, queries, statuses, maxAgeMs, whenStale } = worklist;
  const { from = [], keys = {} } = callers?.[station] ?? {};
  const now = systemClock.now();
  const unknown: string[] = [];
  let items = 0;
  let oldest: number | undefined = 0;
  const views = [];
  for (const query of queries) {
    const stored = await readStoredQuery(config.stateDir, query);
    items += stored.items.length;
    const { believed, begun } = stored.pollState;
    if (!begun) unknown.push(query);
    const ageMs = believed === undefined ? undefined : now.epochMilliseconds - Date.parse(believed);
    oldest = ageMs === undefined || oldest === undefined ? undefined : Math.max(oldest, ageMs);
    const timeZone = config.queries.get(query)?.timeZone ?? "UTC";
    const entries = stored.items.map((item) => ({
      ...{ item, high: 0, low: 0, missed: 0, seenIn: 0, matchesIn: 0, gone: false },
      unreadable: undefined,
    }));
    const view = new ServedQuery({
      query,
      lastSequence: stored.sequence,
      revision: 0,
      worklist: {
        entries: () => entries,
        configurationOf: () => stored.configuration,
        pollState: stored.pollState,
        size: entries.length,
      },
    }).view();
    views.push({ view, added: addedKeys(keys, statuses, now, timeZone), timeZone });
  }
  let seen = 0;
  const everything = {
    identifier: new DataSet(),
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
  };
  for (const step of answerStation(views, everything)) if (step !== undefined) seen++;
  const ranges = from.length === 0 ? "any address" : from.map(({ text }) => text).join(", ");
  const limits = [
    ...(Object.keys(keys).length > 0 ? ["its keys"] : []),
    ...(statuses === undefined ? [] : [`status ${statuses.join(", ")}`]),
  ];
  const age = oldest === undefined ? "of unknown age" : `${formatAge(oldest)} old`;
  const isStale = maxAgeMs !== undefined && (oldest === undefined || oldest > maxAgeMs);
  const answer = unknown.length === queries.length
    ? "it is answered with status A700, because no query was answered yet"
    : isStale && whenStale === "refuse"
    ? `the list is ${age}, so it is answered with status A700`
    : `it sees ${seen} of ${items} items${
      limits.length > 0 ? ` (limited by ${limits.join(" and ")})` : ""
    }, ${age}`;
  return `${name} at ${address} lets it in from ${ranges}; ${answer}; queries: ${
    queries.join(", ")
  }`;
}
