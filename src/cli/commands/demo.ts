// Touches the world: serves a worklist, writes a folder, waits.
/**
 * `worklistd demo`: a worklist server whose worklist changes, the daemon polling it, every change printed.
 *
 * @module
 */
import { timerMs } from "../../base/timer.ts";
import { loadConfig } from "../../daemon/load_config.ts";
import { openHttp } from "../../daemon/http/open_http.ts";
import { sessionBackend } from "../../daemon/http/session_backend.ts";
import { flushLog, openLog } from "../../daemon/log.ts";
import { type ControlServer, serveControl } from "../../daemon/control.ts";
import { Session } from "../../daemon/poll/session.ts";
import { version } from "../../daemon/version.ts";
import type { DataSet } from "../../dicom/data_set.ts";
import { find } from "../../query/find.ts";
import type { Peer } from "../../query/peer.ts";
import { type DemoWorklist, demoWorklist } from "../../serve/demo.ts";
import { serveWorklist, type WorklistScp } from "../../serve/worklist_scp.ts";
import type { JournalSource } from "../../worklist/journal/journal.ts";
import { namedWords, printText, takesColour } from "../command_output.ts";
import { describeError } from "../describe_error.ts";
import type { demoSpec } from "../options/daemon_options.ts";
import { eventText } from "../results/event_text.ts";
import { Interruption } from "../interruption.ts";
import type { Arguments } from "../options/option_table.ts";

const changeEveryMs = 2500;
const shutdownMs = 5000;

/**
 * Runs the command until its time is over or it is interrupted.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function demo({ values, words }: Arguments<typeof demoSpec>): Promise<number> {
  namedWords(words);
  const folder = values.folder ?? await Deno.makeTempDir({ prefix: "worklistd-demo-" });
  await Deno.mkdir(folder, { recursive: true });
  await using ris = new DemoRis();
  const today = Temporal.Now.plainDateISO().toString().replaceAll("-", "");
  const worklist = demoWorklist(ris.items, today);

  const configFile = `${folder}/worklistd.yaml`;
  const stationPort = freePort();
  await Deno.writeTextFile(configFile, configurationFor(ris.port, stationPort));
  const config = await loadConfig(configFile);
  await openLog({ ...config.log, level: "warning" });
  const session = await Session.open(config);
  const control = await openControl(session);
  const page = await openPage(session);
  try {
    await printText(`Status page: http://127.0.0.1:${page.port}/\n`);
    return await show(session, worklist, folder, values.seconds, { ris, stationPort });
  } finally {
    await page.close();
    await control?.close();
    await session.daemon.close(AbortSignal.timeout(shutdownMs));
    await flushLog();
  }
}

/** Opens the status page on a free port that only this machine reaches. */
async function openPage(session: Session): Promise<{ port: number; close(): Promise<void> }> {
  const section = {
    listen: { host: "127.0.0.1", port: 0 },
    tls: undefined,
    logins: undefined,
    hosts: [],
    maxConnections: 50,
    maxStreams: 10,
  };
  const noReload = (): Promise<void> =>
    Promise.reject(new Error("The demo has no configuration to reload"));
  return await openHttp(section, sessionBackend(session, noReload), version);
}

/** Commands such as `status` reach the demo as they reach a daemon, unless the folder's path is too long for a socket. */
async function openControl(session: Session): Promise<ControlServer | undefined> {
  const noReload = (): Promise<void> =>
    Promise.reject(new Error("the demo does not reload its configuration"));
  try {
    return await serveControl(
      session.daemon.config.stateDir,
      (request, signal) => session.handle(request, noReload, signal),
    );
  } catch {
    return undefined;
  }
}

/**
 * Prints what happens.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
 */
