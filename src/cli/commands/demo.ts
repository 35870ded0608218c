// Touches the world: serves a worklist, writes a folder, waits.
/**
 * `worklistd demo`: a worklist server whose worklist changes, the daemon polling it, every change printed.
 *
 * @module
 */
import { timerMs } from "../../base/timer.ts";
import { loadConfig } from "../../daemon/load_config.ts";
import { flushLog, openLog } from "../../daemon/log.ts";
import { Session } from "../../daemon/poll/session.ts";
import { type DemoWorklist, demoWorklist } from "../../serve/demo.ts";
import { serveWorklist } from "../../serve/worklist_scp.ts";
import type { JournalSource } from "../../worklist/journal/journal.ts";
import { namedWords, printText, takesColour } from "../command_output.ts";
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
  await using ris = serveWorklist({ aeTitle: "RIS" });
  const today = Temporal.Now.plainDateISO().toString().replaceAll("-", "");
  const worklist = demoWorklist(ris.items, today);

  const configFile = `${folder}/worklistd.yaml`;
  await Deno.writeTextFile(configFile, configurationFor(ris.port));
  const config = await loadConfig(configFile);
  await openLog({ ...config.log, level: "warning" });
  const session = await Session.open(config);
  try {
    return await show(session, worklist, folder, values.seconds, ris.port);
  } finally {
    await session.daemon.close(AbortSignal.timeout(shutdownMs));
    await flushLog();
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
  port: number,
): Promise<number> {
  await printText(
    `A worklist server, RIS@127.0.0.1:${port}, is polled every 2 seconds.\n` +
      `Changes, the current worklist and worklist files are written to ${folder}\n\n`,
  );
  using interruption = new Interruption();
  const unread = new AbortController();
  const ends = [interruption.signal, unread.signal];
  if (seconds !== undefined) ends.push(AbortSignal.timeout(timerMs(seconds * 1000)));
  const end = AbortSignal.any(ends);
  session.daemon.start();
  const printing = printEvents(session.daemon.store("today"), end)
    .catch((error) => unread.abort(error));
  while (await passed(changeEveryMs, end)) {
    await printText(dimmed(`at the server: ${worklist.change()}`))
      .catch((error) => unread.abort(error));
  }
  await printing;
  unread.signal.throwIfAborted();
  await session.daemon.delivered(AbortSignal.timeout(shutdownMs)).catch(() => {});
  await printText(
    `\nDelivered: ${folder}/changes.ndjson\nRun it yourself with: ${folder}/worklistd.yaml\n`,
  );
  return 0;
}

function configurationFor(port: number): string {
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