async function show(
  session: Session,
  worklist: DemoWorklist,
  folder: string,
  seconds: number | undefined,
  { ris, stationPort }: { readonly ris: DemoRis; readonly stationPort: number },
): Promise<number> {
  const station = { host: "127.0.0.1", port: stationPort, aeTitle: "STATIONS" };
  await printText(
    `A worklist server, RIS@127.0.0.1:${ris.port}, is polled every 2 seconds.\n` +
      `Changes, the current worklist and worklist files are written to ${folder}\n` +
      `Stations ask worklistd itself: worklistd find STATIONS@127.0.0.1:${stationPort}\n` +
      `Look on from another terminal: worklistd top --config ${folder}/worklistd.yaml (or status, tap, why, show)\n\n`,
  );
  using interruption = new Interruption();
  const unread = new AbortController();
  const ends = [interruption.signal, unread.signal];
  if (seconds !== undefined) ends.push(AbortSignal.timeout(timerMs(seconds * 1000)));
  const end = AbortSignal.any(ends);
  session.daemon.start();
  const printing = printEvents(session.daemon.store("today"), end)
    .catch((error) => unread.abort(error));
  for (let turn = 1; await passed(changeEveryMs, end); turn++) {
    const happened = await nextTurn(turn % turnsInAll, worklist, ris, station);
    await printText(dimmed(happened)).catch((error) => unread.abort(error));
  }
  await printing;
  unread.signal.throwIfAborted();
  await session.daemon.delivered(AbortSignal.timeout(shutdownMs)).catch(() => {});
  await printText(
    `\nDelivered: ${folder}/changes.ndjson\nRun it yourself with: ${folder}/worklistd.yaml\n`,
  );
  return 0;
}

/** The server goes down in this turn, and comes back in the last one. */
const turnOfOutage = 8;
const turnsInAll = 11;

/** Lets the next thing happen, and says what it was. */
async function nextTurn(
  turn: number,
  worklist: DemoWorklist,
  ris: DemoRis,
  station: Peer,
): Promise<string> {
  if (turn === turnOfOutage) {
    await ris.stop();
    return "the server is stopped";
  }
  if (turn > turnOfOutage) return `the server is down; ${await askAsStation(station)}`;
  if (!ris.isUp) {
    ris.start();
    return "the server is back";
  }
  return `at the server: ${worklist.change()}`;
}

/** Asks worklistd as a station does. */
async function askAsStation(station: Peer): Promise<string> {
  let count = 0;
  let note = "";
  const keys = { RequestedProcedureComments: null };
  try {
    for await (const { dataSet } of find(station, { model: "worklist", keys })) {
      count++;
      note = dataSet.string(requestedProcedureComments) ?? "";
    }
  } catch (error) {
    return `a station asks worklistd and gets no answer: ${describeError(error)}`;
  }
  return `a station asks worklistd and gets its ${count} steps${note === "" ? "" : ` (${note})`}`;
}

const requestedProcedureComments = 0x0040_1400;

/** The server of the demo, which goes down and comes back. */
class DemoRis implements AsyncDisposable {
  readonly items = new Map<string, DataSet>();
  readonly port: number;
  #running: WorklistScp | undefined;

  constructor() {
    this.#running = serveWorklist({ aeTitle: "RIS", items: this.items });
    this.port = this.#running.port;
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  start(): void {
    this.#running ??= serveWorklist({ aeTitle: "RIS", port: this.port, items: this.items });
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A port of the loopback interface that nobody listens on now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function configurationFor(port: number, stationPort: number): string {
  return `# What the demo runs; the worklist server is there only while the demo is.
ae_title: WORKLISTD
state_dir: ./state
peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS }
queries:
  today:
    peer: ris
    model: worklist
    schedule: every 2s
    keys:
      ScheduledProcedureStepSequence:
        ScheduledProcedureStepStartDate: today
    sinks: [changes, current, stations]
serve:
  listen: "127.0.0.1:${stationPort}"
  worklists:
    # Past max_age, stations see the age of the list before the comments of the procedure.
    STATIONS: { queries: [today], max_age: 3s, stale_note: RequestedProcedureComments }
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
  current: { type: snapshot, path: ./current.json }
  stations: { type: worklist-folder, path: "./worklist/\${ScheduledStationAETitle}" }
`;
}

/** Prints what is committed, as it is committed. */
async function printEvents(source: JournalSource, signal: AbortSignal): Promise<void> {
  const colour = takesColour();
  const timeZone = Temporal.Now.timeZoneId();
  let sequence = 0;
  while (!signal.aborted) {
    for (const event of await source.read(sequence, 100)) {
      await printText(`${eventText(event.line, { colour, timeZone })}\n`);
      sequence = event.sequence;
    }
    await source.whenCommitted(sequence, signal).catch(() => {});
  }
}

/** Waits; returns true if the time passed before the signal came. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (!signal.aborted) await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  return !signal.aborted;
}

function dimmed(text: string): string {
  return takesColour() ? `\x1b[2m${text}\x1b[22m\n` : `${text}\n`;
}
